"""Valid events of one order, with one fact changed."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from shared.events import examples
from shared.events.storefront import (
    OrderAddressChanged,
    OrderCancelled,
    OrderPaid,
    OrderPlaced,
    ShipmentDelivered,
    ShipmentDispatched,
    ShipmentTracked,
)

MONDAY = datetime(2026, 3, 2, 8, 15, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WHOLE = ({"line_id": "1", "quantity": 2},)


def at(after: timedelta) -> str:
    """So long after the order was placed."""
    return (MONDAY + after).isoformat()


def money(amount: str, currency: str = "USD") -> dict[str, Any]:
    return dict(examples.money(amount, currency))


def line(sku: str = "MUG-RED", quantity: int = 2, unit_price: str = "12.50", line_id: str = "1", currency: str = "USD") -> dict[str, Any]:
    return {"line_id": line_id, "sku": sku, "name": sku.title(), "quantity": quantity, "unit_price": money(unit_price, currency)}


def placed(order_id: str = "10001", *, customer: Mapping[str, Any] = {}, address: Mapping[str, Any] = {}, **changed: Any) -> OrderPlaced:
    """Two red mugs for 29.00 USD."""
    given = examples.ORDER_PLACED | {
        "order_id": order_id,
        "customer": {**examples.CUSTOMER, **customer},
        "shipping_address": {**examples.ADDRESS, **address},
    }
    return OrderPlaced.read(orjson.dumps(given | changed))


def paid(order_id: str = "10001", amount: str = "29.00", payment_id: str = "pay-1", after: timedelta = MINUTE, **changed: Any) -> OrderPaid:
    currency = changed.pop("currency", "USD")
    told = {"paid_at": at(after), "amount": money(amount, currency), "payment_id": payment_id, "payment_method": "paypal"}
    return OrderPaid.read(_told(order_id, told | changed))


def address_changed(order_id: str = "10001", after: timedelta = HOUR, **changed: Any) -> OrderAddressChanged:
    told = {"changed_at": at(after), "shipping_address": examples.ADDRESS | changed}
    return OrderAddressChanged.read(_told(order_id, told))


def cancelled(order_id: str = "10001", after: timedelta = HOUR, reason: str = "Ordered twice") -> OrderCancelled:
    return OrderCancelled.read(_told(order_id, {"cancelled_at": at(after), "reason": reason}))


def dispatched(
    order_id: str = "10001", shipment_id: str = "s-1", after: timedelta = DAY, lines: Any = WHOLE, **changed: Any
) -> ShipmentDispatched:
    told = {"shipment_id": shipment_id, "dispatched_at": at(after), "carrier": "SF", "tracking_number": "SF1", "lines": list(lines)}
    return ShipmentDispatched.read(_told(order_id, told | changed))


def tracked(
    order_id: str = "10001", shipment_id: str = "s-1", after: timedelta = 2 * DAY, status: str = "in-transit", country: str = "CN"
) -> ShipmentTracked:
    told = {"shipment_id": shipment_id, "tracked_at": at(after), "status": status, "country": country, "description": "Sorted"}
    return ShipmentTracked.read(_told(order_id, told))


def delivered(
    order_id: str = "10001", shipment_id: str = "s-1", after: timedelta = 3 * DAY, signed_by: str | None = "Li Lei"
) -> ShipmentDelivered:
    return ShipmentDelivered.read(_told(order_id, {"shipment_id": shipment_id, "delivered_at": at(after), "signed_by": signed_by}))


def _told(order_id: str, told: Mapping[str, Any]) -> bytes:
    return orjson.dumps({"store_id": "demo", "order_id": order_id, **told})
