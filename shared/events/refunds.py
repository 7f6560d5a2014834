"""What aftersales says of money that goes back, to finance first of all."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.events import examples
from shared.events.base import Event, Part
from shared.events.fields import GivenId, Line, Moment, StoreId, Text, Version
from shared.events.parts import PaymentMethod
from shared.money import Money

RefundKind = Literal["full", "partial", "price-difference", "freight", "repair"]


class Payee(Part):
    """Whose account it goes to where the payment method cannot take money back."""

    name: Line
    account: Line
    bank: Line


class RefundEvent(Event):
    topic = "refunds"
    key_fields = ("refund_id",)
    said_by = "aftersales"
    heard_outside_by = ("finance",)
    refund_id: UUID
    store_id: StoreId


class RefundRequested(RefundEvent):
    """Finance owes the customer this amount. Asked once per refund; answer with refund-settled, refund-rejected or refund-failed."""

    name = "refund-requested"
    example = {
        "refund_id": examples.REFUND_ID,
        "store_id": "demo",
        "case_id": examples.CASE_ID,
        "order_id": "10001",
        "customer_id": "c-81",
        "amount": examples.money("11.50"),
        "kind": "partial",
        "reason": "One of two mugs came broken",
        "payment_method": "paypal",
        "payment_id": "pay-5501",
        "payee": None,
        "decided_by": ["agent-7"],
        "requested_at": "2026-03-06T04:00:00Z",
        "settle_by": "2026-03-11T10:00:00Z",
    }
    case_id: UUID
    order_id: GivenId
    customer_id: GivenId | None
    amount: Money
    kind: RefundKind
    reason: Text
    payment_method: PaymentMethod
    payment_id: Line
    payee: Payee | None = Field(default=None, description="There where the payment was a bank transfer or cash on delivery.")
    decided_by: tuple[Line, ...] = Field(min_length=1, description="Who decided and who approved, by `sub`.")
    requested_at: Moment
    settle_by: Moment
    version: Version = 1


class RefundClosed(RefundEvent):
    """Finance's last word on the refund: settled with this amount, or not to be had. Nothing follows it."""

    name = "refund-closed"
    example = {
        "refund_id": examples.REFUND_ID,
        "store_id": "demo",
        "case_id": examples.CASE_ID,
        "order_id": "10001",
        "outcome": "settled",
        "amount": examples.money("11.50"),
        "closed_at": "2026-03-07T04:00:00Z",
        "version": 3,
    }
    case_id: UUID
    order_id: GivenId
    outcome: Literal["settled", "rejected", "failed"]
    amount: Money
    closed_at: Moment
    version: Version
