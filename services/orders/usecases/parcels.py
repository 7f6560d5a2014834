"""What is said of late and lost parcels: `shipment-delayed`, `shipment-lost` (ORD-8)."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain import watch
from services.orders.domain.order import Order
from services.orders.domain.parts import Crossing
from services.orders.domain.parts import ShippedLine as Shipped
from services.orders.domain.watch import Threshold, Watched
from services.orders.models.unchecked import unchecked
from services.orders.usecases.snapshots import SOURCE, shipment_content
from shared.events.base import stamp
from shared.events.orders import ShipmentDelayed, ShipmentEvent, ShipmentLost
from shared.events.parts import ShippedLine
from shared.messaging.outbox import publish

_KINDS: Mapping[Threshold, type[ShipmentEvent]] = dict.fromkeys(watch.DELAYED, ShipmentDelayed) | dict.fromkeys(watch.LOST, ShipmentLost)


def is_said(order: Order, each: Watched) -> bool:
    """Once per parcel and reason, though a parcel may fall silent again."""
    return each.threshold in _KINDS and not watch.was_delayed(order, each.threshold, each.shipment_id)


def say(session: AsyncSession, order: Order, crossing: Crossing) -> None:
    """With the same id and version, however often it is said; the parcel is told as it is now."""
    threshold = Threshold(crossing.threshold)
    if threshold not in _KINDS or crossing.version is None:
        return
    standing, shipment_id = order.standing, crossing.shipment_id
    told = {
        "store_id": order.store_id,
        "order_id": order.order_id,
        "placed_at": standing.placed_at,
        "status": order.status.value,
        "customer": standing.customer,
        "shipment_id": shipment_id,
        "lines": _undispatched(order) if shipment_id is None else _inside(order, shipment_id),
        "shipment": None if shipment_id is None else shipment_content(order.facts, shipment_id),
        "reason": threshold.value,
        "since": crossing.since,
        "crossed_at": crossing.crossed_at,
        "version": crossing.version,
    }
    said = unchecked(_KINDS[threshold], told)
    stamp(said, event_id=str(crossing.said_id), source=SOURCE, traceparent=None)
    publish(session, said)


def _inside(order: Order, shipment_id: str) -> Sequence[Shipped]:
    """Nobody knows of a parcel that was seen and whose dispatch nobody told."""
    dispatch = order.facts.dispatched.get(shipment_id)
    return () if dispatch is None else dispatch.lines


def _undispatched(order: Order) -> Sequence[ShippedLine]:
    sent: dict[str, int] = {}
    for dispatch in order.facts.dispatched.values():
        for line in dispatch.lines:
            sent[line.line_id] = sent.get(line.line_id, 0) + line.quantity
    left = [(line.line_id, line.quantity - sent.get(line.line_id, 0)) for line in order.standing.lines]
    return tuple(ShippedLine(line_id=line_id, quantity=quantity) for line_id, quantity in left if quantity > 0)
