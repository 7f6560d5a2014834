"""What our code did for one request or event, to be done again for others without our code."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import md5
from typing import Any
from uuid import UUID

import asyncpg

from tests.bench.statements import Transaction

_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_DIGEST = "[0-9a-f]{64}|[0-9a-f]{32}"
_IDENTITY = re.compile(rf"(?<![0-9a-f-])(?:{_UUID}|{_DIGEST})(?![0-9a-f-])")
OWN = "own"
"""The header with the texts that are a request's own, in the order of `Recorded.given`."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """`given` are the texts that every request or event brings its own of; `identities` the ids and digests made of them."""

    given: Sequence[str]
    identities: Sequence[str]
    transactions: Sequence[Transaction]

    async def again(self, connection: asyncpg.Connection, given: Sequence[str]) -> None:
        """Its statements, for what brought these texts."""
        own = [*zip(self.given, given, strict=True), *((old, _another(old, given[0])) for old in self.identities)]
        for transaction in self.transactions:
            async with connection.transaction():
                for statement in transaction:
                    await statement.send(connection, _told(statement.parameters, own))


def recording(transactions: Sequence[Transaction], *given: str) -> Recorded:
    done = [transaction for transaction in transactions if transaction]
    identities = {each for transaction in done for statement in transaction for each in _identities(statement.parameters)}
    return Recorded(given, sorted(identities.difference(given)), done)


def _identities(value: Any) -> Iterator[str]:
    if isinstance(value, list | tuple):
        for each in value:
            yield from _identities(each)
    elif isinstance(value, UUID | str):
        yield from _IDENTITY.findall(str(value))
    elif isinstance(value, bytes):
        yield from _IDENTITY.findall(value.decode(errors="replace"))


def _another(identity: str, seed: str) -> str:
    digest = md5(f"{seed}{identity}".encode()).hexdigest()
    if "-" in identity:
        return str(UUID(digest))
    return digest * (len(identity) // len(digest))


def _told(value: Any, own: Sequence[tuple[str, str]]) -> Any:
    """The recorded value with another request's texts in it."""
    if isinstance(value, list | tuple):
        return [_told(each, own) for each in value]
    if isinstance(value, UUID):
        return UUID(_told(str(value), own))
    if isinstance(value, str):
        for old, new in own:
            value = value.replace(old, new)
    elif isinstance(value, bytes):
        for old, new in own:
            value = value.replace(old.encode(), new.encode())
    return value
