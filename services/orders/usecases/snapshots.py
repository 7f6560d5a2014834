"""An order as it is told to others: the same content in every event, and over HTTP."""

from collections.abc import Mapping
from operator import attrgetter

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain import checks
from services.orders.domain.decisions import Said
from services.orders.domain.facts import Facts
from services.orders.domain.order import Order
from services.orders.domain.parts import Payment as Paid
from services.orders.domain.status import under_way_at
from services.orders.models.unchecked import unchecked
from shared.events.base import Event, stamp
from shared.events.orders import Due, FailedCheck, OrderChanged, OrderClosed, OrderConfirmed, OrderHeld, OrderSnapshot, Payment, Shipment
from shared.messaging.outbox import publish

SOURCE = "/kefu/orders"
_KINDS: Mapping[Said, type[OrderSnapshot]] = {
    Said.CONFIRMED: OrderConfirmed,
    Said.HELD: OrderHeld,
    Said.CHANGED: OrderChanged,
    Said.CLOSED: OrderClosed,
}
_CONTENT = ("store_id", "order_id", "placed_at", "customer", "shipping_address", "lines", "discount", "shipping_fee", "tax", "total",
            "payment_terms", "offer_code", "customer_note", "wholesale", "dropship")  # fmt: skip
_content = attrgetter(*_CONTENT)
_DUE = ("due_id", "direction", "amount", "reason")


def say(session: AsyncSession, order: Order, *, caused_by: Event | None = None) -> None:
    """What the order says of itself last: the same event, with the same id and version, however often it is said."""
    if order.said_type is None:
        return
    said = Said(order.said_type)
    content = snapshot_content(order)
    content["version"] = order.said_version
    if said is Said.CLOSED:
        content |= {"closed_at": order.closed_at, "outcome": order.outcome}
    snapshot = unchecked(_KINDS[said], content)
    stamp(snapshot, event_id=str(order.said_id), source=SOURCE, traceparent=None)
    publish(session, snapshot, caused_by=caused_by)


def snapshot_content(order: Order) -> dict[str, object]:
    """The fields of OrderSnapshot."""
    standing = order.standing
    payments = _payments(order.facts)
    first = payments[0] if payments else None
    return {
        **dict(zip(_CONTENT, _content(standing), strict=True)),
        "status": order.status.value,
        "failed_checks": tuple([unchecked(FailedCheck, failure._asdict()) for failure in order.failed_checks]),
        "paid": checks.paid_in(standing.total.currency, order.facts.payments),
        "payment_method": first and first.method,
        "payment_id": first and first.payment_id,
        "payments": payments,
        "paid_at": first and first.paid_at,
        "confirmed_at": order.confirmed_at,
        "confirmed_by": order.confirmed_by,
        "shipments": _shipments(order.facts),
        "dues": tuple([unchecked(Due, {name: getattr(due, name) for name in _DUE}) for due in order.dues]),
        "version": order.version,
    }


def _payments(facts: Facts) -> tuple[Payment, ...]:
    ordered = sorted(facts.payments.values(), key=lambda payment: (payment.paid_at, payment.payment_id))
    return tuple([_payment(payment) for payment in ordered])


def _payment(paid: Paid) -> Payment:
    told = {"payment_id": paid.payment_id, "amount": paid.amount, "method": paid.payment_method, "paid_at": paid.paid_at}
    return unchecked(Payment, told)


def _shipments(facts: Facts) -> tuple[Shipment, ...]:
    if not (facts.dispatched or facts.last_tracked or facts.delivered):
        return ()
    shipment_ids = facts.dispatched.keys() | facts.last_tracked.keys() | facts.delivered.keys()
    ordered = sorted(shipment_ids, key=lambda shipment_id: (under_way_at(facts, shipment_id), shipment_id))
    return tuple(shipment_content(facts, shipment_id) for shipment_id in ordered)


def shipment_content(facts: Facts, shipment_id: str) -> Shipment:
    known: dict[str, object] = {"shipment_id": shipment_id}
    if dispatch := facts.dispatched.get(shipment_id):
        known |= {name: getattr(dispatch, name) for name in ("dispatched_at", "carrier", "tracking_number", "lines")}
    if tracking := facts.last_tracked.get(shipment_id):
        known |= {f"tracking_{name}": getattr(tracking, name) for name in ("status", "country", "description")}
        known["tracked_at"] = tracking.tracked_at
    if delivery := facts.delivered.get(shipment_id):
        known |= {"delivered_at": delivery.delivered_at, "signed_by": delivery.signed_by}
    return unchecked(Shipment, known)
