"""ORD-11: sales figures by day, product, agent and store, kept with the orders."""

import csv
from datetime import date, timedelta

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text

from services.orders.domain.figures import Kind, sales_of
from services.orders.domain.periods import Period
from services.orders.repository import figures as repository
from tests.services.orders.builders import DAY, MINUTE, cancelled, dispatched, line, money, paid, placed
from tests.services.orders.histories import Chunks, told_twice
from tests.services.orders.selling import FIGURES, briefly, closed, figures, hears, moved_to, refunded, stored
from tests.services.orders.shop import Shop

SOON = timedelta(seconds=20)
MONTH_BEFORE, MONTH_AFTER = date(2026, 2, 1), date(2026, 4, 1)


async def test_orders_are_in_the_figures_at_once_and_the_same_when_they_are_added_up(
    shop: Shop, client: httpx.AsyncClient, boss: dict[str, str]
) -> None:
    await shop.tells(placed("1"), placed("2", placed_at="2026-03-03T08:00:00Z"), placed("3"), cancelled("3"))

    at_once = [await figures(client, boss, by=by) for by in ("day", "product", "agent", "store")]
    await shop.passes(SOON)
    added_up = [await figures(client, boss, by=by) for by in ("day", "product", "agent", "store")]

    assert at_once == added_up
    assert await stored(shop, "select * from sales_changes") == []
    assert [briefly(each["items"]) for each in added_up] == [
        [("2026-03-02", 1, 1, "29.00", "0.00"), ("2026-03-03", 1, 0, "29.00", "0.00")],
        [("MUG-RED", 2, 1, "48.00", "0.00")],
        [(None, 2, 1, "58.00", "0.00")],
        [(None, 2, 1, "58.00", "0.00")],
    ]
    assert all(briefly(each["totals"]) == [(None, 2, 1, "58.00", "0.00")] for each in added_up)


async def test_a_figure_tells_averages_rates_and_growth(shop: Shop, client: httpx.AsyncClient, boss: dict[str, str]) -> None:
    await shop.tells(
        placed("1", placed_at="2026-02-27T08:00:00Z"),
        *[placed(str(number)) for number in (2, 3, 4, 5)],
        cancelled("5"),
    )
    await hears(shop, refunded("4.50", order_id="2"))

    (whole,) = (await figures(client, boss, by="store", from_="2026-03-01", to="2026-03-04"))["items"]
    days = (await figures(client, boss, by="day", from_="2026-03-02", to="2026-03-02"))["items"]

    told = ("placed", "orders", "cancel_rate", "refunded_orders", "refund_rate", "orders_growth", "revenue_growth")
    assert [whole[name] for name in told] == [4, 3, 0.25, 1, 0.3333, 2.0, 2.0]
    assert (whole["average_order_value"], whole["refunded"]) == (money("29.00"), money("4.50"))
    assert [(day["key"], day["orders_growth"]) for day in days] == [("2026-03-02", None)]


async def test_an_order_that_arrives_late_corrects_the_day_it_belongs_to_and_so_do_a_cancel_and_an_earlier_placement(
    shop: Shop, client: httpx.AsyncClient, boss: dict[str, str]
) -> None:
    await shop.tells(placed("1"))
    await shop.passes(2 * DAY)
    await shop.tells(placed("2"))
    late = briefly((await figures(client, boss))["items"])
    await shop.passes(2 * DAY)
    await shop.tells(cancelled("2"))
    off_again = briefly((await figures(client, boss))["items"])
    await shop.tells(placed("1", placed_at="2026-03-01T08:00:00Z"))

    assert (late, off_again) == ([("2026-03-02", 2, 0, "58.00", "0.00")], [("2026-03-02", 1, 1, "29.00", "0.00")])
    assert briefly((await figures(client, boss))["items"]) == [("2026-03-01", 1, 0, "29.00", "0.00"), ("2026-03-02", 0, 1, "0.00", "0.00")]


async def test_amounts_of_different_currencies_never_add(shop: Shop, client: httpx.AsyncClient, boss: dict[str, str]) -> None:
    yen = dict.fromkeys(("discount", "tax")) | {"shipping_fee": money("0", "JPY"), "total": money("2500", "JPY")}
    await shop.tells(placed("1"), placed("2", lines=[line(unit_price="1250", currency="JPY")], **yen))

    both = await figures(client, boss, by="store")
    only = await figures(client, boss, by="store", currency="JPY")

    assert [(each["currency"], each["revenue"]["amount"]) for each in both["items"]] == [("JPY", "2500"), ("USD", "29.00")]
    assert [(each["currency"], each["average_order_value"]["amount"]) for each in only["items"]] == [("JPY", "2500")]


@pytest.mark.parametrize(
    ("zone", "placed_at", "day"),
    [
        ("Asia/Shanghai", "2026-03-02T15:59:59Z", "2026-03-02"),
        ("Asia/Shanghai", "2026-03-02T16:00:00Z", "2026-03-03"),
        ("America/New_York", "2026-03-08T04:59:59Z", "2026-03-07"),
        ("America/New_York", "2026-03-09T03:59:59Z", "2026-03-08"),
        ("America/New_York", "2026-03-09T04:00:00Z", "2026-03-09"),
        ("Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29"),
        ("Europe/Berlin", "2026-03-29T22:00:00Z", "2026-03-30"),
    ],
)
async def test_days_are_the_stores_days_also_where_the_clock_changes(
    shop: Shop, client: httpx.AsyncClient, boss: dict[str, str], zone: str, placed_at: str, day: str
) -> None:
    await hears(shop, moved_to(zone))
    await shop.tells(placed(placed_at=placed_at))

    assert [each["key"] for each in (await figures(client, boss))["items"]] == [day]


