"""CUS-2, CUS-3 and CUS-6 on real Postgres: the SQL decides as the rules do, and only a real change is said."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.orders.domain.customers.tiers import Abc, Tier, Trade, abc_classes, tier_of
from services.orders.domain.customers.windows import Windows
from services.orders.domain.policy import OrderPolicy
from services.orders.usecases.customers import classifying
from shared.events.storefront import StoreUpdated
from tests.services.orders.builders import DAY, at, cancelled, line, money, placed
from tests.services.orders.shop import Shop
from tests.services.orders.test_customers import event, refund

POLICY = OrderPolicy()
MONTH = 30 * DAY


async def bought(shop: Shop, customer_id: str, *sales: tuple[timedelta, str], currency: str = "USD") -> None:
    """Orders so long ago, each of so much."""
    for number, (ago, amount) in enumerate(sales):
        nothing: dict[str, Any] = dict.fromkeys(("discount", "shipping_fee", "tax"), money("0.00", currency))
        lines = [line(quantity=1, unit_price=amount, currency=currency)]
        contents = {"placed_at": at(-ago), "lines": lines, "total": money(amount, currency), **nothing}
        await shop.tells(placed(f"{customer_id}-{number}-{currency}", customer={"customer_id": customer_id}, **contents))


async def classified(shop: Shop, *, abreast: bool = True) -> None:
    async with shop.database.transaction() as session:
        await classifying.ask_for(session, "demo", shop.clock())
    await shop.passes(timedelta(0), abreast=abreast)


async def tiers(shop: Shop) -> dict[str, tuple[str | None, str]]:
    async with shop.database.transaction() as session:
        rows = await session.execute(text("select customer_id, abc, tier from customers order by 1"))
        return {row[0]: (row[1], row[2]) for row in rows}


async def said(shop: Shop) -> list[tuple[str, str, str]]:
    async with shop.database.transaction() as session:
        rows = await session.execute(text("select payload from outbox where type = 'customer-tier-changed' order by number"))
        told = [orjson.loads(row[0]) for row in rows]
    return [(each["customer_id"], each["previous_tier"], each["tier"]) for each in told]


async def test_a_store_is_classified_when_the_orders_that_wait_are_taken_in(shop: Shop) -> None:
    """CUS-2."""
    await bought(shop, "key", (10 * DAY, "400.00"))

    await classified(shop, abreast=False)
    assert await tiers(shop) == {"key": (None, "occasional")}

    await bought(shop, "key", (9 * DAY, "400.00"), (8 * DAY, "400.00"))
    await shop.passes(timedelta(0))
    assert await tiers(shop) == {"key": ("A", "key")}


async def test_a_store_is_classified_and_only_moves_are_said(shop: Shop) -> None:
    await bought(shop, "key", (10 * DAY, "400.00"), (200 * DAY, "300.00"))
    await bought(shop, "potential", (200 * DAY, "100.00"), (201 * DAY, "100.00"))
    await bought(shop, "general", (200 * DAY, "50.00"), (201 * DAY, "30.00"))
    await bought(shop, "growing", (10 * DAY, "12.00"), (120 * DAY, "6.00"))
    await bought(shop, "single", (10 * DAY, "2.00"))
    await bought(shop, "gone", (366 * DAY, "900.00"), (367 * DAY, "900.00"))

    await classified(shop)
    once = await said(shop)
    await classified(shop)

    assert await tiers(shop) == {
        "general": ("C", "general"),
        "gone": ("D", "occasional"),
        "growing": ("C", "potential"),
        "key": ("A", "key"),
        "potential": ("B", "potential"),
        "single": ("C", "occasional"),
    }
    assert once == [
        ("general", "occasional", "general"),
        ("growing", "occasional", "potential"),
        ("key", "occasional", "key"),
        ("potential", "occasional", "potential"),
    ]
    assert await said(shop) == once


async def test_a_move_is_said_above_the_version_before_it_and_back_again(shop: Shop) -> None:
    await bought(shop, "c-1", (10 * DAY, "10.00"), (11 * DAY, "10.00"))
    await bought(shop, "c-2", (10 * DAY, "1.00"), (11 * DAY, "1.00"))
    await classified(shop)

    await bought(shop, "c-2", *[(DAY, "100.00")] * 3)
    await classified(shop)

    assert await said(shop) == [
        ("c-1", "occasional", "key"),
        ("c-2", "occasional", "potential"),
        ("c-1", "key", "potential"),
        ("c-2", "potential", "key"),
    ]
    async with shop.database.transaction() as session:
        rows = await session.execute(text("select key, sequence from outbox where type = 'customer-tier-changed' order by number"))
        versions: dict[str, list[int]] = {}
        for key, sequence in rows:
            versions.setdefault(key, []).append(sequence)
    assert all(numbers == sorted(set(numbers)) for numbers in versions.values())


async def test_refunds_and_cancellations_make_a_customer_worth_less(shop: Shop) -> None:
    await bought(shop, "c-1", (10 * DAY, "70.00"), (11 * DAY, "30.00"))
    await bought(shop, "c-2", (10 * DAY, "40.00"), (11 * DAY, "40.00"))
    await classified(shop)
    assert (await tiers(shop))["c-1"][0] == "A"

    await shop.hears(refund("c-1-0-USD", "69.00"), cancelled("c-1-1-USD", after=-10 * DAY), refund("c-2-0-USD", "1.00", 2))
    await classified(shop)

    assert await tiers(shop) == {"c-1": ("C", "occasional"), "c-2": ("A", "key")}


async def test_only_the_stores_own_currency_counts_and_the_others_are_told(shop: Shop) -> None:
    await shop.hears(event(StoreUpdated, currency="USD"))
    await bought(shop, "c-1", (10 * DAY, "5.00"), (11 * DAY, "5.00"))
    await bought(shop, "c-2", (10 * DAY, "900.00"), (11 * DAY, "900.00"), currency="EUR")

    await classified(shop)

    assert await tiers(shop) == {"c-1": ("A", "key"), "c-2": ("C", "general")}


async def test_more_moves_than_one_transaction_may_say_are_said_in_slices(shop: Shop) -> None:
    async with shop.database.transaction() as session:
        await session.execute(text("select 1"))
        await session.execute(
            text("""
            insert into customers (store_id, customer_id, orders, first_order_at, last_order_at)
            select 'demo', 'c-' || number, 2, :now, :now from generate_series(1, 1203) as number
        """),
            {"now": shop.clock()},
        )
        await session.execute(
            text("""
            insert into customer_months (store_id, customer_id, month, currency, orders, amount, refunded)
            select 'demo', 'c-' || number, '2026-03-01', 'USD', 2, 10, 0 from generate_series(1, 1203) as number
        """)
        )

    await classified(shop)

    moved = await said(shop)
    assert len(moved) == len({customer_id for customer_id, *_ in moved}) == 1203
    found = [abc for abc, _ in (await tiers(shop)).values()]
    assert {abc: found.count(abc) for abc in "ABC"} == {"A": 842, "B": 240, "C": 121}


@st.composite
def _stores(draw: st.DrawFn) -> dict[str, tuple[int, dict[int, str]]]:
    """Customers with how often they ordered, and by how many months ago what they were worth."""
    amounts = st.sampled_from(["0", "1", "2", "4", "10", "33.33", "70", "-3"])
    months = st.dictionaries(st.sampled_from([0, 1, 2, 3, 5, 6, 11]), amounts, min_size=1, max_size=4)
    return draw(st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(st.integers(1, 3), months), min_size=1, max_size=8))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(_stores())
async def test_cus_2_the_statement_decides_as_the_rules_do(shop: Shop, store: Mapping[str, tuple[int, Mapping[int, str]]]) -> None:
    await shop.forgets()
    windows = Windows.at(shop.clock(), POLICY)
    month = windows.recent_from
    sums = []
    for customer_id, (_, months) in store.items():
        for ago, amount in months.items():
            first = (month.year * 12 + month.month - 1) + 2 - ago
            sums.append({"customer_id": customer_id, "month": f"{first // 12}-{first % 12 + 1:02}-01", "amount": amount})
    async with shop.database.transaction() as session:
        await session.execute(text("select 1"))
        for customer_id, (orders, _) in store.items():
            await session.execute(
                text("""insert into customers (store_id, customer_id, orders, first_order_at, last_order_at)
                        values ('demo', :id, :orders, :at, :at)"""),
                {"id": customer_id, "orders": orders, "at": shop.clock()},
            )
        await session.execute(
            text("""insert into customer_months (store_id, customer_id, month, currency, orders, amount, refunded)
                    select 'demo', customer_id, month, 'USD', 1, amount, 0
                    from json_to_recordset(cast(:rows as json)) as told (customer_id text, month date, amount numeric)"""),
            {"rows": orjson.dumps(sums).decode()},
        )

    await classified(shop)

    worth = {name: {ago: Decimal(amount) for ago, amount in months.items()} for name, (_, months) in store.items()}
    abc = abc_classes({name: sum(months.values(), Decimal(0)) for name, months in worth.items()}, POLICY)
    expected = {name: (abc[name], tier_of(abc[name], trade(store[name][0], months), POLICY)) for name, months in worth.items()}
    assert {name: (Abc(str(found)), Tier(tier)) for name, (found, tier) in (await tiers(shop)).items()} == expected


def trade(orders: int, months: Mapping[int, Decimal]) -> Trade:
    recent, earlier = (sum((value for ago, value in months.items() if ago in window), Decimal(0)) for window in ((0, 1, 2), (3, 4, 5)))
    return Trade(orders, recent, earlier)


async def test_it_happens_daily_at_the_stores_quiet_hour(shop: Shop) -> None:
    await shop.hears(event(StoreUpdated))
    await bought(shop, "c-1", (10 * DAY, "5.00"), (11 * DAY, "5.00"))
    await shop.passes(timedelta(0))
    assert (await tiers(shop))["c-1"] == ("A", "key")
    await bought(shop, "c-2", (10 * DAY, "500.00"), (11 * DAY, "5.00"))

    await shop.passes(timedelta(hours=10))
    before = (await tiers(shop))["c-2"]
    await shop.passes(timedelta(hours=1))

    # 08:17 UTC is 16:17 in Shanghai: ten hours later it is 02:17, eleven hours later 03:17
    assert (before, (await tiers(shop))["c-2"]) == ((None, "occasional"), ("A", "key"))
