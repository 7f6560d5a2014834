"""Who asked, who answered and what it led to (ORD-11): the service's own copy of what inquiry and aftersales say of it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.periods import Period
from services.orders.repository.orders import Ref
from shared.money import Money

_LINK = text("select linked_order_id from inquiries where store_id = :store_id and inquiry_id = :inquiry_id for update")
_REMEMBER = text("""
    insert into inquiries as known (store_id, inquiry_id, version, person, asked_on, sku, agent_id, linked_order_id, closed_at)
    values (:store_id, :inquiry_id, :version, :person, :asked_on, :sku, :agent_id, :linked_order_id, :closed_at)
    on conflict (store_id, inquiry_id) do update set version = excluded.version, person = excluded.person, sku = excluded.sku,
        agent_id = case when excluded.closed_at is null then known.agent_id else excluded.agent_id end,
        linked_order_id = case when excluded.closed_at is null then known.linked_order_id else excluded.linked_order_id end,
        closed_at = coalesce(excluded.closed_at, known.closed_at)
    where known.version < excluded.version
""")
_SELLER = text("""
    select agent_id from inquiries where store_id = :store_id and linked_order_id = :order_id
    order by closed_at desc, inquiry_id desc limit 1
""")
_SETTLE = text("""
    insert into settled_refunds (store_id, refund_id, order_id, amount, currency, settled_at)
    values (:store_id, :refund_id, :order_id, :amount, :currency, :settled_at)
    on conflict (store_id, refund_id) do nothing
""")
_REFUNDED = text("""
    select currency, sum(amount) as amount from settled_refunds where store_id = :store_id and order_id = :order_id
    group by currency having sum(amount) > 0 order by currency
""")
_ROOM = text("set local work_mem = '64MB'")  # a year's customers fit into memory
_NAMES = {"store": "''", "day": "asked_on", "product": "coalesce(sku, '')", "agent": "coalesce(agent_id, '')"}
# people are told apart by a number made of their name: it is grouped in a third of the time
_CONVERTED = {
    by: text(f"""
        with people as materialized (
            select {name} as name, hashtextextended(person, 0) as person, bool_or(linked_order_id is not null) as ordered
            from inquiries where store_id = :store_id and asked_on between :since and :until group by 1, 2)
        (select cast(name as text) as name, count(*) as asked, count(*) filter (where ordered) as ordered
         from people group by people.name order by 2 desc, 1 limit :limit)
        union all
        select null, count(*), count(*) filter (where ordered)
        from (select bool_or(ordered) as ordered from people group by person) as each_once
    """)  # noqa: S608
    for by, name in _NAMES.items()
}


class Converted(NamedTuple):
    """How many customers asked, and how many of them ordered by it."""

    name: str
    asked: int
    ordered: int


class Heard(NamedTuple):
    """An inquiry as it was told last; the day is of the store's when it was told first."""

    store_id: str
    inquiry_id: UUID
    version: int
    person: str
    asked_on: date
    sku: str | None
    agent_id: str | None = None
    linked_order_id: str | None = None
    closed_at: datetime | None = None


async def remember(session: AsyncSession, heard: Heard) -> set[Ref]:
    """The newest version counts; one that is opened again keeps its order until it is closed again. Answers whose seller may be another."""
    ref = {"store_id": heard.store_id, "inquiry_id": heard.inquiry_id}
    before = await session.scalar(_LINK, ref)
    await session.execute(_REMEMBER, heard._asdict())
    after = await session.scalar(_LINK, ref)
    return {Ref(heard.store_id, order_id) for order_id in (before, after) if order_id is not None}


async def seller(session: AsyncSession, ref: Ref) -> str | None:
    """Who closed the last inquiry that led to the order."""
    found: str | None = await session.scalar(_SELLER, ref._asdict())
    return found


async def settle(session: AsyncSession, ref: Ref, refund_id: UUID, amount: Money, settled_at: datetime) -> None:
    """Once, however often it is told."""
    told: Mapping[str, object] = {"refund_id": refund_id, "amount": amount.amount, "currency": amount.currency, "settled_at": settled_at}
    await session.execute(_SETTLE, {**ref._asdict(), **told})


async def refunded(session: AsyncSession, ref: Ref) -> tuple[Money, ...]:
    return tuple([Money(row.amount, row.currency) for row in await session.execute(_REFUNDED, ref._asdict())])


async def converted(session: AsyncSession, store_id: str, by: str, period: Period, *, limit: int) -> tuple[list[Converted], Converted]:
    """By the day on which they asked, the product, or the agent (empty: none); and of all, each of whom is one however often they asked."""
    asked = {"store_id": store_id, "since": period.since, "until": period.until, "limit": limit}
    await session.execute(_ROOM)
    *some, (_, *whole) = await session.execute(_CONVERTED[by], asked)
    return [Converted(*row) for row in some], Converted("", *whole)
