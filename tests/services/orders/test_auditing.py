"""What people do with orders, one after another and at once (ORD-2)."""

import asyncio
from typing import Any

import pytest

from services.orders.usecases.auditing import OrderNotCancellable, OrderNotCorrectable, OrderNotHeld, OrderTaken
from shared.errors import BusinessError, StaleVersion
from shared.http import Version
from tests.services.orders.builders import DAY, HOUR, MINUTE, address_changed, cancelled, delivered, dispatched, line, money, paid, placed
from tests.services.orders.shop import WANG, ZHAO, Shop, failed


async def held(shop: Shop) -> None:
    await shop.tells(placed(customer_note="Please gift-wrap"), paid())


async def outcomes(*doings: Any) -> list[str]:
    """What came of them all at once: ok, or the refusal's name."""
    done = await asyncio.gather(*doings, return_exceptions=True)
    for each in done:
        if isinstance(each, BaseException) and not isinstance(each, BusinessError):
            raise each
    return sorted("ok" if not isinstance(each, BaseException) else type(each).__name__ for each in done)


async def test_of_two_who_take_at_once_one_is_told_that_it_is_taken(shop: Shop) -> None:
    await held(shop)

    assert await outcomes(shop.act("take", by=WANG), shop.act("take", by=ZHAO)) == ["OrderTaken", "ok"]


async def test_an_order_is_taken_once_by_the_same_person_too(shop: Shop) -> None:
    await held(shop)

    assert await outcomes(shop.act("take", by=WANG), shop.act("take", by=WANG)) == ["OrderTaken", "ok"]
    assert [step for step, *_ in await shop.steps()].count("taken") == 1
    assert await shop.names() == ["order-held"]


async def test_a_stale_version_is_told_before_the_conflict(shop: Shop) -> None:
    await held(shop)
    await shop.act("take")

    with pytest.raises(StaleVersion):
        await shop.act("take", by=ZHAO, version=Version(frozenset({'"1"'})))
    with pytest.raises(OrderTaken):
        await shop.act("take", by=ZHAO, version=Version(frozenset({'"2"'})))


async def test_of_two_confirmations_at_once_one_wins(shop: Shop) -> None:
    await held(shop)

    assert await outcomes(*(shop.act("confirm", by=by) for by in (WANG, ZHAO))) == ["OrderNotHeld", "ok"]
    assert await shop.names() == ["order-held", "order-confirmed"]


async def test_confirming_while_the_customer_cancels_ends_in_one_of_two_ways(shop: Shop) -> None:
    await held(shop)

    done = await outcomes(shop.act("confirm"), shop.tells(cancelled()))

    names = await shop.names()
    if done == ["ok", "ok"]:
        assert names == ["order-held", "order-confirmed", "order-closed"]
        assert [each["version"] for each in await shop.said()] == [1, 2, 3]
    else:
        assert (done, names) == (["OrderNotHeld", "ok"], ["order-held", "order-closed"])


async def test_a_confirmation_says_who_and_waives_what_failed(shop: Shop) -> None:
    await shop.tells(placed(address={"city": ""}, customer_note="Hi"))

    order = await shop.act("confirm", reason="They pick it up")
    await shop.tells(paid())

    assert (order.confirmed_by, order.status) == ("wang", "confirmed")
    assert ("confirmed", "wang", "They pick it up") in await shop.steps()
    assert (await shop.order()).status == "confirmed"
    assert await shop.names() == ["order-held", "order-confirmed", "order-changed"]


async def test_another_failure_of_the_address_holds_a_waived_order_again(shop: Shop) -> None:
    await shop.tells(placed(address={"city": ""}), paid())
    await shop.act("confirm")

    await shop.tells(address_changed(city="", postal_code="1"))
    assert failed(await shop.order()) == {("address", "shipping_address.postal_code")}
    order = await shop.act("confirm", by=ZHAO)

    assert (order.status, order.confirmed_by) == ("confirmed", "wang")
    assert await shop.names() == ["order-held", "order-confirmed", "order-held", "order-changed"]


async def test_a_correction_that_leaves_nothing_wrong_confirms_by_itself(shop: Shop) -> None:
    await shop.tells(placed(total=money("30.00")), paid())

    order = await shop.act("correct", corrected={"total": placed().total}, reason="Typing error of the shop")

    assert (order.status, order.confirmed_by) == ("confirmed", "auto")
    assert (await shop.steps())[-2:] == [("corrected", "wang", "Typing error of the shop"), ("confirmed", "auto", None)]
    assert (await shop.said())[-1]["total"] == money("29.00")


async def test_a_correction_may_find_new_failures_and_counts_for_twins(shop: Shop) -> None:
    await shop.tells(placed("10001"), paid("10001"), placed("10002", lines=[line("MUG-BLUE")], customer_note="Hi"))

    await shop.act("correct", "10002", corrected={"lines": placed().lines})

    assert ("duplicate", "lines") in failed(await shop.order("10002"))


