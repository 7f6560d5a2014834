"""CUS-1, ORD-11: what is kept of orders by differences is mended from the orders, while intake goes on."""

import asyncio
import os
import subprocess
import sys
from functools import partial
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from services.orders import usecases
from services.orders.usecases.rebuilding import BATCH, rebuild_customers, rebuild_figures
from shared.db import is_transient
from shared.retries import insist
from shared.service import Rebuild, Rebuilt
from tests.services.orders.builders import DAY, at, cancelled, line, money, placed
from tests.services.orders.selling import asked, closed, hears, moved_to, refunded
from tests.services.orders.shop import Shop
from tests.services.orders.test_races import eventually
from tests.services.orders.test_sales import SOON
from tests.shared.installed import PROJECT
from tests.support import wait_until

Rows = list[tuple[Any, ...]]

_RECORDS = """
    select store_id, customer_id, orders, first_order_at, last_order_at, refunds, complaints, name from customers order by 1, 2
"""
_VERSIONS = "select store_id, customer_id, version, xmin from customers order by 1, 2"
_MONTHS = "select * from customer_months where orders <> 0 order by 1, 2, 3, 4"
_SALES = """
    select * from sales where (placed, cancelled, units, revenue, refunded_orders, refunded) <> (0, 0, 0, 0, 0, 0) order by 1, 2, 3, 4, 5, 6
"""
_WAITING = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


async def rows(shop: Shop, statement: str) -> Rows:
    async with shop.database.transaction() as session:
        return [tuple(row) for row in await session.execute(text(statement))]


async def breaks(shop: Shop, statement: str) -> None:
    async with shop.database.transaction() as session:
        await session.execute(text(statement))


async def mended(shop: Shop, rebuild: Rebuild, only: str | None = None) -> tuple[int, int, int]:
    """Transactions, how many were looked at, and mended; as the command does it."""
    place: str | None = None
    found: list[Rebuilt] = []

    async def some() -> Rebuilt:
        async with shop.database.transaction() as session:
            return await rebuild(session, only, place, shop.clock())

    while place is not None or not found:
        found.append(await insist(some, on=is_transient))
        place = found[-1].place
    return len(found), sum(each.looked_at for each in found), sum(each.mended for each in found)


async def sells(shop: Shop) -> None:
    """To three customers and a guest in two stores and two months; one order is cancelled, of one something goes back."""
    await hears(shop, moved_to("Asia/Shanghai"), asked(), closed())
    red_and_blue = [line("MUG-RED"), line("MUG-BLUE", line_id="2")]
    await shop.tells(
        placed("10001", placed_at=at(-40 * DAY)),
        placed("2", placed_at="2026-03-01T17:00:00Z", lines=red_and_blue),
        placed("3", customer={"customer_id": "c-82"}),
        placed("4", customer={"customer_id": "c-83"}),
        placed("5", customer={"customer_id": None}),
        placed(store_id="other"),
    )
    await shop.tells(cancelled("4"))
    await hears(shop, refunded("11.50"), refunded("1.00", 2, order_id="2"), refunded("1.00", 3, order_id="4"))
    await shop.passes(SOON)


@pytest.mark.parametrize(
    "broken",
    [
        "update customers set orders = orders + 1",
        "update customers set orders = 0, first_order_at = null, last_order_at = null",
        "update customers set first_order_at = first_order_at - interval '1 day'",
        "update customers set last_order_at = now()",
        "update customers set refunds = 7",
        "delete from customers",
        "delete from customer_months",
        "delete from customers; delete from customer_months",
        "update customer_months set amount = amount + 0.01",
        "update customer_months set refunded = 0 where refunded > 0",
        "update customer_months set currency = 'EUR'",
        "insert into customer_months values ('demo', 'c-81', '2020-01-01', 'USD', 1, 5, 0)",
    ],
)
async def test_a_broken_record_is_right_again_and_mending_it_twice_changes_nothing(shop: Shop, broken: str) -> None:
    await sells(shop)
    kept = [await rows(shop, "select * from customers where orders > 0"), await rows(shop, _MONTHS)]
    for statement in broken.split("; "):
        await breaks(shop, statement)

    first = await mended(shop, rebuild_customers)
    records, versions = [await rows(shop, _RECORDS), await rows(shop, _MONTHS)], await rows(shop, _VERSIONS)
    second = await mended(shop, rebuild_customers)

    columns = [(row[:2], row[3:6]) for row in kept[0]]
    again = [(row[:2], row[3:6]) for row in await rows(shop, "select * from customers where orders > 0")]
    assert first[2] > 0
    assert (sorted(again), records[1]) == (sorted(columns), kept[1])
    assert (second[2], await rows(shop, _VERSIONS)) == (0, versions)


