"""Advice that was given, and what departments answered."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import orjson
from pydantic import JsonValue
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.amending import WantedLine
from services.orders.domain.wishes import AdviceKind, GivenAdvice, GivenTask, Outcome, Wish
from services.orders.repository.orders import Ref
from shared.money import Money
from shared.retention import Retention

OLD_ADVICE = Retention("advice", "given_at", days=730)
OLD_ANSWERS = Retention("department_answers", "answered_at", days=730)

_COLUMNS = {
    "store_id": "text", "advice_id": "uuid", "order_id": "text", "kind": "text", "wish": "jsonb", "action": "text", "reason": "text",
    "rules": "text[]", "reply": "jsonb", "tasks": "jsonb", "choices": "text[]", "amounts": "jsonb", "policy_version": "integer",
    "given_at": "timestamptz", "given_by": "text", "task_id": "uuid", "waits_until": "timestamptz", "outcome": "text",
    "ended_at": "timestamptz", "ended_by": "text",
}  # fmt: skip
_READ = ", ".join(f"cast({name} as text) as {name}" if kind == "jsonb" else name for name, kind in _COLUMNS.items())
_AMOUNTS = ("refund", "withheld", "payment")
_OF_ORDER = "store_id = :store_id and order_id = :order_id"
_NEWEST = text(f"""
    select {_READ} from advice where {_OF_ORDER} and kind = :kind and wish = cast(:wish as jsonb) order by advice_id desc limit 1
""")  # noqa: S608
_ACCEPTED = text(f"""
    select exists (select from advice where {_OF_ORDER} and kind = :kind and wish = cast(:wish as jsonb) and action = :action
                   and outcome = 'accepted')
""")  # noqa: S608
_LIST = text(f"""
    select {_READ} from advice where {_OF_ORDER} and (cast(:after as uuid) is null or advice_id < :after)
    order by advice_id desc limit :limit
""")  # noqa: S608
_WAITING = text(f"select {_READ} from advice where store_id = :store_id and task_id = :task_id order by advice_id")  # noqa: S608
_ADD = text(f"""
    insert into advice ({", ".join(_COLUMNS)})
    values ({", ".join(f"cast(:{name} as {kind})" for name, kind in _COLUMNS.items())})
""")  # noqa: S608
_END = text("""
    update advice set outcome = :outcome, ended_at = :now, ended_by = :by where store_id = :store_id and advice_id = :advice_id
""")
_REMEMBER = text("""
    insert into department_answers (store_id, order_id, kind, shipment_id, answer, answered_at, answered_by)
    values (:store_id, :order_id, :kind, :shipment_id, cast(:answer as jsonb), :now, :by)
    on conflict (store_id, order_id, kind, shipment_id) do update
    set answer = excluded.answer, answered_at = excluded.answered_at, answered_by = excluded.answered_by
""")
_ANSWERS = text(f"""
    select kind, cast(answer as text) as answer, answered_at from department_answers where {_OF_ORDER} and shipment_id in ('', :shipment_id)
