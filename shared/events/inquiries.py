"""What the inquiry service says of conversations and of the offers made in them."""

from typing import Literal, Self
from uuid import UUID

from pydantic import Field, JsonValue, model_validator

from shared.events import examples
from shared.events.base import Event, broken
from shared.events.fields import Count, GivenId, Label, Language, Line, Moment, Percent, Quantity, StoreId, Version
from shared.events.parts import Guest
from shared.money import Money

InquiryTopic = Literal["price", "stock", "shipping", "dropship", "product", "order-change", "logistics", "complaint", "other"]
InquiryOutcome = Literal["won", "lost", "resolved", "abandoned"]


class InquiryFamily(Event):
    topic = "inquiries"
    key_fields = ("inquiry_id",)
    said_by = "inquiry"
    heard_outside_by = ("storefront",)
    store_id: StoreId


class InquirySnapshot(InquiryFamily):
    """One conversation with a question, at this version."""

    inquiry_id: UUID
    channel: Label
    customer_id: GivenId | None
    guest: Guest | None
    language: Language
    inquiry_topic: InquiryTopic = Field(alias="topic")
    sku: GivenId | None
    order_id: GivenId | None
    received_at: Moment
    version: Version


_RECEIVED: dict[str, JsonValue] = {
    "inquiry_id": examples.INQUIRY_ID,
    "store_id": "demo",
    "channel": "chat",
    "customer_id": "c-81",
    "guest": None,
    "language": "zh-CN",
    "topic": "product",
    "sku": "MUG-RED",
    "order_id": None,
    "received_at": "2026-03-02T08:01:00Z",
    "version": 1,
}


class InquiryReceived(InquirySnapshot):
    """A customer or a guest asks. Said when the inquiry is opened, and again with a newer version when it is opened again."""

    name = "inquiry-received"
    example = _RECEIVED


class InquiryClosed(InquirySnapshot):
    """The conversation is over, with this outcome. A newer inquiry-received means that it was opened again."""

    name = "inquiry-closed"
    example = _RECEIVED | {
        "outcome": "won",
        "linked_order_id": "10001",
        "closed_at": "2026-03-02T08:20:00Z",
        "agent_id": "agent-7",
        "first_response_seconds": 6,
        "version": 5,
    }
    outcome: InquiryOutcome
    linked_order_id: GivenId | None = Field(description="The order it led to.")
    closed_at: Moment
    agent_id: Line | None = Field(description="Who closed it or had it last; null where nobody ever took it.")
    first_response_seconds: Count | None = Field(description="Of business time; null where nobody answered.")


class OfferMade(InquiryFamily):
    """This customer may buy at this discount with this code until it expires; the storefront grants it. A percent or an amount off."""

    name = "offer-made"
    example = {
        "offer_id": "01980a5e-0c00-7000-8000-000000000020",
        "inquiry_id": examples.INQUIRY_ID,
        "store_id": "demo",
        "code": "LILEI-5",
        "customer_id": "c-81",
        "sku": "MUG-RED",
        "category": None,
        "percent": 5.0,
        "amount": None,
        "quantity_from": 2,
        "expires_at": "2026-03-09T08:05:00Z",
        "decided_by": "agent-7",
    }
    offer_id: UUID
    inquiry_id: UUID | None = Field(default=None, description="Where it was made.")
    code: Line = Field(min_length=1)
    customer_id: GivenId | None = Field(default=None, description="Null for a guest.")
    sku: GivenId | None = None
    category: Line | None = None
    percent: Percent | None = None
    amount: Money | None = Field(default=None, description="Off the price of one.")
    quantity_from: Quantity = 1
    expires_at: Moment
    decided_by: Line

    @property
    def key(self) -> str:
        return str(self.inquiry_id or self.offer_id)

    @property
    def subject(self) -> str:
        return str(self.offer_id)

    @model_validator(mode="after")
    def _says_what_and_how_much(self) -> Self:
        if (self.percent is None) == (self.amount is None):
            raise broken("percent-or-amount", "percent", "must be there, or an amount, and not both")
        if self.sku is None and self.category is None:
            raise broken("sku-or-category", "sku", "must be there, or a category")
        return self
