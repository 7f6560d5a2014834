"""Logins and rights on a guarded Kafka, given and taken by its administrator."""

import hashlib
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaClient
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import CompactArray, CompactBytes, CompactString, Int8, Int16, Int32, Schema, TaggedFields

from shared.rights import Operation, Right
from tests.security.broker import GuardedKafka

_OPERATIONS = {Operation.READ: 3, Operation.WRITE: 4, Operation.CREATE: 5, Operation.DESCRIBE: 8}
_KINDS = {"topic": 2, "group": 3}
_LITERAL, _ALLOW = 3, 3
_SCRAM_SHA_512, _ITERATIONS = 2, 4096


class Accounts:
    def __init__(self, kafka: GuardedKafka) -> None:
        self._kafka = kafka

    async def let_in(self, name: str, password: str) -> None:
        """A new login, or another password of one that is there."""
        salt = secrets.token_bytes(16)
        salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
        await self._ask(_PasswordRequest((name, _SCRAM_SHA_512, _ITERATIONS, salt, salted, {})))

    async def allow(self, name: str, rights: Iterable[Right]) -> None:
        await self._ask(*(CreateAclsRequest(*_acl(name, right)) for right in rights))

    async def take_back(self, name: str, rights: Iterable[Right]) -> None:
        await self._ask(*(DeleteAclsRequest(*_acl(name, right)) for right in rights))

    async def _ask(self, *requests: Request[Any]) -> None:
        async with self._client() as client:
            for request in requests:
                answer = await client.send(client.get_random_node(), request)
                results = answer.to_object().get("results") or answer.to_object().get("creation_responses") or []
                assert all(result["error_code"] == 0 for result in results), answer

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[AIOKafkaClient]:
        client = AIOKafkaClient(**self._kafka.connection)
        await client.bootstrap()
        try:
            yield client
        finally:
            await client.close()


def _acl(name: str, right: Right) -> tuple[int | str, ...]:
    return _KINDS[right.kind], right.name, _LITERAL, f"User:{name}", "*", _OPERATIONS[right.operation], _ALLOW


class _PasswordAnswer(Response):  # type: ignore[misc]  # aiokafka leaves it untyped
    API_KEY = 51
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            CompactArray(
                ("user", CompactString("utf-8")), ("error_code", Int16), ("error", CompactString("utf-8")), ("tags", TaggedFields)
            ),
        ),
        ("tags", TaggedFields),
    )


class _PasswordStruct(RequestStruct):  # type: ignore[misc]  # as above
    API_KEY = 51
    API_VERSION = 0
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _PasswordAnswer
    SCHEMA = Schema(
        ("deletions", CompactArray(("name", CompactString("utf-8")), ("mechanism", Int8), ("tags", TaggedFields))),
        (
            "upsertions",
            CompactArray(
                ("name", CompactString("utf-8")),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _PasswordRequest(Request[_PasswordStruct]):  # type: ignore[misc]  # as above
    """AlterUserScramCredentials, which aiokafka does not have (KIP-554)."""

    API_KEY = 51

    def __init__(self, upsertion: tuple[object, ...]) -> None:
        self._upsertion = upsertion

    def build(self, request_struct_class: type[_PasswordStruct]) -> Any:
        return request_struct_class([], [self._upsertion], {})
