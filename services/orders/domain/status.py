"""Where an order is: a pure function of its facts and of whether it was confirmed or is held (ORD-1).

placed ──▶ held ──▶ confirmed ──▶ shipped ──▶ delivered ──▶ signed
   └──────────┴─────────┴──▶ cancelled, unless goods had been dispatched by then
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from services.orders.domain.facts import Facts
from services.orders.domain.parts import Dispatch, Line


class OrderStatus(StrEnum):
    PLACED = "placed"
    HELD = "held"
    CONFIRMED = "confirmed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    SIGNED = "signed"
    CANCELLED = "cancelled"


def status_of(facts: Facts, lines: Sequence[Line], *, confirmed: bool, held: bool) -> OrderStatus:
    """A cancellation before the first dispatch wins, a later one is only recorded; shipped beats held."""
    if is_cancelled(facts):
        return OrderStatus.CANCELLED
    if has_shipped(facts):
        return _arrival(facts, lines)
    if held:
        return OrderStatus.HELD
    return OrderStatus.CONFIRMED if confirmed else OrderStatus.PLACED


def is_cancelled(facts: Facts) -> bool:
    cancelled_at = min((each.cancelled_at for each in (facts.cancelled, facts.called_off) if each is not None), default=None)
    if cancelled_at is None:
        return False
    dispatched_at = first_dispatched_at(facts)
    return dispatched_at is None or cancelled_at < dispatched_at


def has_shipped(facts: Facts) -> bool:
    return bool(facts.dispatched or facts.first_tracked or facts.delivered)


def first_dispatched_at(facts: Facts) -> datetime | None:
    """None while nothing was dispatched. A shipment whose dispatch nobody told was under way when it was first seen."""
    shipments = facts.dispatched.keys() | facts.first_tracked.keys() | facts.delivered.keys()
    return min((under_way_at(facts, shipment_id) for shipment_id in shipments), default=None)


def under_way_at(facts: Facts, shipment_id: str) -> datetime:
    if dispatch := facts.dispatched.get(shipment_id):
        return dispatch.dispatched_at
    return min(_seen_at(facts, shipment_id))


def delivered_at(facts: Facts) -> datetime:
    """When the last parcel arrived; of an order that is delivered."""
    return max(delivery.delivered_at for delivery in facts.delivered.values())


def is_all_dispatched(facts: Facts, lines: Sequence[Line]) -> bool:
    """Whether parcels hold every line's quantity. What is in one whose dispatch nobody has told yet is taken to be the rest."""
    if not has_shipped(facts):
        return False
    if (facts.first_tracked.keys() | facts.delivered.keys()) - facts.dispatched.keys():
        return True
    return _cover(list(facts.dispatched.values()), lines)


def _seen_at(facts: Facts, shipment_id: str) -> Iterator[datetime]:
    if tracking := facts.first_tracked.get(shipment_id):
        yield tracking.tracked_at
    if delivery := facts.delivered.get(shipment_id):
        yield delivery.delivered_at


def _arrival(facts: Facts, lines: Sequence[Line]) -> OrderStatus:
    signed = [shipment_id for shipment_id, delivery in facts.delivered.items() if delivery.signed_by]
    if _cover(_dispatches(facts, signed), lines):
        return OrderStatus.SIGNED
    if _cover(_dispatches(facts, facts.delivered), lines):
        return OrderStatus.DELIVERED
    return OrderStatus.SHIPPED


def _dispatches(facts: Facts, shipment_ids: Iterable[str]) -> list[Dispatch]:
    return [facts.dispatched[shipment_id] for shipment_id in shipment_ids if shipment_id in facts.dispatched]


def _cover(dispatches: Sequence[Dispatch], lines: Sequence[Line]) -> bool:
    """Whether these parcels hold every line's quantity; one that names no lines holds the whole order."""
    if any(not dispatch.lines for dispatch in dispatches):
        return True
    arrived: dict[str, int] = {}
    for dispatch in dispatches:
        for shipped in dispatch.lines:
            arrived[shipped.line_id] = arrived.get(shipped.line_id, 0) + shipped.quantity
    return all(arrived.get(line.line_id, 0) >= line.quantity for line in lines)
