"""Changes of real orders: applied at once, when they are paid, or never (ORD-6)."""

import pytest

from services.orders.domain.amending import ChangeNotPossible
from services.orders.domain.wishes import AdviceChanged, NothingToCarryOut
from services.orders.usecases.agreeing import ChangeWaits
from tests.services.orders.builders import DAY, HOUR, MINUTE, dispatched, money, paid
from tests.services.orders.desk import Desk, change, dues, sold
from tests.services.orders.shop import Shop


async def test_a_change_at_the_same_price_applies_at_once(shop: Shop, desk: Desk) -> None:
    await sold(shop)
    await shop.lists("MUG-BLUE", "12.50", stock=100, after=HOUR)
    assert (await desk.asks(change("MUG-BLUE"))).action == "change"

    order = await desk.accepts(change("MUG-BLUE"))

    said = (await shop.said())[-1]
    assert [each["sku"] for each in said["lines"]] == ["MUG-BLUE"]
    assert (said["type"], said["total"], said["dues"], order.status) == ("order-changed", money("30.00"), [], "confirmed")
    assert await desk.tasks() == [("change-goods", "10001", "open"), ("change-packing", "10001", "open")]
    with pytest.raises(ChangeNotPossible, match="cannot be changed like that"):
        await desk.accepts(change("MUG-BLUE"))


async def test_a_cheaper_change_applies_and_the_difference_is_due_back(shop: Shop, desk: Desk) -> None:
    await sold(shop)
    assert (await desk.asks(change("MUG-BLUE"))).action == "refund-difference"

    await desk.accepts(change("MUG-BLUE"))

    said = (await shop.said())[-1]
    assert (said["total"], dues(said)) == (money("21.00"), [("refund", "9.00")])
    await shop.act("cancel")
    assert dues((await shop.said())[-1]) == [("refund", "9.00"), ("refund", "21.00")]


async def dearer(shop: Shop, desk: Desk) -> None:
    await sold(shop)
    await shop.lists("MUG-GOLD", "15.00", stock=100)
    assert (await desk.asks(change("MUG-GOLD"))).action == "pay-difference"
    await desk.accepts(change("MUG-GOLD"))


async def test_a_dearer_change_waits_for_the_difference_and_applies_when_it_is_paid(shop: Shop, desk: Desk) -> None:
    await dearer(shop, desk)
    said = (await shop.said())[-1]
    assert (said["total"], dues(said)) == (money("30.00"), [("payment", "5.00")])
    assert await desk.tasks() == []
    with pytest.raises(ChangeWaits):
        await desk.accepts(change("MUG-BLUE"))

    await shop.tells(paid(amount="4.99", payment_id="pay-2", after=HOUR))
    assert (await shop.order()).standing.total.amount == 30
    await shop.tells(paid(amount="0.01", payment_id="pay-3", after=2 * HOUR))

    said = (await shop.said())[-1]
    assert ([each["sku"] for each in said["lines"]], said["total"]) == (["MUG-GOLD"], money("35.00"))
    assert [kind for kind, *_ in await desk.tasks()] == ["change-goods", "change-packing"]
    assert [template for template, _ in await desk.told()] == ["change-paid"]
    await shop.passes(3 * DAY)
    assert (await shop.order()).standing.total.amount == 35


async def test_an_unpaid_change_lapses_and_the_order_ships_as_it_was_ordered(shop: Shop, desk: Desk) -> None:
    await dearer(shop, desk)
    await shop.passes(24 * HOUR)
    await shop.passes(24 * HOUR - MINUTE)
    assert [template for template, _ in await desk.told()] == ["change-unpaid"]

    await shop.passes(2 * MINUTE)

    assert (await shop.steps())[-1] == ("change-lapsed", "auto", None)
    assert [template for template, _ in await desk.told()] == ["change-unpaid", "change-lapsed"]
    assert (await shop.order()).standing.total.amount == 30
    await desk.accepts(change("MUG-BLUE"))


