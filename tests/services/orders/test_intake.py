"""ORD-1 on real Postgres: facts in, decisions and events out."""

from typing import Any

import pytest

from services.orders.repository.orders import UnknownOrder
from shared.events.storefront import StorefrontOrderEvent
from tests.services.orders.builders import (
    DAY,
    HOUR,
    MINUTE,
    address_changed,
    cancelled,
    delivered,
    dispatched,
    line,
    money,
    paid,
    placed,
    tracked,
)
from tests.services.orders.shop import Shop, failed


async def test_a_paid_order_that_passes_is_confirmed_by_itself(shop: Shop) -> None:
    await shop.tells(placed(), paid())

    order, (said,) = await shop.order(), await shop.said()
    assert (order.status, order.version, order.confirmed_by) == ("confirmed", 1, "auto")
    assert (said["type"], said["status"], said["version"], said["payment_method"]) == ("order-confirmed", "confirmed", 1, "paypal")
    assert await shop.steps() == [("order-placed", "storefront", None), ("order-paid", "storefront", None), ("confirmed", "auto", None)]


async def test_an_order_with_nothing_wrong_waits_for_its_payment_unsaid(shop: Shop) -> None:
    await shop.tells(placed())
    assert (await shop.order()).status == "placed"
    assert await shop.said() == []

    await shop.tells(paid())

    assert await shop.names() == ["order-confirmed"]
    assert (await shop.order()).version == 2


async def test_an_order_that_fails_a_check_is_held_at_once_with_every_failed_check(shop: Shop) -> None:
    await shop.tells(placed(lines=[line(sku="MUG-GREEN")], address={"city": "", "postal_code": "1"}))

    order, (said,) = await shop.order(), await shop.said()
    expected = {
        ("payment", "paid"),
        ("product", "lines.0.sku"),
        ("total", "total"),
        ("address", "shipping_address.city"),
        ("address", "shipping_address.postal_code"),
    }
    assert order.status == "held"
    assert failed(order) == expected
    assert (said["type"], len(said["failed_checks"]), said["paid"]) == ("order-held", 5, money("0.00"))


async def test_a_held_order_that_comes_to_pass_is_confirmed(shop: Shop) -> None:
    await shop.tells(placed(address={"city": ""}), paid())

    await shop.tells(address_changed())

    assert await shop.names() == ["order-held", "order-confirmed"]
    assert (await shop.order()).held_since is None
    assert ("hold-clock", "demo/10001") not in await shop.timers()


async def test_a_held_order_says_what_changes_and_stays_held_since_the_first_time(shop: Shop) -> None:
    await shop.tells(placed(customer_note="Please gift-wrap"))
    since = (await shop.order()).held_since
    shop.clock.passes(HOUR)

    await shop.tells(paid())

    held, changed = await shop.said()
    assert (held["type"], changed["type"], changed["status"]) == ("order-held", "order-changed", "held")
    assert {each["check"] for each in held["failed_checks"]} == {"payment", "note"}
    assert {each["check"] for each in changed["failed_checks"]} == {"note"}
    assert (await shop.order()).held_since == since


async def test_a_partial_payment_holds_and_the_rest_confirms(shop: Shop) -> None:
    await shop.tells(placed(), paid(amount="20.00"))
    assert failed(await shop.order()) == {("payment", "paid")}

    await shop.tells(paid(amount="9.00", payment_id="pay-2"))

    said = (await shop.said())[-1]
    assert (said["type"], said["paid"], len(said["payments"])) == ("order-confirmed", money("29.00"), 2)


async def test_the_same_facts_again_change_and_say_nothing(shop: Shop) -> None:
    facts = [placed(), paid(), dispatched(), tracked()]
    await shop.tells(*facts)
    before, said, steps = await shop.order(), await shop.said(), await shop.steps()

    await shop.tells(*facts)

    assert (await shop.order(), await shop.said(), await shop.steps()) == (before, said, steps)