async def test_figures_of_past_days_stay_when_the_store_moves_to_another_zone(
    shop: Shop, client: httpx.AsyncClient, boss: dict[str, str]
) -> None:
    await shop.tells(placed("1", placed_at="2026-03-02T20:00:00Z"))
    await hears(shop, moved_to("Asia/Shanghai"))
    await shop.tells(placed("2", placed_at="2026-03-02T20:00:00Z"))
    before = briefly((await figures(client, boss))["items"])
    await shop.tells(cancelled("1", after=DAY))

    assert before == [("2026-03-02", 1, 0, "29.00", "0.00"), ("2026-03-03", 1, 0, "29.00", "0.00")]
    assert briefly((await figures(client, boss))["items"]) == [("2026-03-02", 0, 1, "0.00", "0.00"), ("2026-03-03", 1, 0, "29.00", "0.00")]


async def test_what_sold_most_comes_first_and_no_more_than_asked_for(shop: Shop, client: httpx.AsyncClient, boss: dict[str, str]) -> None:
    for number, price in enumerate(("1.00", "3.00", "2.00")):
        await shop.tells(placed(str(number), lines=[line(f"SKU-{number}", 1, price)]))

    items = (await figures(client, boss, by="product", limit=2))["items"]

    assert [each["key"] for each in items] == ["SKU-1", "SKU-2"]


async def test_figures_come_as_a_table_for_a_spreadsheet(shop: Shop, client: httpx.AsyncClient, boss: dict[str, str]) -> None:
    await shop.tells(placed(lines=[line("=1+1")]))
    await hears(shop, closed(sku="=1+1"))

    answer = await client.get(FIGURES, params={"by": "product", "from": "2026-03-01"}, headers=boss | {"Accept": "text/csv"})
    rows = list(csv.DictReader(answer.text.splitlines()))

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert [(row["row"], row["key"], row["revenue"], row["conversion_rate"]) for row in rows] == [
        ("product", "'=1+1", "25.00", ""),
        ("total", "", "29.00", ""),
        ("conversion", "'=1+1", "", "1.0000"),
        ("conversion-total", "", "", "1.0000"),
    ]


@pytest.mark.parametrize(
    ("asked_for", "field"),
    [
        ({"from": "2026-03-03", "to": "2026-03-02"}, "from"),
        ({"from": "2025-01-01", "to": "2026-03-02"}, "to"),
        ({"from": "tomorrow"}, "from"),
        ({"by": "weather"}, "by"),
        ({"currency": "XYZ"}, "currency"),
        ({"limit": "0"}, "limit"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_field(
    client: httpx.AsyncClient, boss: dict[str, str], asked_for: dict[str, str], field: str
) -> None:
    answer = await client.get(FIGURES, params=asked_for, headers=boss)

    assert answer.status_code == 422
    assert [problem["field"] for problem in answer.json()["errors"]] == [field]


async def test_figures_are_one_stores(shop: Shop, client: httpx.AsyncClient, boss: dict[str, str]) -> None:
    await shop.tells(placed(), placed(store_id="other"))
    await shop.passes(SOON)

    assert briefly((await figures(client, boss, by="store"))["totals"]) == [(None, 1, 0, "29.00", "0.00")]


async def test_orders_from_before_figures_were_kept_are_counted_once(shop: Shop, client: httpx.AsyncClient, boss: dict[str, str]) -> None:
    await shop.tells(placed("1"), placed("2"), cancelled("2"), placed("3"))
    async with shop.database.transaction() as session:
        for statement in (
            "delete from sales_changes",
            "update orders set sold_on = null",
            "insert into timers (kind, key, due_at, retry_at) values ('count-sales', 'demo/first', now(), now())",
        ):
            await session.execute(text(statement))
        await session.execute(text("update timers set due_at = '2026-03-01', retry_at = '2026-03-01' where kind = 'count-sales'"))
    versions = await stored(shop, "select order_id, version from orders order by 1")
    await shop.tells(dispatched("3"))

    await shop.passes(MINUTE)

    assert briefly((await figures(client, boss))["items"]) == [("2026-03-02", 2, 1, "58.00", "0.00")]
    assert (await stored(shop, "select order_id, version from orders order by 1"))[:2] == versions[:2]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(told_twice())
async def test_any_history_ends_in_the_figures_of_the_order_as_it_ended(shop: Shop, both: tuple[Chunks, Chunks]) -> None:
    for chunks in both:
        await shop.forgets()
        async with shop.database.transaction() as session:
            for table in ("sales", "sales_changes"):
                await session.execute(text(f"delete from {table}"))
        for number, chunk in enumerate(chunks):
            await shop.tells(*chunk)
            if number % 2:
                async with shop.database.transaction() as session:
                    assert await repository.fold(session, "demo")

        kept = await stored(shop, "select facts, sold_on from orders where sold_on is not null")
        expected = sales_of(await shop.order()) if kept else {}
        async with shop.database.transaction() as session:
            period = Period(MONTH_BEFORE, MONTH_AFTER)
            found = await repository.of_period(session, "demo", Kind.STORE, period, currency=None, limit=10)

        assert [each.sales for each in found] == [sales for slot, sales in expected.items() if slot.kind is Kind.STORE]


async def test_a_payment_puts_nothing_down(shop: Shop) -> None:
    await shop.tells(placed())
    await shop.passes(SOON)

    await shop.tells(paid())

    assert await stored(shop, "select * from sales_changes") == []