""")  # noqa: S608


class Answered(NamedTuple):
    """The JSON of an answer."""

    answer: str
    answered_at: datetime


async def newest(session: AsyncSession, ref: Ref, wish: Wish) -> GivenAdvice | None:
    """What was told last when the same was asked of the order."""
    row = (await session.execute(_NEWEST, _asked(ref, wish))).one_or_none()
    return None if row is None else _given(row)


async def was_accepted(session: AsyncSession, ref: Ref, wish: Wish, action: str) -> bool:
    """Whether this was carried out once when the same was asked of the order."""
    return bool(await session.scalar(_ACCEPTED, {**_asked(ref, wish), "action": action}))


async def advice_of(session: AsyncSession, ref: Ref, *, after: UUID | None, limit: int) -> list[GivenAdvice]:
    """Newest first."""
    return [_given(row) for row in await session.execute(_LIST, {**ref._asdict(), "after": after, "limit": limit})]


async def waiting_for(session: AsyncSession, store_id: str, task_id: UUID) -> list[GivenAdvice]:
    """Oldest first."""
    return [_given(row) for row in await session.execute(_WAITING, {"store_id": store_id, "task_id": task_id})]


async def add(session: AsyncSession, given: GivenAdvice) -> None:
    amounts = {name: money.to_json() for name in _AMOUNTS if (money := getattr(given, name)) is not None}
    row: dict[str, object] = {name: getattr(given, name) for name in _COLUMNS if name not in ("kind", "wish", "amounts", "tasks", "reply")}
    row |= {"rules": list(given.rules), "choices": list(given.choices), "kind": given.wish.kind.value}
    json = {"wish": _wish_json(given.wish), "reply": given.reply, "tasks": [_task_json(task) for task in given.tasks], "amounts": amounts}
    # an id that asyncpg read is of a class of its own, which orjson does not know
    await session.execute(_ADD, row | {name: orjson.dumps(value, default=str).decode() for name, value in json.items()})


async def end(session: AsyncSession, given: GivenAdvice, outcome: Outcome, *, by: str, now: datetime) -> None:
    """What the customer made of it."""
    told = {"store_id": given.store_id, "advice_id": given.advice_id, "outcome": outcome.value, "by": by, "now": now}
    await session.execute(_END, told)


async def remember_answer(
    session: AsyncSession, ref: Ref, kind: str, shipment_id: str | None, answer: Mapping[str, JsonValue], *, by: str, now: datetime
) -> None:
    told = {"kind": kind, "shipment_id": shipment_id or "", "answer": orjson.dumps(answer).decode(), "by": by, "now": now}
    await session.execute(_REMEMBER, {**ref._asdict(), **told})


async def answers(session: AsyncSession, ref: Ref, shipment_id: str | None) -> dict[str, Answered]:
    """What departments answered about the order and this parcel, by the kind of the question."""
    found = await session.execute(_ANSWERS, {**ref._asdict(), "shipment_id": shipment_id or ""})
    return {row.kind: Answered(row.answer, row.answered_at) for row in found}


def _asked(ref: Ref, wish: Wish) -> dict[str, object]:
    return {**ref._asdict(), "kind": wish.kind.value, "wish": orjson.dumps(_wish_json(wish)).decode()}


def _wish_json(wish: Wish) -> dict[str, object]:
    lines = [{"line_id": line.line_id, "sku": line.sku, "quantity": line.quantity} for line in wish.lines]
    return {"lines": lines, "shipment_id": wish.shipment_id}


def _task_json(task: GivenTask) -> dict[str, object]:
    return {name: getattr(task, name) for name in GivenTask.__slots__}


def _given(row: Row[*tuple[object, ...]]) -> GivenAdvice:
    told = row._asdict()
    wish, amounts = orjson.loads(told.pop("wish")), orjson.loads(told.pop("amounts"))
    lines = tuple(WantedLine(**line) for line in wish["lines"])
    told |= {
        "wish": Wish(AdviceKind(told.pop("kind")), lines, wish["shipment_id"]),
        "reply": orjson.loads(told["reply"]),
        "tasks": tuple(_task(task) for task in orjson.loads(told["tasks"])),
        "rules": tuple(told["rules"]),
        "choices": tuple(told["choices"]),
        "outcome": told["outcome"] and Outcome(told["outcome"]),
        **{name: Money.parse(**amounts[name]) if name in amounts else None for name in _AMOUNTS},
    }
    return GivenAdvice(**told)


def _task(told: Mapping[str, str]) -> GivenTask:
    task_id = told["task_id"]
    return GivenTask(
        kind=told["kind"],
        department=told["department"],
        due_at=datetime.fromisoformat(told["due_at"]),
        waits=bool(told["waits"]),
        task_id=UUID(task_id) if task_id else None,
    )
