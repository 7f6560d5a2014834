"""Sales figures: changes are put down with the orders that make them, nobody waiting for anybody, and added up within seconds."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.figures import Figures, Kind, Sales, Slot
from services.orders.domain.order import Order
from services.orders.domain.periods import Period, Span
from services.orders.repository.columns import READ, order_of
from services.orders.repository.orders import Ref
from shared.clock import new_id
from shared.money import Money
from shared.rows import as_json, told

MOST_FOLDED = 500  # of transactions' changes, in one statement
_SLOT = {"day": "date", "currency": "text", "kind": "text", "name": "text"}
_SALES = {
    "placed": "bigint",
    "cancelled": "bigint",
    "units": "bigint",
    "revenue": "numeric",
    "refunded_orders": "bigint",
    "refunded": "numeric",
}
MEASURES = tuple(_SALES)
_MEASURES = ", ".join(MEASURES)
_CHANGE = _SLOT | _SALES
UNPACKED = f"json_to_recordset(changes) as change ({', '.join(f'{name} {kind}' for name, kind in _CHANGE.items())})"
_CHANGES = {"store_id": "text", "change_id": "uuid", "changes": "json"}
_ADD = text(f"insert into sales_changes ({', '.join(_CHANGES)}) select * from {told(_CHANGES)}")  # noqa: S608
_FOLD = text(f"""
    with taken as (
        delete from sales_changes where store_id = :store_id and change_id in (
            select change_id from sales_changes where store_id = :store_id order by change_id limit :limit for update skip locked)
        returning changes),
    summed as (
        select kind, grain, case grain when 'day' then day else cast(date_trunc('month', day) as date) end as start, name, currency,
               {", ".join(f"sum({name}) as {name}" for name in _SALES)}
        from taken cross join lateral {UNPACKED} cross join (values ('day'), ('month')) as grains (grain)
        group by 1, 2, 3, 4, 5),
    folded as (
        insert into sales (store_id, kind, grain, start, name, currency, {_MEASURES})
        select :store_id, kind, grain, start, name, currency, {_MEASURES} from summed order by kind, grain, start, name, currency
        on conflict (store_id, kind, grain, start, name, currency) do update
        set {", ".join(f"{name} = sales.{name} + excluded.{name}" for name in _SALES)})
    select count(*) from taken
""")  # noqa: S608
# a span counts so many `times` for the period, and for the one before so often as `earlier` says: a day may be put to one off the other
# `offset 0` keeps each span a look into the key of its own, whatever the planner thinks of how many rows there are
_READ = text(f"""
    with wanted as (
        select * from unnest(cast(:grains as text[]), cast(:starts as date[]), cast(:times as integer[]), cast(:earlier as integer[]))
        as span (grain, start, times, earlier)),
    found as (
        select start as day, name, currency, times, earlier, {_MEASURES}
        from wanted cross join lateral (
            select name, currency, {_MEASURES} from sales
            where store_id = :store_id and kind = :kind and grain = wanted.grain and start = wanted.start
            offset 0) as summed_up
        union all
        select day, name, currency, cast(day >= :since as integer), cast(day < :since as integer), {_MEASURES}
        from sales_changes cross join lateral {UNPACKED}
        where store_id = :store_id and kind = :kind and day between :first and :until),
    parts as (
        select case when :by_day then day end as day, name, currency, times, earlier,
               {", ".join(f"sum({name}) as {name}" for name in _SALES)}
        from found where cast(:currency as text) is null or currency = :currency
        group by 1, 2, 3, 4, 5),
    summed as (
        select day, name, currency,
               {", ".join(f"sum(times * {name}) as {name}" for name in _SALES)},
               sum(earlier * (placed - cancelled)) as orders_before, sum(earlier * revenue) as revenue_before
        from parts group by 1, 2, 3),
    ranked as (
        select *, row_number() over (partition by currency order by day, revenue desc, name) as rank
        from summed where placed <> 0 or refunded_orders <> 0)
    select * from ranked where rank <= :limit order by day, currency, rank
""")  # noqa: S608
_NOT_COUNTED = text(f"""
    select {READ} from orders where store_id = :store_id and sold_on is null and placed_at is not null
    order by order_id limit :limit for update skip locked
