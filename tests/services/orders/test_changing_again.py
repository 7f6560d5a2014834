"""Orders that are changed more than once, and by more than was paid (ORD-6)."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.services.orders.builders import DAY, HOUR, MINUTE, line, money, paid, placed
from tests.services.orders.desk import CANCEL, Desk, change, dues, sold
from tests.services.orders.shop import Shop


async def test_a_change_that_was_changed_back_may_be_wanted_again(shop: Shop, desk: Desk) -> None:
    await sold(shop)
    await shop.lists("MUG-BLUE", "12.50", stock=100, after=HOUR)

    for sku in ("MUG-BLUE", "MUG-RED", "MUG-BLUE"):
        await desk.asks(change(sku))
        await desk.accepts(change(sku))

    assert [each.sku for each in (await shop.order()).standing.lines] == ["MUG-BLUE"]


async def test_no_more_is_due_back_than_was_paid_where_a_discount_is_more_than_what_is_left(shop: Shop, desk: Desk) -> None:
    lines = [line(), line("MUG-BLUE", 1, "8.00", "2")]
    nothing = money("0.00")
    await shop.tells(
        placed(lines=lines, discount=money("30.00"), shipping_fee=nothing, tax=nothing, total=money("3.00")), paid(amount="3.00")
    )

    await desk.accepts(change("MUG-RED", 0))

    said = (await shop.said())[-1]
    assert (said["total"], dues(said)) == (nothing, [("refund", "3.00")])


async def open_questions(shop: Shop) -> list[str]:
    async with shop.database.transaction() as session:
        return list(await session.scalars(text("select question from tasks where withdrawn_at is null order by task_id")))


async def test_an_order_that_is_changed_once_more_is_packed_as_it_is_wanted_now(shop: Shop, desk: Desk) -> None:
    """ORD-6, ORD-9."""
    await sold(shop)
    await shop.lists("MUG-BLUE", "12.50", stock=100, after=HOUR)
    await shop.lists("MUG-GOLD", "15.00", stock=100)

    await desk.accepts(change("MUG-BLUE"))
    await desk.accepts(change("MUG-RED", 1))
    assert await open_questions(shop) == [
        "Order 10001 was changed: provide 1 × MUG-RED.",
        "Order 10001 was changed: pack 1 × MUG-RED, and ship it in time.",
    ]

    await desk.accepts(change("MUG-GOLD", 1))
    await shop.tells(paid(amount="2.50", payment_id="pay-2", after=HOUR))
    assert await open_questions(shop) == [
        "Order 10001 was changed: provide 1 × MUG-GOLD.",
        "Order 10001 was changed: pack 1 × MUG-GOLD, and ship it in time.",
    ]


async def dearer(shop: Shop, desk: Desk) -> None:
    await sold(shop)
    await shop.lists("MUG-GOLD", "15.00", stock=100)
    await desk.accepts(change("MUG-GOLD"))


async def test_after_downtime_a_payment_that_waits_is_taken_in_before_anybody_is_told_that_it_is_missing(shop: Shop, desk: Desk) -> None:
    await dearer(shop, desk)
    await shop.passes(3 * DAY, abreast=False)
    assert await desk.told() == []

    await shop.tells(paid(amount="5.00", payment_id="pay-2", after=40 * HOUR))
    await shop.passes(MINUTE)

    assert [template for template, _ in await desk.told()] == ["change-paid"]
    assert (await shop.order()).standing.total.amount == 35


@pytest.mark.parametrize(("away", "templates"), [(DAY + HOUR, ["change-unpaid"]), (2 * DAY, ["change-lapsed"])])
async def test_after_downtime_a_reminder_comes_as_long_as_it_helps(away: timedelta, templates: list[str], shop: Shop, desk: Desk) -> None:
    await dearer(shop, desk)
    await shop.passes(away, abreast=False)
    await shop.passes(MINUTE)
    assert [template for template, _ in await desk.told()] == templates

    await shop.passes(2 * DAY)
    assert [template for template, _ in await desk.told()][-1] == "change-lapsed"


async def test_what_is_paid_when_the_time_is_over_is_due_back_though_nobody_had_looked(shop: Shop, desk: Desk) -> None:
    await dearer(shop, desk)
    await shop.passes(3 * DAY, abreast=False)

    await shop.tells(paid(amount="5.00", payment_id="pay-2", after=3 * DAY))
    await shop.passes(MINUTE)

    assert dues((await shop.said())[-1]) == [("payment", "5.00"), ("refund", "5.00")]
    assert [template for template, _ in await desk.told()] == ["change-not-possible"]


async def test_a_part_of_what_another_change_costs_is_not_taken_for_one_that_lapsed(shop: Shop, desk: Desk) -> None:
    await dearer(shop, desk)
    for _ in range(2):
        await shop.passes(DAY)
    await shop.lists("MUG-WOOD", "16.00", stock=100)
    await desk.accepts(change("MUG-WOOD"))

    await shop.tells(paid(amount="5.00", payment_id="pay-2", after=2 * DAY))
    await shop.tells(paid(amount="2.00", payment_id="pay-3", after=2 * DAY))

    said = (await shop.said())[-1]
    assert (said["total"], dues(said)) == (money("37.00"), [("payment", "5.00"), ("payment", "7.00")])


async def test_purchasing_is_asked_anew_what_was_bought_once_the_goods_are_others(shop: Shop, desk: Desk) -> None:
    """ORD-5."""
    await sold(shop)
    await shop.lists("MUG-BLUE", "12.50", stock=100, after=HOUR)
    await desk.asks(CANCEL)
    await desk.answer("purchase-cost")
    assert (await desk.asks(CANCEL)).action == "full-refund"

    shop.clock.passes(HOUR)
    await desk.accepts(change("MUG-BLUE"))
    shop.clock.passes(HOUR)

    assert (await desk.asks(CANCEL)).action == "ask-purchasing"
    await desk.answer("purchase-cost", bought_on="2026-03-02", cost=money("9.00"))
    assert (await desk.given())[0].action == "withhold-loss"
