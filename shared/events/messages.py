"""What a customer should be told; the storefront delivers it."""

from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from shared.events.base import Event, broken
from shared.events.fields import GivenId, Label, Language, Line, Moment, StoreId, Text
from shared.events.parts import About, Guest


class CustomerMessageEvent(Event):
    topic = "customer-messages"
    key_fields = ("store_id", "customer_id")
    said_by = "every service"
    heard_outside_by = ("storefront",)
    store_id: StoreId


class CustomerMessage(CustomerMessageEvent):
    """Tell this customer or guest this, in this language, by this channel: once per message_id, however often it is said."""

    name = "customer-message"
    example = {
        "message_id": "01980a5e-0c00-7000-8000-000000000060",
        "store_id": "demo",
        "customer_id": "c-81",
        "guest": None,
        "channel": "email",
        "language": "zh-CN",
        "subject": "您的订单已发货",
        "text": "订单 10001 已由 SF Express 发出。",
        "template": "order-shipped",
        "about": {"kind": "order", "id": "10001"},
        "created_at": "2026-03-03T02:00:01Z",
    }
    message_id: UUID
    customer_id: GivenId | None = None
    guest: Guest | None = None
    channel: Label
    language: Language
    heading: Line | None = Field(default=None, alias="subject", description="Null on channels without one.")
    text: Text
    template: Label | None = Field(default=None, description="The template it was made of; null for one written by hand.")
    about: About | None = None
    created_at: Moment

    @property
    def key(self) -> str:
        return f"{self.store_id}/{self.customer_id or self.message_id}"

    @property
    def subject(self) -> str:
        return str(self.message_id)

    @model_validator(mode="after")
    def _has_an_addressee(self) -> Self:
        if self.customer_id is None and self.guest is None:
            raise broken("addressee", "customer_id", "must be there, or a guest")
        return self
