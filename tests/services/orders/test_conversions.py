"""ORD-11: of the customers who asked, how many ordered, kept in sums on real Postgres."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.orders.domain.periods import Period
from services.orders.repository import conversions
from services.orders.repository.conversions import Converted
from shared.events.inquiries import InquirySnapshot
from tests.services.orders.builders import HOUR, MINUTE, at, cancelled, placed
from tests.services.orders.selling import asked, briefly, closed, figures, hears, stored
from tests.services.orders.shop import Shop

BY = ("store", "day", "product", "agent")
_NAMED = {"store": "''", "day": "cast(asked_on as text)", "product": "coalesce(sku, '')", "agent": "coalesce(agent_id, '')"}
_DAYS = st.dates(date(2026, 1, 20), date(2026, 4, 10))


def told(found: dict[str, Any]) -> list[tuple[Any, ...]]:
    return sorted([(each["key"], each["asked"], each["ordered"]) for each in found["conversions"]], key=str)


async def kept(shop: Shop, by: str, period: Period) -> tuple[list[Converted], Converted]:
    async with shop.database.transaction() as session:
        some, whole = await conversions.of_period(session, "demo", by, period, limit=1000)
    return sorted(some), whole


async def counted(shop: Shop, name: str, period: Period) -> list[Converted]:
    """Each customer once, from the inquiries."""
    asked_for = text(f"""
        select name, count(*), count(*) filter (where ordered) from (
            select {name} as name, bool_or(linked_order_id is not null) as ordered
            from inquiries where asked_on between :since and :until group by 1, person) as persons
        group by 1
    """)
    async with shop.database.transaction() as session:
        found = await session.execute(asked_for, {"since": period.since, "until": period.until})
        return sorted(Converted(*row) for row in found)


@st.composite
def conversations(draw: st.DrawFn) -> list[list[InquirySnapshot]]:
    """Of few customers over weeks; closed, opened again, about another product, told late, twice and in any order, in chunks."""
    events: list[InquirySnapshot] = []
    for number in range(draw(st.integers(1, 8))):
        received = f"{draw(_DAYS).isoformat()}T12:00:00Z"
        for version in range(1, draw(st.integers(1, 4)) + 1):
            more: dict[str, Any] = {
                "version": version,
                "received_at": received,
                "customer_id": draw(st.sampled_from(["c-1", "c-2"])),
                "sku": draw(st.sampled_from(["MUG-RED", "MUG-BLUE", None])),
            }
            if draw(st.booleans()):
                linked = draw(st.sampled_from([None, "1", "2"]))
                events.append(closed(number, agent_id=draw(st.sampled_from(["wang", "zhao"])), linked_order_id=linked, **more))
            else:
                events.append(asked(number, **more))
    shuffled = draw(st.permutations(events + draw(st.lists(st.sampled_from(events), max_size=3))))
    size = draw(st.integers(1, 6))
    return [list(shuffled[start : start + size]) for start in range(0, len(shuffled), size)]


async def test_conversion_is_customers_who_ordered_of_customers_who_asked(
    shop: Shop, client: httpx.AsyncClient, boss: dict[str, str]
) -> None:
    guest: dict[str, Any] = {"customer_id": None, "guest": {"name": None, "email": "Han@Example.com", "phone": None}}
    same: dict[str, Any] = {"customer_id": None, "guest": {"name": "Han", "email": "han@example.com", "phone": None}}
    await hears(
        shop,
        asked(1),
        asked(2, received_at="2026-03-03T08:00:00Z"),
        closed(2, received_at="2026-03-03T08:00:00Z"),
        asked(3, **guest),
        asked(4, **same),
        asked(5, customer_id="c-2", sku="MUG-BLUE"),
        asked(6, customer_id="c-3", received_at="2026-04-01T00:00:00Z"),
    )

    by_day = await figures(client, boss, by="day")
    by_product = await figures(client, boss, by="product")
    by_agent = await figures(client, boss, by="agent")

    assert by_day["conversion"] == {"key": None, "asked": 3, "ordered": 1, "rate": 0.3333}
    assert told(by_day) == [("2026-03-02", 3, 0), ("2026-03-03", 1, 1)]
    assert told(by_product) == [("MUG-BLUE", 1, 0), ("MUG-RED", 2, 1)]
    assert told(by_agent) == [("wang", 1, 1), (None, 3, 0)]


async def test_an_inquiry_opened_again_keeps_its_order_until_it_is_closed_again(
    shop: Shop, client: httpx.AsyncClient, boss: dict[str, str]
) -> None:
    await shop.tells(placed())
    await hears(shop, closed(), asked(version=6), asked(version=2))

    assert briefly((await figures(client, boss, by="agent"))["items"]) == [("wang", 1, 0, "29.00", "0.00")]
    assert (await figures(client, boss))["conversion"]["ordered"] == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(chunks=conversations(), since=_DAYS, days=st.integers(1, 90))
async def test_after_any_history_and_over_any_days_every_customer_counts_once(
    shop: Shop, chunks: Sequence[Sequence[InquirySnapshot]], since: date, days: int
) -> None:
    await shop.forgets()
    for chunk in chunks:
        await hears(shop, *chunk)
    period = Period(since, since + timedelta(days=days - 1))

    for by in BY:
        some, whole = await kept(shop, by, period)

        assert some == await counted(shop, _NAMED[by], period)
        assert [whole] == (await counted(shop, "''", period) or [Converted("", 0, 0)])


async def test_chunks_that_tell_of_one_customer_at_the_same_time_count_her_once(shop: Shop) -> None:
    days = [f"2026-03-{number:02d}T08:00:00Z" for number in range(1, 9)]

    await asyncio.gather(*(hears(shop, asked(number, received_at=day)) for number, day in enumerate(days)))

    for since, until in ((1, 31), (3, 5), (8, 8)):
        _, whole = await kept(shop, "store", Period(date(2026, 3, since), date(2026, 3, until)))
        assert whole == Converted("", 1, 0)


async def test_inquiries_from_before_they_were_counted_are_counted_and_counting_anew_changes_nothing(shop: Shop) -> None:
    await hears(shop, asked(1), closed(2, customer_id="c-2"), closed(3, received_at="2026-04-02T08:00:00Z"), asked(4, sku=None))
    table = "select * from conversions where asked <> 0 or ordered <> 0 order by 1, 2, 3, 4, 5, 6"
    before = await stored(shop, table)
    async with shop.database.transaction() as session:
        await session.execute(text("delete from conversions where kind <> 'store'"))
        await session.execute(
            text(
                "insert into timers (kind, key, due_at, retry_at) select 'count-conversions', key, now, now from "
                "(values ('demo/first'), ('demo/again')) as keys (key), (values (timestamptz '2026-03-01')) as times (now)"
            )
        )

    await shop.passes(MINUTE)

    assert await stored(shop, table) == before
    assert len(before) > 8


async def test_over_a_year_every_day_is_told_whatever_the_limit(shop: Shop, client: httpx.AsyncClient, boss: dict[str, str]) -> None:
    await hears(shop, *(asked(number, received_at=f"2026-03-{number:02d}T08:00:00Z") for number in range(1, 6)))

    found = await figures(client, boss, by="day", limit=2)

    assert [each["key"] for each in found["conversions"]] == [f"2026-03-{number:02d}" for number in range(1, 6)]


@pytest.mark.parametrize(
    ("placed_after", "changed", "ordered"),
    [
        pytest.param(HOUR, {}, 1, id="she ordered since she asked"),
        pytest.param(-HOUR, {}, 0, id="she ordered before"),
        pytest.param(HOUR, {"customer": {"customer_id": "c-9"}}, 0, id="somebody else ordered"),
        pytest.param(HOUR, {"customer": {"customer_id": None}}, 0, id="a guest ordered, whom only inquiry knows"),
    ],
)
async def test_who_orders_while_she_is_still_talked_to_has_ordered(
    shop: Shop, client: httpx.AsyncClient, boss: dict[str, str], placed_after: timedelta, changed: dict[str, Any], ordered: int
) -> None:
    await hears(shop, asked(1, received_at=at(timedelta())))
    await shop.tells(placed(placed_at=at(placed_after), **changed))

    for by in BY:
        found = await figures(client, boss, by=by)
        assert (found["conversion"]["asked"], found["conversion"]["ordered"]) == (1, ordered)
        assert [each["ordered"] for each in found["conversions"]] == [ordered]


async def test_who_ordered_counts_once_however_many_of_her_inquiries_are_open_and_not_for_a_cancelled_order(
    shop: Shop, client: httpx.AsyncClient, boss: dict[str, str]
) -> None:
    await hears(shop, closed(1, linked_order_id="1"), asked(2), asked(3, sku="MUG-BLUE"), asked(4, customer_id="c-2"))
    await shop.tells(placed("2"), placed("3", customer={"customer_id": "c-2"}), cancelled("3"))

    by_product = await figures(client, boss, by="product")

    assert by_product["conversion"] == {"key": None, "asked": 2, "ordered": 1, "rate": 0.5}
    assert told(by_product) == [("MUG-BLUE", 1, 1), ("MUG-RED", 2, 1)]


async def test_what_an_inquiry_is_closed_with_is_the_last_word(shop: Shop, client: httpx.AsyncClient, boss: dict[str, str]) -> None:
    await hears(shop, asked(1, received_at=at(timedelta())))
    await shop.tells(placed(placed_at=at(HOUR)))
    await hears(shop, closed(1, linked_order_id=None, outcome="lost"))

    assert (await figures(client, boss))["conversion"]["ordered"] == 0