async def test_only_what_is_wrong_is_written_and_its_version_grows(shop: Shop) -> None:
    await sells(shop)
    before = {row[:2]: row[2:] for row in await rows(shop, _VERSIONS)}
    await breaks(shop, "update customer_months set amount = 0 where customer_id = 'c-82'")

    counted = await mended(shop, rebuild_customers)

    after = {row[:2]: row[2:] for row in await rows(shop, _VERSIONS)}
    assert counted == (2, 4, 1)
    assert {key for key, kept in after.items() if kept != before[key]} == {("demo", "c-82")}
    assert after["demo", "c-82"][0] == before["demo", "c-82"][0] + 1


async def test_a_customers_own_words_stay(shop: Shop) -> None:
    await sells(shop)
    await breaks(shop, "update customers set name = 'Li', complaints = 3, orders = 9")

    await mended(shop, rebuild_customers)

    assert {row[6:] for row in await rows(shop, _RECORDS)} == {(3, "Li")}


async def test_many_customers_are_mended_a_thousand_a_transaction(shop: Shop) -> None:
    await shop.tells(placed())
    others = f"select 'demo', 'd-' || number, 1 from generate_series(1, {2 * BATCH}) as number"
    await breaks(shop, f"insert into customers (store_id, customer_id, orders) {others}")

    assert await mended(shop, rebuild_customers) == (3, 2 * BATCH + 1, 2 * BATCH)
    assert await rows(shop, "select count(*), sum(orders) from customers") == [(2 * BATCH + 1, 1)]


@pytest.mark.parametrize("rebuild", [rebuild_customers, rebuild_figures])
async def test_one_store_only_where_one_is_named(shop: Shop, rebuild: Rebuild) -> None:
    await sells(shop)
    await breaks(shop, "update customers set orders = 9")
    await breaks(shop, "update sales set placed = 9")

    await mended(shop, rebuild, only="other")
    await shop.passes(SOON)

    left = "select distinct store_id from {} where {} = 9"
    of_customers, of_sales = await rows(shop, left.format("customers", "orders")), await rows(shop, left.format("sales", "placed"))
    assert (of_customers if rebuild is rebuild_customers else of_sales) == [("demo",)]
    assert await mended(shop, rebuild, only="nobody") == (1, 0, 0)


async def test_an_order_that_comes_meanwhile_is_counted_once(shop: Shop) -> None:
    await shop.tells(placed("1"))
    await breaks(shop, "update customers set orders = 7")

    async with shop.database.transaction() as session:
        await usecases.take_facts(session, [placed("2")], shop.clock())
        rebuilding = asyncio.create_task(mended(shop, rebuild_customers))
        await wait_until(lambda: _waits(shop))

    assert (await rebuilding)[2] == 1
    assert [row[2] for row in await rows(shop, _RECORDS)] == [2]
    assert [row[4] for row in await rows(shop, _MONTHS)] == [2]


async def _waits(shop: Shop) -> bool:
    return bool((await rows(shop, _WAITING))[0][0])


@pytest.mark.parametrize(
    "broken",
    [
        "update sales set revenue = revenue + 5, units = 0 where grain = 'day'",
        "update sales set placed = placed + 1 where grain = 'month'",
        "update sales set refunded = 0, cancelled = 0",
        "update sales set revenue = 1 where kind = 'agent'",
        "delete from sales where kind = 'product'",
        "delete from sales where grain = 'month'",
        "delete from sales",
        "update sales set currency = 'EUR' where store_id = 'demo'",
        "update sales set start = start - 400",
        "insert into sales values ('demo', 'agent', 'day', '2020-01-01', 'nobody', 'USD', 1, 0, 1, 5, 0, 0)",
    ],
)
async def test_broken_figures_are_right_again_and_mending_them_twice_changes_nothing(shop: Shop, broken: str) -> None:
    await sells(shop)
    kept = await rows(shop, _SALES)
    await breaks(shop, broken)

    first = await mended(shop, rebuild_figures)
    await shop.passes(SOON)
    then = await rows(shop, _SALES)
    second = await mended(shop, rebuild_figures)
    await shop.passes(SOON)

    assert (first[2] > 0, then) == (True, kept)
    assert (second[2], await rows(shop, _SALES), await rows(shop, "select * from sales_changes")) == (0, kept, [])