async def test_a_payment_before_its_order_waits_for_it_as_a_skeleton(shop: Shop) -> None:
    await shop.tells(paid())
    with pytest.raises(UnknownOrder):
        await shop.order()
    assert await shop.said() == []
    assert (await shop.timers())["skeleton", "demo/10001"] == shop.clock() + HOUR

    await shop.tells(placed())

    assert await shop.names() == ["order-confirmed"]
    assert ("skeleton", "demo/10001") not in await shop.timers()


async def test_a_shipped_order_is_confirmed_when_its_payment_comes_late(shop: Shop) -> None:
    await shop.tells(placed(), dispatched())
    assert (await shop.order()).status == "shipped"
    assert await shop.said() == []

    await shop.tells(paid())

    (said,) = await shop.said()
    assert (said["type"], said["status"]) == ("order-confirmed", "shipped")


async def test_shipments_are_said_as_changes_and_a_signature_closes(shop: Shop) -> None:
    await shop.tells(placed(), paid())

    for fact in (dispatched(), tracked(), delivered(signed_by=None), delivered()):
        await shop.tells(fact)

    said = await shop.said()
    assert [each["status"] for each in said] == ["confirmed", "shipped", "shipped", "delivered", "signed"]
    assert [each["type"] for each in said[1:]] == ["order-changed"] * 3 + ["order-closed"]
    assert [each["version"] for each in said] == [1, 2, 3, 4, 5]
    assert said[-1]["outcome"] == "signed"
    assert said[2]["shipments"][0] == {
        "shipment_id": "s-1",
        "dispatched_at": "2026-03-03T08:15:04Z",
        "carrier": "SF",
        "tracking_number": "SF1",
        "lines": [{"line_id": "1", "quantity": 2}],
        "tracking_status": "in-transit",
        "tracking_country": "CN",
        "tracking_description": "Sorted",
        "tracked_at": "2026-03-04T08:15:04Z",
        "delivered_at": None,
        "signed_by": None,
    }


async def test_confirmed_and_closed_at_once_are_two_events_with_versions_of_their_own(shop: Shop) -> None:
    await shop.tells(placed(), paid(), dispatched(), delivered())

    assert [(each["type"], each["version"], each["status"]) for each in await shop.said()] == [
        ("order-confirmed", 1, "signed"),
        ("order-closed", 2, "signed"),
    ]


async def test_a_cancelled_paid_order_closes_with_a_refund_due_for_each_payment(shop: Shop) -> None:
    await shop.tells(placed(), paid(), paid(payment_id="pay-2", amount="1.00"))

    await shop.tells(cancelled())

    said = (await shop.said())[-1]
    assert (said["type"], said["outcome"]) == ("order-closed", "cancelled")
    assert [(due["direction"], due["amount"]) for due in said["dues"]] == [("refund", money("29.00")), ("refund", money("1.00"))]


async def test_a_due_once_said_stays_when_an_earlier_dispatch_reopens_the_order(shop: Shop) -> None:
    await shop.tells(placed(), paid())
    await shop.tells(cancelled(after=HOUR))
    dues = (await shop.said())[-1]["dues"]

    await shop.tells(dispatched(after=HOUR - MINUTE))

    said = (await shop.said())[-1]
    assert (said["type"], said["status"], said["dues"]) == ("order-changed", "shipped", dues)
    assert (await shop.order()).outcome is None


async def test_a_payment_after_the_cancellation_is_due_back_too(shop: Shop) -> None:
    await shop.tells(placed(), cancelled())
    await shop.tells(paid(after=2 * HOUR))

    closed, changed = await shop.said()
    assert (closed["type"], closed["dues"]) == ("order-closed", [])
    assert (changed["type"], [due["amount"] for due in changed["dues"]]) == ("order-changed", [money("29.00")])
    assert "order-confirmed" not in await shop.names()


async def test_a_cancellation_after_the_dispatch_is_recorded_only(shop: Shop) -> None:
    await shop.tells(placed(), paid(), dispatched(after=HOUR))
    said = await shop.said()

    await shop.tells(cancelled(after=HOUR))

    assert await shop.said() == said
    assert ("order-cancelled", "storefront", None) in await shop.steps()
    assert (await shop.order()).status == "shipped"