""")  # noqa: S608
_DAYS = {"store_id": "text", "order_id": "text", "sold_on": "date"}
_DATE = text(f"""
    update orders set sold_on = told.sold_on from {told(_DAYS)}
    where orders.store_id = told.store_id and orders.order_id = told.order_id
""")  # noqa: S608


class Found(NamedTuple):
    """Sums of one name in one currency; `day` where they were asked for by day."""

    day: date | None
    name: str
    currency: str
    sales: Sales
    orders_before: int
    revenue_before: Money


async def add_changes(session: AsyncSession, changes: Mapping[str, Figures]) -> None:
    """One row a store."""
    rows = [(store_id, new_id(), [_change(slot, sales) for slot, sales in figures.items()]) for store_id, figures in changes.items()]
    await session.execute(_ADD, {"rows": as_json(_CHANGES, rows)})


async def fold(session: AsyncSession, store_id: str) -> bool:
    """Adds what was put down to the figures; False when there may be more of it. Two at once share the work."""
    folded = await session.scalar(_FOLD, {"store_id": store_id, "limit": MOST_FOLDED}) or 0
    return folded < MOST_FOLDED


async def of_period(session: AsyncSession, store_id: str, kind: Kind, period: Period, *, currency: str | None, limit: int) -> list[Found]:
    """By name and currency, with the period before; of each currency so many, most revenue first."""
    spans = _once(period.spans(), period.before.spans())
    return await _read(session, store_id, kind, spans, period, first=period.before.since, currency=currency, limit=limit)


async def of_days(session: AsyncSession, store_id: str, period: Period, *, currency: str | None, limit: int) -> list[Found]:
    """Of the store by day and currency, oldest first; a day on which nothing was placed is left out."""
    spans = _once(period.each_day(), ())
    return await _read(session, store_id, Kind.STORE, spans, period, first=period.since, currency=currency, limit=limit, by_day=True)


async def not_counted(session: AsyncSession, store_id: str, limit: int) -> list[Order]:
    """Orders from before figures were kept, locked; those that somebody works on are counted by what they do."""
    return [order_of(row) for row in await session.execute(_NOT_COUNTED, {"store_id": store_id, "limit": limit})]


async def date_orders(session: AsyncSession, days: Sequence[tuple[Ref, date]]) -> None:
    """Says which day orders count for, and nothing else of them."""
    await session.execute(_DATE, {"rows": as_json(_DAYS, [(*ref, day) for ref, day in days])})


async def _read(
    session: AsyncSession,
    store_id: str,
    kind: Kind,
    spans: Mapping[tuple[str, date], tuple[int, int]],
    period: Period,
    *,
    first: date,
    currency: str | None,
    limit: int,
    by_day: bool = False,
) -> list[Found]:
    asked = {
        "store_id": store_id,
        "kind": kind.value,
        "grains": [grain for grain, _ in spans],
        "starts": [start for _, start in spans],
        "times": [times for times, _ in spans.values()],
        "earlier": [earlier for _, earlier in spans.values()],
        "since": period.since,
        "until": period.until,
        "first": first,
        "currency": currency,
        "limit": limit,
        "by_day": by_day,
    }
    return [_found(row) for row in await session.execute(_READ, asked)]


def _once(spans: Iterable[Span], earlier: Iterable[Span]) -> dict[tuple[str, date], tuple[int, int]]:
    """Each with how often it counts for the one period and for the other."""
    times = {(grain, start): times for grain, start, times in spans}
    before = {(grain, start): times for grain, start, times in earlier}
    return {span: (times.get(span, 0), before.get(span, 0)) for span in times | before}


def _found(row: Row[Any]) -> Found:
    sales = Sales(int(row.placed), int(row.cancelled), int(row.units), row.revenue, int(row.refunded_orders), row.refunded)
    return Found(row.day, row.name, row.currency, sales, int(row.orders_before), Money(row.revenue_before, row.currency))


def _change(slot: Slot, sales: Sales) -> dict[str, object]:
    return dict(zip(_CHANGE, (*slot, *sales), strict=True))