async def test_the_newest_of_correction_and_address_change_stands(shop: Shop) -> None:
    await shop.tells(placed(address={"city": ""}))
    await shop.act("correct", corrected={"shipping_address": placed(address={"city": "Ningbo"}).shipping_address})

    await shop.tells(address_changed(after=MINUTE, city="Wenzhou"))
    assert (await shop.order()).standing.shipping_address.city == "Ningbo"
    await shop.tells(address_changed(after=HOUR, city="Wenzhou"))

    assert (await shop.order()).standing.shipping_address.city == "Wenzhou"


async def test_a_cancelled_order_closes_with_its_refund_due(shop: Shop) -> None:
    await shop.tells(placed(), paid())

    order = await shop.act("cancel", reason="Out of business")

    said = (await shop.said())[-1]
    assert (order.status, said["type"], said["outcome"], len(said["dues"])) == ("cancelled", "order-closed", "cancelled", 1)
    assert (await shop.steps())[-2:] == [("cancelled", "wang", "Out of business"), ("closed", "auto", None)]


@pytest.mark.parametrize(
    ("verb", "refusal"),
    [("take", OrderNotHeld), ("confirm", OrderNotHeld), ("correct", OrderNotCorrectable), ("cancel", OrderNotCancellable)],
)
async def test_nothing_is_done_to_what_is_under_way(shop: Shop, verb: str, refusal: type[BusinessError]) -> None:
    await shop.tells(placed(), paid(), dispatched())
    corrected: dict[str, Any] = {"corrected": {"total": placed().total}} if verb == "correct" else {}

    with pytest.raises(refusal):
        await shop.act(verb, **corrected)


async def test_a_hold_is_escalated_when_its_business_time_is_over(shop: Shop) -> None:
    await held(shop)
    order = await shop.order()
    assert (await shop.timers())["hold-clock", "demo/10001"] == order.hold_due_at

    await shop.passes(5 * HOUR)

    order = await shop.order()
    assert (order.escalated_at, order.version) == (shop.clock(), 2)
    assert (await shop.steps())[-1] == ("escalated", "auto", None)
    assert await shop.names() == ["order-held"]


async def test_an_unsigned_delivery_closes_after_two_weeks(shop: Shop) -> None:
    await shop.tells(placed(), paid(), dispatched(), delivered(signed_by=None, after=3 * DAY))
    assert (await shop.order()).outcome is None

    await shop.passes(17 * DAY)

    order = await shop.order()
    assert (order.status, order.outcome) == ("delivered", "delivered")
    assert await shop.names() == ["order-confirmed", "order-closed"]


async def test_the_closing_waits_for_the_parcel_that_arrived_last(shop: Shop) -> None:
    half = ({"line_id": "1", "quantity": 1},)
    parcels = [dispatched(lines=half), dispatched(shipment_id="s-2", lines=half), dispatched(shipment_id="s-3", lines=half)]
    await shop.tells(placed(), paid(), *parcels, delivered(signed_by=None), delivered(shipment_id="s-2", signed_by=None))
    await shop.tells(delivered(shipment_id="s-3", signed_by=None, after=10 * DAY))

    await shop.passes(18 * DAY)
    assert (await shop.order()).outcome is None
    await shop.passes(7 * DAY)

    assert (await shop.order()).outcome == "delivered"


async def test_a_signature_after_the_closing_is_a_change(shop: Shop) -> None:
    await shop.tells(placed(), paid(), dispatched(), delivered(signed_by=None))
    await shop.passes(18 * DAY)

    await shop.tells(delivered())

    assert await shop.names() == ["order-confirmed", "order-closed", "order-changed"]
    assert (await shop.order()).outcome == "signed"


async def test_a_signature_in_time_closes_once(shop: Shop) -> None:
    await shop.tells(placed(), paid(), dispatched(), delivered(signed_by=None))
    await shop.tells(delivered())

    await shop.passes(20 * DAY)

    assert await shop.names() == ["order-confirmed", "order-closed"]
    assert await shop.timers() == {}


async def test_a_skeleton_rings_after_an_hour_and_then_waits_on(shop: Shop) -> None:
    await shop.tells(paid())
    await shop.passes(2 * HOUR)
    assert await shop.timers() == {}

    await shop.tells(placed())

    assert await shop.names() == ["order-confirmed"]


async def test_what_was_said_last_is_said_again_with_the_same_id_type_and_version(shop: Shop) -> None:
    from services.orders import usecases  # noqa: PLC0415

    await shop.tells(placed(), paid(), placed("10002", placed_at="2026-03-03T00:00:00Z"), placed("10003", customer_note="Hi"))
    await shop.act("take", "10003")
    await shop.tells(dispatched())

    async with shop.database.transaction() as session:
        assert await usecases.republish(session, shop.clock() - MINUTE, None) is None

    for order_id in ("10001", "10003"):
        *_, first, again = await shop.said(order_id)
        assert {**first, "traceparent": ""} == {**again, "traceparent": ""}
    assert await shop.said("10002") == []
