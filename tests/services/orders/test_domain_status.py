"""ORD-1: where an order is, at every boundary."""

import pytest

from services.orders.domain.status import OrderStatus, first_dispatched_at, is_cancelled, status_of
from shared.events.storefront import StorefrontOrderEvent
from tests.services.orders.builders import DAY, HOUR, MINUTE, MONDAY, cancelled, delivered, dispatched, line, placed, tracked
from tests.services.orders.test_domain_facts import known

ONE = ({"line_id": "1", "quantity": 1},)
TWO_LINES = placed(lines=[line(), line("MUG-BLUE", 1, "8.00", "2")])
BOTH = ({"line_id": "1", "quantity": 2}, {"line_id": "2", "quantity": 1})


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ([], "placed"),
        ([cancelled()], "cancelled"),
        ([cancelled(after=HOUR), dispatched(after=HOUR)], "shipped"),
        ([cancelled(after=HOUR - MINUTE), dispatched(after=HOUR)], "cancelled"),
        ([cancelled(after=HOUR), dispatched(after=HOUR), dispatched(shipment_id="s-2", after=DAY)], "shipped"),
        ([cancelled(after=HOUR), tracked(after=HOUR)], "shipped"),
        ([cancelled(after=HOUR), tracked(after=2 * HOUR)], "cancelled"),
        ([cancelled(after=HOUR), tracked(after=MINUTE), tracked(after=2 * HOUR)], "shipped"),
        ([cancelled(after=HOUR), delivered(after=MINUTE)], "shipped"),
        ([cancelled(after=HOUR), tracked(after=MINUTE), dispatched(after=DAY)], "cancelled"),
        ([dispatched()], "shipped"),
        ([tracked()], "shipped"),
        ([delivered()], "shipped"),
        ([dispatched(), delivered(signed_by=None)], "delivered"),
        ([dispatched(), delivered(signed_by="")], "delivered"),
        ([dispatched(), delivered()], "signed"),
        ([dispatched(lines=()), delivered()], "signed"),
        ([dispatched(lines=ONE), delivered()], "shipped"),
        ([dispatched(lines=ONE), dispatched(shipment_id="s-2", lines=ONE), delivered()], "shipped"),
        ([dispatched(lines=ONE), dispatched(shipment_id="s-2", lines=ONE), delivered(), delivered(shipment_id="s-2")], "signed"),
        (
            [dispatched(lines=ONE), dispatched(shipment_id="s-2", lines=ONE), delivered(), delivered(shipment_id="s-2", signed_by=None)],
            "delivered",
        ),
        ([dispatched(), dispatched(shipment_id="s-2", lines=ONE), delivered(), delivered(shipment_id="s-2", signed_by=None)], "signed"),
        ([dispatched(shipment_id="s-2"), delivered(shipment_id="s-1")], "shipped"),
    ],
)
def test_the_status_follows_from_the_facts(told: list[StorefrontOrderEvent], status: str) -> None:
    assert status_of(known(*told), placed().lines, confirmed=False, held=False) == status


def test_every_line_must_have_arrived() -> None:
    half = known(dispatched(), delivered())
    whole = known(dispatched(lines=BOTH), delivered())

    assert status_of(half, TWO_LINES.lines, confirmed=True, held=False) is OrderStatus.SHIPPED
    assert status_of(whole, TWO_LINES.lines, confirmed=True, held=False) is OrderStatus.SIGNED


@pytest.mark.parametrize(
    ("confirmed", "held", "told", "status"),
    [
        (False, True, [], "held"),
        (True, True, [], "held"),
        (True, False, [], "confirmed"),
        (True, True, [dispatched()], "shipped"),
        (False, True, [cancelled()], "cancelled"),
    ],
)
def test_shipped_beats_held_and_cancelled_beats_both(confirmed: bool, held: bool, told: list[StorefrontOrderEvent], status: str) -> None:  # noqa: FBT001
    assert status_of(known(*told), placed().lines, confirmed=confirmed, held=held) == status


def test_a_shipment_is_under_way_since_its_dispatch_or_else_since_it_was_first_seen() -> None:
    assert first_dispatched_at(known()) is None
    assert first_dispatched_at(known(tracked(after=2 * DAY), tracked(after=3 * DAY), delivered(after=4 * DAY))) == MONDAY + 2 * DAY
    assert first_dispatched_at(known(tracked(after=HOUR), dispatched(after=DAY))) == MONDAY + DAY
    assert not is_cancelled(known(dispatched()))
