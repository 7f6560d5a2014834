"""Sales figures of a day and the orders they are of, as both are at one moment."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import cast

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.figures import Figures, Kind, Sales, Slot
from services.orders.domain.order import Order
from services.orders.repository.columns import READ, order_of
from services.orders.repository.figures import MEASURES, UNPACKED

_PAGE = 500
_KINDS = "unnest(array['store', 'product', 'agent']) as kinds (kind)"
_SUMS = ", ".join(f"sum({name}) as {name}" for name in MEASURES)
_NAMED = ", ".join(MEASURES)
# each look sees the same moment, which begins with the first query: locking a table is none
_ONE_MOMENT = text("set transaction isolation level repeatable read")
_ALONE = text("lock table sales in share update exclusive mode")
# a store's day begins up to 14 hours before that of UTC, and ends up to 12 after it
_FROM = "cast(cast(:day as date) - 1 as timestamp) at time zone 'UTC'"
_UNTIL = "cast(cast(:day as date) + 2 as timestamp) at time zone 'UTC'"
_NEXT_DAY = text(f"""
    select least(
        (select min(first) from {_KINDS} cross join lateral (
            select min(start) as first from sales
            where store_id = :store_id and sales.kind = kinds.kind and grain = 'day' and start > cast(:day as date)) as of_kind),
        (select min(day) from sales_changes cross join lateral {UNPACKED} where store_id = :store_id and day > cast(:day as date)),
        (select greatest(cast(min(placed_at) at time zone 'UTC' as date) - 1, cast(:day as date) + 1) from orders
         where store_id = :store_id and placed_at >= {_FROM} having min(placed_at) is not null))
""")  # noqa: S608
_KEPT = text(f"""
    select kind, name, currency, {_SUMS} from (
        select sales.kind, name, currency, {_NAMED} from {_KINDS} join sales
        on store_id = :store_id and sales.kind = kinds.kind and grain = 'day' and start = cast(:day as date)
        union all
        select kind, name, currency, {_NAMED} from sales_changes cross join lateral {UNPACKED}
        where store_id = :store_id and day = cast(:day as date)) as kept
    group by 1, 2, 3
""")  # noqa: S608
_ORDERS = text(f"""
    select {READ}, placed_at from orders
    where store_id = :store_id and sold_on = cast(:day as date) and placed_at >= {_FROM} and placed_at < {_UNTIL}
          and (placed_at, order_id) > (:after_placed, :after_id)
    order by placed_at, order_id limit :limit
""")  # noqa: S608
_MEND_MONTHS = text(f"""
    with summed as (
        select kind, case grain when 'day' then cast(date_trunc('month', start) as date) else start end as start, name, currency,
               {", ".join(f"sum(case grain when 'day' then {name} else -{name} end) as {name}" for name in MEASURES)}
        from sales where store_id = :store_id group by 1, 2, 3, 4),
    mended as (
        insert into sales (store_id, kind, grain, start, name, currency, {_NAMED})
        select :store_id, kind, 'month', start, name, currency, {_NAMED} from summed
        where ({_NAMED}) <> ({", ".join("0" for _ in MEASURES)}) order by kind, start, name, currency
        on conflict (store_id, kind, grain, start, name, currency) do update
        set {", ".join(f"{name} = sales.{name} + excluded.{name}" for name in MEASURES)}
        returning true)
    select count(*) from mended
""")  # noqa: S608


async def look_alone(session: AsyncSession) -> None:
    """Before all else in a transaction: all it reads is of one moment, and nobody else mends figures until it ends."""
    await session.execute(_ONE_MOMENT)
    await session.execute(_ALONE)


async def next_day(session: AsyncSession, store_id: str, after: date) -> date | None:
    """On which there may be sales, or figures of some."""
    found: date | None = await session.scalar(_NEXT_DAY, {"store_id": store_id, "day": after})
    return found


async def kept(session: AsyncSession, store_id: str, day: date) -> Figures:
    """With what is yet to be added to them."""
    found: Figures = {}
    for kind, name, currency, placed, cancelled, units, revenue, refunded_orders, refunded in await session.execute(
        _KEPT, {"store_id": store_id, "day": day}
    ):
        sales = Sales(int(placed), int(cancelled), int(units), revenue, int(refunded_orders), refunded)
        found[Slot(day, currency, Kind(kind), name)] = sales
    return found


async def orders_of(session: AsyncSession, store_id: str, day: date) -> AsyncIterator[list[Order]]:
    """Those that count for the day, in pages."""
    asked = {"store_id": store_id, "day": day, "after_placed": datetime.min.replace(tzinfo=UTC), "after_id": "", "limit": _PAGE}
    while rows := (await session.execute(_ORDERS, asked)).all():
        yield [order_of(cast("Row[*tuple[object, ...]]", row[:-1])) for row in rows]
        asked |= {"after_placed": rows[-1].placed_at, "after_id": rows[-1].order_id}


async def mend_months(session: AsyncSession, store_id: str) -> int:
    """Makes each the sum of its days; how many were not."""
    return await session.scalar(_MEND_MONTHS, {"store_id": store_id}) or 0
