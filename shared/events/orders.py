"""What the orders service says of a store's orders."""

from typing import Literal
from uuid import UUID

from pydantic import Field, JsonValue

from shared.events import examples
from shared.events.base import Event, Part
from shared.events.fields import GivenId, Label, Line, Moment, StoreId, Text, Version
from shared.events.parts import Customer, PaymentMethod, PlacedOrder, ShippedLine, TrackingStatus
from shared.money import Money

OrderStatus = Literal["placed", "held", "confirmed", "shipped", "delivered", "signed", "cancelled"]
OrderOutcome = Literal["cancelled", "signed", "delivered"]


class FailedCheck(Part):
    """Why an order is held: the check, the field it looked at, what it expected there and what it found (null: nothing)."""

    check: Label
    field: Line
    expected: Text | None
    found: Text | None


class Payment(Part):
    """Money that came in; each payment_id once."""

    payment_id: Line
    amount: Money
    method: PaymentMethod
    paid_at: Moment


class Shipment(Part):
    """A parcel: what is in it and where it was seen last. What nobody has told (yet) is null."""

    shipment_id: GivenId
    dispatched_at: Moment | None = None
    carrier: Line | None = None
    tracking_number: Line | None = None
    lines: tuple[ShippedLine, ...] = ()
    tracking_status: TrackingStatus | None = None
    tracking_country: Line | None = None
    tracking_description: Text | None = None
    tracked_at: Moment | None = None
    delivered_at: Moment | None = None
    signed_by: Line | None = None


class Due(Part):
    """Money that has to move because the order changed. Listeners act once per due_id; it never changes and never goes away."""

    due_id: UUID
    direction: Literal["refund", "payment"]
    amount: Money
    reason: Text


class OrderEvent(Event):
    topic = "orders"
    key_fields = ("store_id", "order_id")
    said_by = "orders"
    heard_outside_by = ("storefront",)
    store_id: StoreId
    order_id: GivenId


class OrderSnapshot(PlacedOrder, OrderEvent):
    """The whole order at this version: as placed, with what an auditor or the customer corrected since, and all that happened to it."""

    status: OrderStatus
    failed_checks: tuple[FailedCheck, ...] = ()
    paid: Money = Field(description="Sum of the payments.")
    payment_method: PaymentMethod | None = Field(default=None, description="Of the first payment.")
    payment_id: Line | None = Field(default=None, description="Of the first payment.")
    payments: tuple[Payment, ...] = ()
    paid_at: Moment | None = None
    confirmed_at: Moment | None = None
    confirmed_by: Line | None = Field(default=None, description="`auto`, or the auditor's `sub`.")
    shipments: tuple[Shipment, ...] = ()
    dues: tuple[Due, ...] = ()
    version: Version


_PAYMENT: dict[str, JsonValue] = {
    "payment_id": "pay-5501",
    "amount": examples.money("29.00"),
    "method": "paypal",
    "paid_at": "2026-03-02T08:16:30Z",
}
_SHIPMENT: dict[str, JsonValue] = {
    "shipment_id": "s-1",
    "dispatched_at": "2026-03-03T02:00:00Z",
    "carrier": "SF Express",
    "tracking_number": "SF1234567890",
    "lines": [{"line_id": "1", "quantity": 2}],
    "tracking_status": "in-transit",
    "tracking_country": "CN",
    "tracking_description": "Left the sorting centre",
    "tracked_at": "2026-03-04T11:20:00Z",
    "delivered_at": None,
    "signed_by": None,
}
_HELD: dict[str, JsonValue] = examples.ORDER_PLACED | {
    "status": "held",
    "failed_checks": [{"check": "paid-in-full", "field": "paid", "expected": "29.00 USD", "found": "0.00 USD"}],
    "paid": examples.money("0.00"),
    "payment_method": None,
    "payment_id": None,
    "payments": [],
    "paid_at": None,
    "confirmed_at": None,
    "confirmed_by": None,
    "shipments": [],
    "dues": [],
    "version": 1,
}
_CONFIRMED: dict[str, JsonValue] = _HELD | {
    "status": "confirmed",
    "failed_checks": [],
    "paid": examples.money("29.00"),
    "payment_method": "paypal",
    "payment_id": "pay-5501",
    "payments": [_PAYMENT],
    "paid_at": "2026-03-02T08:16:30Z",
    "confirmed_at": "2026-03-02T08:16:31Z",
    "confirmed_by": "auto",
    "version": 2,
}
_SHIPPED: dict[str, JsonValue] = _CONFIRMED | {"status": "shipped", "shipments": [_SHIPMENT], "version": 3}
_DUE: dict[str, JsonValue] = {
    "due_id": "01980a5e-0c00-7000-8000-000000000001",
    "direction": "refund",
    "amount": examples.money("29.00"),
    "reason": "Cancelled by the customer",
}