async def test_an_address_that_fails_after_the_confirmation_holds_again_without_a_second_confirmation(shop: Shop) -> None:
    await shop.tells(placed(), paid())
    await shop.tells(address_changed(postal_code="1"))
    assert (await shop.order()).status == "held"

    await shop.tells(address_changed(after=2 * HOUR))

    assert await shop.names() == ["order-confirmed", "order-held", "order-changed"]
    assert (await shop.order()).status == "confirmed"


async def test_only_the_address_is_checked_once_an_order_is_confirmed(shop: Shop) -> None:
    await shop.tells(placed(), paid())
    await shop.lists("MUG-RED", "99.00", stock=0, after=-2 * DAY)

    await shop.tells(dispatched())

    assert (await shop.order()).failed_checks == ()


@pytest.mark.parametrize("together", [True, False])
async def test_the_later_of_two_equal_orders_is_held_as_a_duplicate_also_in_one_chunk(shop: Shop, together: bool) -> None:  # noqa: FBT001
    told: list[StorefrontOrderEvent] = [placed(), paid(), placed("10002", placed_at="2026-03-02T08:25:04Z"), paid("10002")]
    for chunk in [told] if together else [[fact] for fact in told]:
        await shop.tells(*chunk)

    assert (await shop.order()).status == "confirmed"
    assert [(each.check, each.found) for each in (await shop.order("10002")).failed_checks] == [("duplicate", "10001")]


async def test_a_guest_with_the_same_phone_is_the_same_customer(shop: Shop) -> None:
    await shop.tells(placed(), paid())
    guest: dict[str, Any] = {"customer_id": None, "email": "other@example.com", "name": "L. Lei"}

    await shop.tells(placed("10002", customer=guest), paid("10002"))

    assert failed(await shop.order("10002")) == {("duplicate", "lines")}


async def test_an_earlier_twin_that_comes_later_is_the_duplicate_of_the_confirmed_one(shop: Shop) -> None:
    await shop.tells(placed("10002"), paid("10002"))

    await shop.tells(placed("10001", placed_at="2026-03-02T08:10:00Z"), paid())

    assert (await shop.order()).status == "held"


async def test_a_duplicate_is_checked_anew_when_its_twin_is_cancelled(shop: Shop) -> None:
    await shop.tells(placed(), placed("10002"), paid(), paid("10002"))
    assert (await shop.order("10002")).status == "held"

    await shop.tells(cancelled())
    await shop.passes(MINUTE)

    assert (await shop.order("10002")).status == "confirmed"


async def test_a_held_order_is_checked_anew_when_the_product_it_waits_for_changes(shop: Shop) -> None:
    await shop.tells(placed(lines=[line("MUG-NEW"), line("MUG-BLUE", 1, "4.00", "2")], discount=None), paid(amount="34.00"))
    assert {check for check, _ in failed(await shop.order())} == {"product", "price", "total"}

    await shop.lists("MUG-NEW", "12.50", stock=100)
    await shop.passes(MINUTE)

    assert {check for check, _ in failed(await shop.order())} == {"price", "total"}
    assert (await shop.steps())[-1] == ("checked-anew", "auto", None)
    assert await shop.names() == ["order-held", "order-changed"]


async def test_what_is_said_goes_on_with_the_trace_of_what_it_answers_to(shop: Shop) -> None:
    from shared.events.base import stamp  # noqa: PLC0415

    fact = paid()
    stamp(fact, event_id="e-1", source="/stores/demo", traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")

    await shop.tells(placed(), fact)

    (said,) = await shop.said()
    assert said["traceparent"].split("-")[1] == "0af7651916cd43dd8448eb211c80319c"


async def test_many_orders_of_one_chunk_are_each_their_own(shop: Shop) -> None:
    guests = [{"customer_id": f"c-{number}", "email": f"c-{number}@example.com", "phone": None} for number in range(100)]
    orders = [placed(f"o-{number:03}", customer=guest) for number, guest in enumerate(guests)]

    await shop.tells(*orders, *(paid(f"o-{number:03}") for number in range(0, 100, 2)))

    statuses = [(await shop.order(f"o-{number:03}")).status for number in (0, 1, 98, 99)]
    assert statuses == ["confirmed", "placed", "confirmed", "placed"]
