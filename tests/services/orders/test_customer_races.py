"""Transactions that meet at one customer: nothing is lost, and none waits for ever (CUS-1)."""

import asyncio

import pytest
from sqlalchemy import text

from services.orders.usecases.customers import classifying
from tests.services.orders.builders import DAY, HOUR, at, cancelled, placed
from tests.services.orders.shop import Shop
from tests.services.orders.test_customers import months, record, refund
from tests.services.orders.test_races import eventually


@pytest.mark.parametrize("attempt", range(3))
async def test_a_new_last_order_beside_the_cancellation_of_the_last_is_the_last(shop: Shop, attempt: int) -> None:
    await shop.tells(placed("1", placed_at=at(-9 * DAY)), placed("2", placed_at=at(-5 * DAY)))

    await asyncio.gather(
        eventually(shop, cancelled("2", after=-4 * DAY)),
        eventually(shop, placed("3", placed_at=at(-DAY))),
        eventually(shop, cancelled("1", after=-8 * DAY)),
        shop.hears(refund("2", "1.00")),
    )

    kept = await record(shop)
    placed_at = placed("3", placed_at=at(-DAY)).placed_at
    assert (kept["orders"], kept["first_order_at"], kept["last_order_at"], kept["refunds"]) == (1, placed_at, placed_at, 0)
    assert await months(shop) == [("c-81", "2026-03", "USD", 1, "29.0000", "0.0000")]


async def test_chunks_of_the_same_customers_in_other_sequences_do_not_deadlock_beside_a_classification(shop: Shop) -> None:
    def chunk(name: str, customers: list[int]) -> list[object]:
        return [placed(f"{name}-{number}", customer={"customer_id": f"c-{number}"}, placed_at=at(HOUR)) for number in customers]

    forth, back = list(range(30)), list(reversed(range(30)))
    await shop.tells(*chunk("first", forth))  # type: ignore[arg-type]
    async with shop.database.transaction() as session:
        await classifying.rank(session, "demo", shop.clock())

    async def classify() -> None:
        async with shop.database.transaction() as session:
            await classifying.move(session, "demo/said/", shop.clock())

    await asyncio.gather(*(shop.tells(*chunk(str(name), order)) for name, order in enumerate((forth, back, forth))), classify())  # type: ignore[arg-type]

    async with shop.database.transaction() as session:
        orders = set(await session.scalars(text("select orders from customers")))
    assert orders == {4}