async def test_the_customer_is_reminded_once_of_what_a_change_still_costs(shop: Shop, desk: Desk) -> None:
    await dearer(shop, desk)
    await shop.passes(24 * HOUR - MINUTE)
    assert await desk.told() == []

    await shop.passes(2 * MINUTE)
    await shop.passes(20 * HOUR)

    ((template, text),) = await desk.told()
    assert template == "change-unpaid"
    assert "US$5.00" in text
    assert "2026年3月4日" in text


@pytest.mark.parametrize("hours", [48, 49])
async def test_no_reminder_comes_when_it_would_be_too_late(hours: int, shop: Shop, desk: Desk) -> None:
    await shop.sets(payment_reminder_hours=hours)
    await dearer(shop, desk)

    await shop.passes(50 * HOUR)
    await shop.passes(MINUTE)

    assert [template for template, _ in await desk.told()] == ["change-lapsed"]


async def test_a_difference_that_is_paid_too_late_is_due_back_once(shop: Shop, desk: Desk) -> None:
    await dearer(shop, desk)
    for _ in range(3):
        await shop.passes(DAY)

    await shop.tells(paid(amount="5.00", payment_id="pay-2", after=3 * DAY))
    await shop.tells(dispatched(after=4 * DAY))

    said = (await shop.said())[-1]
    assert (said["total"], dues(said)) == (money("30.00"), [("payment", "5.00"), ("refund", "5.00")])
    assert [template for template, _ in await desk.told()] == ["change-unpaid", "change-lapsed", "change-not-possible"]


async def test_a_difference_that_is_paid_when_the_goods_have_left_is_due_back(shop: Shop, desk: Desk) -> None:
    await dearer(shop, desk)

    await shop.tells(dispatched(), paid(amount="5.00", payment_id="pay-2", after=2 * DAY))

    assert dues((await shop.said())[-1]) == [("payment", "5.00"), ("refund", "5.00")]
    assert (await shop.order()).standing.total.amount == 30


async def test_a_cancelled_order_gives_back_what_was_paid_for_its_change_too(shop: Shop, desk: Desk) -> None:
    await dearer(shop, desk)
    await shop.act("cancel")

    await shop.tells(paid(amount="5.00", payment_id="pay-2", after=DAY))
    await shop.passes(3 * DAY)

    assert dues((await shop.said())[-1]) == [("payment", "5.00"), ("refund", "30.00"), ("refund", "5.00")]
    assert await desk.told() == []


async def test_a_price_that_moved_after_the_advice_makes_it_another(shop: Shop, desk: Desk) -> None:
    await sold(shop)
    await desk.asks(change("MUG-BLUE"))
    await shop.lists("MUG-BLUE", "8.01", stock=100, after=HOUR)

    with pytest.raises(AdviceChanged, match="refund-difference by now"):
        await desk.accepts(change("MUG-BLUE"))
    assert str((await desk.asks(change("MUG-BLUE"))).refund) == "8.98 USD"


async def test_similar_products_are_those_of_the_category_nearest_in_price(shop: Shop, desk: Desk) -> None:
    await sold(shop)
    await shop.lists("MUG-GOLD", "15.00", stock=4)
    for sku, price, stock in (("MUG-1", "14.50", 4), ("MUG-2", "15.10", 4), ("MUG-3", "40.00", 4), ("MUG-4", "15.00", 3)):
        await shop.lists(sku, price, stock=stock, name=sku.title())
    await shop.lists("TEA", "15.00", stock=50, category="tea")

    advice = await desk.asks(change("MUG-GOLD"))

    assert advice.action == "recommend-similar"
    assert "Mug-2 ($15.10), Mug-1 ($14.50), Red mug ($12.50)" in advice.reply["en"]
    with pytest.raises(NothingToCarryOut):
        await desk.accepts(change("MUG-GOLD"))
