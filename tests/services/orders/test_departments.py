"""What comes of departments' answers when the order has gone on meanwhile (ORD-8, ORD-9)."""

import pytest

from shared.tasks.task import MalformedAnswer
from tests.services.orders.builders import DAY, HOUR, MINUTE, cancelled, delivered, dispatched, line, money, paid, placed, tracked
from tests.services.orders.desk import CANCEL, Desk, change, parcel, sold
from tests.services.orders.shop import Shop

TO_US = {"country": "US", "region": "CA", "city": "Los Angeles", "postal_code": "90001", "phone": "+12135550100"}


async def test_a_parcel_whose_dispatch_nobody_told_may_be_lost_too(shop: Shop, desk: Desk) -> None:
    """ORD-7, ORD-8."""
    await shop.tells(placed(address=TO_US), paid(), tracked())
    shop.clock.passes(18 * DAY)
    await desk.asks(parcel())

    await desk.answer("parcel-silent", outcome="lost")

    lost = (await shop.said())[-1]
    assert (lost["type"], lost["shipment_id"], lost["lines"], lost["since"]) == ("shipment-lost", "s-1", [], "2026-03-04T08:15:04Z")
    assert (await desk.asks(parcel())).action == "presumed-lost"


async def test_a_day_is_not_told_of_what_has_arrived_meanwhile(shop: Shop, desk: Desk) -> None:
    """ORD-8, ORD-9: asked by advice while the order was held, answered when it was delivered."""
    await shop.tells(placed(customer_note="Ring twice"), paid())
    shop.clock.passes(6 * DAY)
    await desk.asks(parcel())
    await shop.tells(dispatched(after=6 * DAY), delivered(after=6 * DAY + HOUR))

    await desk.answer("dispatch-late", why="no boxes", dispatched_on="2026-03-12")

    assert await desk.told() == []


async def test_a_find_is_not_told_of_a_parcel_that_has_arrived_meanwhile(shop: Shop, desk: Desk) -> None:
    """ORD-8, ORD-9."""
    await shop.tells(placed(address=TO_US), paid(), dispatched(), tracked())
    shop.clock.passes(18 * DAY)
    await desk.asks(parcel())
    await shop.tells(delivered(after=17 * DAY))

    await desk.answer("parcel-silent", outcome="on-its-way", expected_on="2026-03-25")

    assert await desk.told() == []


async def test_nobody_buys_packs_or_answers_anything_for_an_order_that_was_cancelled(shop: Shop, desk: Desk) -> None:
    """ORD-9."""
    await sold(shop)
    await shop.lists("MUG-BLUE", "12.50", stock=100, after=HOUR)
    await desk.accepts(change("MUG-BLUE"))
    await desk.asks(CANCEL)
    assert [state for *_, state in await desk.tasks()] == ["open"] * 3

    await shop.tells(cancelled())
    await shop.passes(MINUTE)

    assert [state for *_, state in await desk.tasks()] == ["withdrawn"] * 3
    assert "task-escalation" not in {kind for kind, _ in await shop.timers()}


@pytest.mark.parametrize("why", ["", "  "])
async def test_the_warehouse_tells_a_reason_with_its_day(shop: Shop, desk: Desk, why: str) -> None:
    """ORD-7: reason and date."""
    await sold(shop)
    shop.clock.passes(6 * DAY)
    await desk.asks(parcel())

    with pytest.raises(MalformedAnswer) as refused:
        await desk.answer("dispatch-late", why=why, dispatched_on="2026-03-12")

    assert [problem.field for problem in refused.value.fields] == ["answer.why"]


@pytest.mark.parametrize(("sent_out", "asked"), [("MUG-RED", "dispatch-late"), ("MUG-BLUE", "goods-late")])
async def test_goods_that_have_left_are_not_missing(shop: Shop, desk: Desk, sent_out: str, asked: str) -> None:
    """ORD-7, ORD-8: the red mugs are on their way, the blue one is waited for."""
    lines = [line(), line("MUG-BLUE", 1, "8.00", "2")]
    await shop.tells(placed(lines=lines, total=money("38.00")), paid(amount="38.00"), dispatched(after=HOUR))
    await shop.lists(sent_out, "12.50", stock=0, after=HOUR)

    await shop.passes(6 * DAY)
    await shop.passes(HOUR)

    assert (asked, "10001", "open") in await desk.tasks()
