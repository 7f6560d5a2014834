"""How many of those who asked ordered (ORD-11). Written one transaction of a store after the other (`inquiries.lock`)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.conversion import Asked, Turn
from services.orders.domain.figures import Kind
from services.orders.domain.periods import Period, Span
from shared.rows import as_json, told

_DAY = timedelta(days=1)
_TURN = {"store_id": "text", "kind": "text", "name": "text", "day": "date", "before": "date", "asked": "bigint", "ordered": "bigint"}
_GRAINS = "cross join (values ('day'), ('month')) as grains (grain)"
_SUMMED = """
    store_id, kind, grain, case grain when 'day' then day else cast(date_trunc('month', day) as date) end, name, before,
    sum(asked), sum(ordered)
"""
_INTO = "insert into conversions (store_id, kind, grain, start, name, before, asked, ordered)"
_ADD = text(f"""
    {_INTO} select {_SUMMED} from {told(_TURN)} {_GRAINS} group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6
    on conflict (store_id, kind, grain, start, name, before) do update
    set asked = conversions.asked + excluded.asked, ordered = conversions.ordered + excluded.ordered
""")  # noqa: S608
# each span is a look into the key of its own, whatever the planner thinks of how many rows there are
_OF_SPANS = """
    sum(times * asked) as asked, sum(times * ordered) as ordered
    from unnest(cast(:grains as text[]), cast(:starts as date[]), cast(:times as integer[])) as span (grain, start, times)
    cross join lateral (
        select name, asked, ordered from conversions
        where store_id = :store_id and kind = :kind and grain = span.grain and start = span.start and before < :since
        offset 0) as counted
    group by 1 having sum(times * asked) > 0
"""
_BY_NAME = text(f"select name, {_OF_SPANS} order by asked desc, name limit :limit")
_BY_DAY = text(f"select cast(start as text) as name, {_OF_SPANS} order by name")
_NAMES = {Kind.STORE: "''", Kind.PRODUCT: "coalesce(sku, '')", Kind.AGENT: "coalesce(agent_id, '')"}
_KEYS = {kind.value: name for kind, name in _NAMES.items()} | {"day": "cast(asked_on as text)"}
_IN_PERIOD = "store_id = :store_id and asked_on between :since and :until"
# who has ordered since she asked, though nobody says that it led there before it is closed; the row without a name is of all
_NOT_CLOSED = {
    by: text(f"""
        with waiting as materialized (
            select person, {key} as name from inquiries cross join lateral (
                select from customers
                where store_id = :store_id and customer_id = substr(inquiries.person, length('customer/') + 1)
                    and last_order_at >= inquiries.open_since
                offset 0) as hers
            where {_IN_PERIOD} and open_since is not null and linked_order_id is null and starts_with(person, 'customer/'))
        select name, count(distinct person) as ordered from waiting where not exists (
            select from inquiries
            where {_IN_PERIOD} and person = waiting.person and linked_order_id is not null and {key} = waiting.name)
        group by 1
        union all
        select null, count(distinct person) from waiting where not exists (
            select from inquiries where {_IN_PERIOD} and person = waiting.person and linked_order_id is not null)
    """)  # noqa: S608
    for by, key in _KEYS.items()
}
_FORGET = text("delete from conversions where store_id = :store_id")
_ROOM = text("select set_config('work_mem', '64MB', true), set_config('statement_timeout', '60s', true)")
_COUNT = {
    kind: text(f"""
        {_INTO}
        with asking as (
            select {name} as name, person, asked_on as day, bool_or(linked_order_id is not null) as ordered
            from inquiries where store_id = :store_id group by 1, 2, 3),
        turns as (
            select name, day, lag(day) over earlier as before, 1 as asked, 0 as ordered from asking
            window earlier as (partition by name, person order by day)
            union all
            select name, day, lag(day) over earlier, 0, 1 from asking where ordered
            window earlier as (partition by name, person order by day))
        select {_SUMMED} from (
            select cast(:store_id as text) as store_id, '{kind}' as kind, name, day, coalesce(before, date '0001-01-01') as before,
                   asked, ordered from turns) as told {_GRAINS}
        group by 1, 2, 3, 4, 5, 6
    """)  # noqa: S608
    for kind, name in _NAMES.items()
}


class Converted(NamedTuple):
    """How many customers asked, and how many of them ordered by it."""

    name: str
    asked: int
    ordered: int


async def add(session: AsyncSession, changes: Mapping[Turn, Asked]) -> None:
    if changes:
        await session.execute(_ADD, {"rows": as_json(_TURN, [(*turn, *asked) for turn, asked in changes.items()])})


async def count_anew(session: AsyncSession, store_id: str) -> None:
    """From all inquiries there are."""
    await session.execute(_ROOM)
    await session.execute(_FORGET, {"store_id": store_id})
    for counting in _COUNT.values():
        await session.execute(counting, {"store_id": store_id})


async def of_period(session: AsyncSession, store_id: str, by: str, period: Period, *, limit: int) -> tuple[list[Converted], Converted]:
    """By the day on which they asked, the product, or the agent (empty: none); and of all, each of whom is one however often they asked."""
    days = {"store_id": store_id, "since": period.since, "until": period.until}
    waiting = {row.name: row.ordered for row in await session.execute(_NOT_CLOSED[by], days)}
    wholes = await _read(session, store_id, Kind.STORE, period, limit=1)
    whole = _with(wholes[0], waiting[None]) if wholes else Converted("", 0, 0)
    if by == "day":
        some = await _days(session, store_id, period)
    else:
        some = await _read(session, store_id, Kind(by), period, limit=limit)
    return [_with(each, waiting.get(each.name, 0)) for each in some], whole


async def _read(session: AsyncSession, store_id: str, kind: Kind, period: Period, *, limit: int) -> list[Converted]:
    asked = {**_asked(store_id, kind, list(period.spans())), "since": period.since, "limit": limit}
    return [_converted(row) for row in await session.execute(_BY_NAME, asked)]


async def _days(session: AsyncSession, store_id: str, period: Period) -> list[Converted]:
    """On a day everybody counts, whenever they had asked before."""
    asked = {**_asked(store_id, Kind.STORE, list(period.each_day())), "since": period.until + _DAY}
    return [_converted(row) for row in await session.execute(_BY_DAY, asked)]


def _asked(store_id: str, kind: Kind, spans: Sequence[Span]) -> dict[str, object]:
    grains, starts, times = zip(*spans, strict=True)
    return {"store_id": store_id, "kind": kind.value, "grains": list(grains), "starts": list(starts), "times": list(times)}


def _converted(row: Row[Any]) -> Converted:
    return Converted(row.name, int(row.asked), int(row.ordered))


def _with(converted: Converted, ordered: int) -> Converted:
    return converted._replace(ordered=converted.ordered + ordered)