class OrderHeld(OrderSnapshot):
    """The order waits for an auditor, who sees every check it failed. Said each time it comes to be held, also after it was confirmed."""

    name = "order-held"
    example = _HELD


class OrderConfirmed(OrderSnapshot):
    """The order stands and may be fulfilled. Said exactly once per order; whatever changes afterwards is an order-changed."""

    name = "order-confirmed"
    example = _CONFIRMED


class OrderChanged(OrderSnapshot):
    """Something about an order that was announced before is different now, its shipments included; it is for the listener to see what."""

    name = "order-changed"
    example = _SHIPPED


class OrderClosed(OrderSnapshot):
    """Nothing more is expected to happen to the order. A cancelled order that was paid for carries the refund due."""

    name = "order-closed"
    example = _CONFIRMED | {
        "status": "cancelled",
        "dues": [_DUE],
        "version": 3,
        "closed_at": "2026-03-02T09:00:01Z",
        "outcome": "cancelled",
    }
    closed_at: Moment
    outcome: OrderOutcome


_PARCEL: dict[str, JsonValue] = {
    "placed_at": "2026-03-02T08:15:04Z",
    "status": "shipped",
    "customer": examples.CUSTOMER,
    "shipment_id": "s-1",
    "lines": [{"line_id": "1", "quantity": 2}],
    "shipment": _SHIPMENT,
}


class ShipmentEvent(OrderEvent):
    """What is late or lost as it is at this version of the order, and whose it is."""

    placed_at: Moment
    status: OrderStatus
    customer: Customer
    lines: tuple[ShippedLine, ...] = Field(default=(), description="What is in the parcel, or still has to be sent.")
    since: Moment = Field(description="The dispatch, the last sighting, or the placing that the store's threshold counts from.")
    crossed_at: Moment
    version: Version


class ShipmentDelayed(ShipmentEvent):
    """A parcel is later than the store's thresholds allow, and a department was asked. Said once per parcel and reason.

    `unshipped` comes of what no parcel holds yet: `shipment_id` and `shipment` are null then.
    """

    name = "shipment-delayed"
    example = examples.order(
        **_PARCEL | {"shipment": _SHIPMENT | {"tracking_country": "NL"}},
        reason="silent",
        since="2026-03-04T11:20:00Z",
        crossed_at="2026-03-19T11:20:01Z",
        version=4,
    )
    shipment_id: GivenId | None
    reason: Literal["unshipped", "not-online", "silent"]
    shipment: Shipment | None


class ShipmentLost(ShipmentEvent):
    """A parcel is presumed lost (`no-number`), or its forwarder says so; its customer is to get it again or the money back.

    Said once per parcel.
    """

    name = "shipment-lost"
    example = examples.order(
        **_PARCEL | {"shipment": _SHIPMENT | dict.fromkeys(("tracking_number", "tracking_status", "tracking_country", "tracked_at",
                     "tracking_description"))},
        reason="no-number",
        since="2026-03-03T02:00:00Z",
        crossed_at="2026-04-22T02:00:01Z",
        version=5,
    )  # fmt: skip
    shipment_id: GivenId
    reason: Literal["no-number", "declared-lost"]
    shipment: Shipment
