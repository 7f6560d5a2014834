"""What could not be taken in: kept with its bytes and the reason, replayed in order, or discarded for a reason; every act is audited."""

import base64
import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.audit import note
from shared.clock import new_id
from shared.errors import BusinessError, Conflict, NotFound
from shared.messaging.envelope import Delivery, Undeclared, Unreadable


class Kind(StrEnum):
    """Why a letter lies here. `undeclared` and `refused` lie alone; the others park their key, if they have one."""

    UNREADABLE = "unreadable"
    UNDECLARED = "undeclared"
    REFUSED = "refused"
    FAILED = "failed"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Verdict:
    kind: Kind
    reason: str
    fields: Sequence[Any] = ()

    @property
    def parks(self) -> bool:
        return self.kind in (Kind.UNREADABLE, Kind.FAILED, Kind.WAITING)


class NoSuchLetter(NotFound):
    pass


class LetterResolved(Conflict):
    pass


BEHIND = Verdict(Kind.WAITING, "waits behind an earlier event of its key")

_PARKED = text("select key from parked_keys where topic = :topic and key = any(cast(:keys as bytea[])) order by key for update")
_PARK = text("insert into parked_keys (topic, key) values (:topic, :key) on conflict do nothing")
_SET_ASIDE = text("""
    insert into dead_letters
        (letter_id, kind, topic, partition, "offset", key, parks, value, headers, hash, source, event_id, type, reason, fields)
    values
        (:letter_id, :kind, :topic, :partition, :offset, :key, :parks, :value, :headers, :hash, :source, :event_id, :type, :reason, :fields)
    on conflict do nothing
    returning letter_id
""")


def verdict_of(problem: Exception) -> Verdict:
    """How an event that could not be taken in is set aside."""
    match problem:
        case Undeclared():
            return Verdict(Kind.UNDECLARED, problem.reason)
        case Unreadable():
            return Verdict(Kind.UNREADABLE, problem.reason, problem.fields)
        case BusinessError():
            return Verdict(Kind.REFUSED, f"{problem.type()}: {problem.detail}", problem.fields)
        case _:
            # the text of an unforeseen error may quote what a customer wrote; its class and place are what a developer needs
            return Verdict(Kind.FAILED, f"{type(problem).__name__} at {_place(problem)}")


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace is not None else "an unknown place"


async def parked(session: AsyncSession, topic: str, keys: Collection[bytes]) -> set[bytes]:
    """Which of the keys are parked; their rows stay locked, so that a replay and the consumer take turns."""
    if not keys:
        return set()
    return set(await session.scalars(_PARKED, {"topic": topic, "keys": list(keys)}))


async def set_aside(session: AsyncSession, delivery: Delivery, verdict: Verdict) -> bool:
    """Keeps the record as it came; False when this very record was set aside before (it is then not parked again)."""
    parks = delivery.lane if verdict.parks else None
    letter_id = await session.scalar(
        _SET_ASIDE,
        {
            "letter_id": new_id(),
            "kind": verdict.kind,
            "topic": delivery.topic,
            "partition": delivery.partition,
            "offset": delivery.offset,
            "key": delivery.key,
            "parks": parks,
            "value": delivery.value,
            "headers": _packed(delivery.headers),
            "hash": _hash(delivery),
            "source": delivery.source,
            "event_id": delivery.event_id,
            "type": delivery.type,
            "reason": verdict.reason,
            "fields": orjson.dumps([{"field": each.field, "rule": each.rule, "message": each.message} for each in verdict.fields]).decode(),
        },
    )
    if letter_id is None:
        return False
    if parks is not None:
        await session.execute(_PARK, {"topic": delivery.topic, "key": parks})
    return True


def _packed(headers: Iterable[tuple[str, bytes | None]]) -> str:
    return orjson.dumps([[name, base64.b64encode(value).decode() if value is not None else None] for name, value in headers]).decode()


def _hash(delivery: Delivery) -> bytes:
    digest = hashlib.sha256(delivery.value or b"")
    for name, value in delivery.headers:
        digest.update(b"\0" + name.encode() + b"\0" + (value or b""))
    return digest.digest()