async def test_figures_that_are_yet_to_be_added_up_count_as_they_are(shop: Shop) -> None:
    await sells(shop)
    kept = await rows(shop, _SALES)
    await shop.tells(placed("20"))
    assert (await mended(shop, rebuild_figures))[2] == 0

    await breaks(shop, "delete from sales_changes")
    counted = await mended(shop, rebuild_figures)
    again = await mended(shop, rebuild_figures)
    await shop.passes(SOON)

    assert (counted[2], again[2]) == (3, 0)
    assert [row[:5] for row in await rows(shop, _SALES)] == [row[:5] for row in kept]
    assert (await rows(shop, "select sum(placed) from sales where kind = 'store' and grain = 'day'"))[0][0] == 7


@pytest.mark.parametrize("rebuild", [rebuild_customers, rebuild_figures])
async def test_orders_that_come_and_go_while_it_runs_are_counted_once(shop: Shop, rebuild: Rebuild) -> None:
    async def sells_to(customer: int) -> None:
        for number in range(8):
            order_id, pieces = f"{customer}-{number}", 1 + number + 8 * customer
            content: dict[str, Any] = {"lines": [line(quantity=pieces)], "total": money(f"{12.5 * pieces + 4:.2f}")}
            await eventually(shop, placed(order_id, customer={"customer_id": f"c-{customer % 3}"}, placed_at=at(-number * DAY), **content))
            if number % 3 == 0:
                await eventually(shop, cancelled(order_id))

    async def mends() -> None:
        for _ in range(5):
            await breaks(shop, "update customers set orders = orders + 1, refunds = 1 where customer_id = 'c-1'")
            await breaks(shop, "update sales set placed = placed + 1, revenue = revenue * 2 where kind <> 'product' and grain = 'day'")
            await asyncio.gather(mended(shop, rebuild), mended(shop, rebuild))
            await shop.passes(SOON)

    await asyncio.gather(*(sells_to(customer) for customer in range(6)), mends())

    await shop.passes(SOON)
    assert (await mended(shop, rebuild))[2] == 0
    sold = "select count(*) filter (where status <> 'cancelled'), count(*), sum(total) filter (where status <> 'cancelled') from orders"
    ((sales, placed_ones, revenue),) = await rows(shop, sold)
    if rebuild is rebuild_customers:
        assert await rows(shop, "select sum(orders) from customers") == [(sales,)]
        return
    counted = "select sum(placed), sum(placed - cancelled), sum(revenue) from sales where kind = 'store' and grain = '{}'"
    assert [await rows(shop, counted.format(grain)) for grain in ("day", "month")] == [[(placed_ones, sales, revenue)]] * 2


def _run(database_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.orders", *arguments]
    known = {**os.environ, "DATABASE_URL": database_url}
    return subprocess.run(command, cwd=PROJECT, env=known, capture_output=True, text=True, timeout=60, check=False)


async def test_an_operator_rebuilds_on_the_command_line_and_it_is_kept_in_the_audit(shop: Shop) -> None:
    await sells(shop)
    await breaks(shop, "update customers set orders = 9")
    url = shop.database.url.render_as_string(hide_password=False)
    call = partial(asyncio.to_thread, _run, url)

    all_of_them = await call("customers", "rebuild", "--reason", "a broken disk")
    again = await call("customers", "rebuild")
    figures = await call("figures", "rebuild", "--store", "demo")
    wrong = await call("orders", "rebuild")

    said = [orjson.loads(each.stdout) for each in (all_of_them, again, figures)]
    assert [each.pop("transactions") > 1 for each in said] == [True] * 3
    assert said == [
        {"rebuilt": "customers", "store_id": None, "looked_at": 4, "mended": 4},
        {"rebuilt": "customers", "store_id": None, "looked_at": 4, "mended": 0},
        {"rebuilt": "figures", "store_id": "demo", "looked_at": 2, "mended": 0},
    ]
    assert wrong.returncode == 2
    told = await rows(shop, "select subject, reason, details from audit where action = 'rebuilt' order by at")
    assert told[0] == ("customers", "a broken disk", {"store_id": None, "looked_at": 4, "mended": 4})
    assert [subject for subject, _, _ in told] == ["customers", "customers", "figures"]
