"""Transactions that meet: one waits, one wins, nothing is lost (ORD-1, ORD-2)."""

import asyncio

import pytest

from shared.errors import Overtaken
from shared.events.storefront import StorefrontOrderEvent
from tests.services.orders.builders import MINUTE, cancelled, dispatched, paid, placed
from tests.services.orders.shop import Shop


async def eventually(shop: Shop, *told: StorefrontOrderEvent) -> None:
    """As the consumer does: work that was overtaken is done again."""
    while True:
        try:
            return await shop.tells(*told)
        except Overtaken:
            await asyncio.sleep(0)


@pytest.mark.parametrize("attempt", range(3))
async def test_facts_of_a_new_order_that_arrive_at_once_are_all_kept(shop: Shop, attempt: int) -> None:
    facts = [placed(), paid(), paid(payment_id="pay-2"), dispatched()]

    await asyncio.gather(*(eventually(shop, fact) for fact in facts))

    order = await shop.order()
    assert (len(order.facts.payments), order.status) == (2, "shipped")
    assert (await shop.names()).count("order-confirmed") == 1
    assert len(await shop.steps()) == 5


@pytest.mark.parametrize("attempt", range(3))
async def test_of_two_equal_orders_at_once_one_is_confirmed(shop: Shop, attempt: int) -> None:
    await asyncio.gather(eventually(shop, placed(), paid()), eventually(shop, placed("10002"), paid("10002")))

    assert sorted([(await shop.order()).status, (await shop.order("10002")).status]) == ["confirmed", "held"]


@pytest.mark.parametrize("attempt", range(3))
async def test_of_two_equal_orders_paid_at_once_one_is_confirmed(shop: Shop, attempt: int) -> None:
    await shop.tells(placed("10002"))

    await asyncio.gather(eventually(shop, placed(), paid()), eventually(shop, paid("10002")))

    assert sorted([(await shop.order()).status, (await shop.order("10002")).status]) == ["confirmed", "held"]


async def test_a_twin_that_arrives_while_the_first_is_cancelled_is_free_in_the_end(shop: Shop) -> None:
    await shop.tells(placed(), paid())

    await asyncio.gather(eventually(shop, cancelled()), eventually(shop, placed("10002"), paid("10002")))
    await shop.passes(MINUTE)

    assert (await shop.order("10002")).status == "confirmed"


async def test_chunks_with_the_same_orders_in_other_sequences_do_not_deadlock(shop: Shop) -> None:
    guests = [{"customer_id": f"c-{number}", "email": None, "phone": None} for number in range(30)]
    orders = [placed(f"o-{number}", customer=guest) for number, guest in enumerate(guests)]
    await shop.tells(*orders)
    payments = [paid(f"o-{number}") for number in range(30)]

    await asyncio.gather(
        shop.tells(*payments), shop.tells(*reversed(payments)), shop.tells(*(dispatched(f"o-{number}") for number in range(29, -1, -1)))
    )

    assert {(await shop.order(f"o-{number}")).status for number in range(30)} == {"shipped"}