def delivery_of(letter: RowMapping) -> Delivery:
    """The record again, read by the contracts of today."""
    headers = [(name, base64.b64decode(value)) for name, value in letter["headers"] if value is not None]
    delivery = Delivery(letter["topic"], letter["partition"], letter["offset"], letter["key"], letter["value"], headers)
    delivery.read()
    return delivery


# -- what an operator asks and does ------------------------------------------------------------------------------------------------

_LETTER_FOR_UPDATE = text("select * from dead_letters where letter_id = :letter_id for update")
_LOCK_KEY = text("select 1 from parked_keys where topic = :topic and key = :key for update")
_LISTED = text("""
    select letter_id, number, kind, state, topic, partition, "offset", key, source, event_id, type, reason, fields, attempts,
           set_aside_at, resolved_at
    from dead_letters
    where number > :after
      and (cast(:state as text) is null or state = :state)
      and (cast(:type as text) is null or type = :type)
      and (cast(:source as text) is null or source = :source)
      and (cast(:reason as text) is null or position(:reason in reason) > 0)
    order by number limit :limit
""")


async def listed(
    session: AsyncSession,
    *,
    state: str | None = "open",
    type: str | None = None,  # noqa: A002 - the event attribute's name
    source: str | None = None,
    reason: str | None = None,
    after: int = 0,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """Oldest first, without their bytes; `reason` is a part of the reason's text."""
    asked = {"state": state, "type": type, "source": source, "reason": reason, "after": after, "limit": limit}
    return (await session.execute(_LISTED, asked)).mappings().all()


async def shown(session: AsyncSession, letter_id: UUID) -> RowMapping:
    row = (await session.execute(text("select * from dead_letters where letter_id = :id"), {"id": letter_id})).mappings().one_or_none()
    if row is None:
        raise NoSuchLetter("there is no such dead letter")
    return row


async def open_letter(session: AsyncSession, letter_id: UUID) -> RowMapping:
    """Locks the parked key first, as the consumer does, then the letter."""
    letter = await shown(session, letter_id)
    if letter["parks"] is not None:
        await session.execute(_LOCK_KEY, {"topic": letter["topic"], "key": letter["parks"]})
    letter = (await session.execute(_LETTER_FOR_UPDATE, {"letter_id": letter_id})).mappings().one()
    if letter["state"] != "open":
        raise LetterResolved(f"this dead letter was {letter['state']} already")
    return letter


async def first_of_key(session: AsyncSession, topic: str, key: bytes) -> RowMapping | None:
    found = await session.execute(
        text("select * from dead_letters where topic = :topic and parks = :key and state = 'open' order by number limit 1 for update"),
        {"topic": topic, "key": key},
    )
    return found.mappings().one_or_none()


async def unpark_if_empty(session: AsyncSession, topic: str, key: bytes) -> None:
    await session.execute(
        text("""
            delete from parked_keys where topic = :topic and key = :key
            and not exists (select from dead_letters where topic = :topic and parks = :key and state = 'open')"""),
        {"topic": topic, "key": key},
    )


async def resolve(session: AsyncSession, letter: RowMapping, state: str, now: datetime) -> None:
    await session.execute(
        text("update dead_letters set state = :state, resolved_at = :now where letter_id = :id"),
        {"state": state, "now": now, "id": letter["letter_id"]},
    )


async def keep(session: AsyncSession, letter: RowMapping, verdict: Verdict) -> None:
    """The letter stays open, with today's reason; one that is refused now lies alone and holds back nothing."""
    await session.execute(
        text("""
            update dead_letters set kind = :kind, reason = :reason, attempts = attempts + 1, parks = case when :parks then parks end
            where letter_id = :id"""),
        {"kind": verdict.kind, "reason": verdict.reason, "parks": verdict.parks, "id": letter["letter_id"]},
    )


async def audit(session: AsyncSession, letter: RowMapping, action: str, by: str, reason: str, now: datetime) -> None:
    await note(session, action, f"dead-letter/{letter['letter_id']}", by=by, reason=reason, now=now)
