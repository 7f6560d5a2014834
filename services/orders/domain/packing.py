"""What is left to put into parcels (ORD-10)."""

from dataclasses import dataclass
from datetime import datetime

from services.orders.domain.facts import Facts
from services.orders.domain.order import Order
from services.orders.domain.parts import Line
from services.orders.domain.status import OrderStatus, under_way_at

_PACKED = frozenset({OrderStatus.CONFIRMED, OrderStatus.SHIPPED})


@dataclass(frozen=True, slots=True)
class PackedLine:
    """`sent` went out in earlier parcels, `to_pack` did not."""

    line: Line
    sent: int
    to_pack: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """One that went out. `contents` is line_id → quantity; None where nobody said what is in it."""

    shipment_id: str
    sent_at: datetime
    carrier: str | None
    tracking_number: str | None
    contents: dict[str, int] | None


def may_be_packed(order: Order) -> bool:
    """Confirmed or partly sent, and something is left; a held, unpaid or cancelled order stays where it is."""
    return order.status in _PACKED and not order.failed_checks and not is_all_sent(order)


def is_all_sent(order: Order) -> bool:
    return order.status in (OrderStatus.DELIVERED, OrderStatus.SIGNED) or not any(line.to_pack for line in packed_lines(order))


def packed_lines(order: Order) -> list[PackedLine]:
    """Every line with what of it was sent; of a cancelled order nothing is to be packed."""
    lines = order.standing.lines
    sent: dict[str, int] = {}
    for parcel in parcels(order):
        for line_id, quantity in (parcel.contents or {}).items():
            sent[line_id] = sent.get(line_id, 0) + quantity
    is_over = order.status in (OrderStatus.CANCELLED, OrderStatus.DELIVERED, OrderStatus.SIGNED)
    left = {line.line_id: 0 if is_over else max(0, line.quantity - sent.get(line.line_id, 0)) for line in lines}
    return [PackedLine(line, min(line.quantity, sent.get(line.line_id, 0)), left[line.line_id]) for line in lines]


def parcels(order: Order) -> list[Parcel]:
    """In the order in which they left."""
    facts = order.facts
    known = facts.dispatched.keys() | facts.first_tracked.keys() | facts.delivered.keys()
    whole = {line.line_id: line.quantity for line in order.standing.lines}
    return sorted((_parcel(facts, shipment_id, whole) for shipment_id in known), key=lambda each: (each.sent_at, each.shipment_id))


def _parcel(facts: Facts, shipment_id: str, whole: dict[str, int]) -> Parcel:
    """One that names no lines holds the whole order; one whose dispatch nobody told holds what nobody knows."""
    dispatch = facts.dispatched.get(shipment_id)
    if dispatch is None:
        return Parcel(shipment_id, under_way_at(facts, shipment_id), None, None, None)
    contents: dict[str, int] = {} if dispatch.lines else dict(whole)
    for shipped in dispatch.lines:
        contents[shipped.line_id] = contents.get(shipped.line_id, 0) + shipped.quantity
    return Parcel(shipment_id, dispatch.dispatched_at, dispatch.carrier, dispatch.tracking_number, contents)
