"""Inquiries and what is written in them, as bodies."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, model_validator

from services.inquiry.domain.catalogue import OrderBrief
from services.inquiry.domain.clocks import ClockState, state_of
from services.inquiry.domain.contacts import Person
from services.inquiry.domain.conversation import InquiryStatus, Outcome
from services.inquiry.domain.topics import Topic
from services.inquiry.models import InquiryRow, MessageRow
from services.inquiry.repository.customers import KnownCustomer
from services.inquiry.schemas.products import ProductOut
from services.inquiry.usecases.snapshots import guest_of
from shared.events.base import broken
from shared.events.fields import GivenId, Label, Language
from shared.events.parts import Guest
from shared.http import Reason
from shared.money import Money

# by Unicode code points: 10,000 emoji of two each fit
Said = Annotated[str, StringConstraints(min_length=1, max_length=20_000), Field(description="Plain text; given back as it came.")]
ChannelMessageId = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Channel = Annotated[Label, Field(description="`chat`, `email`, `phone`; everything else is a social channel.")]


class InquiryIn(BaseModel):
    """A customer's message: typed in by an agent, or posted by the shop's widget with the storefront's key."""

    channel: Channel
    customer_id: GivenId | None = None
    guest: Guest | None = None
    language: Language | None = None
    text: Said
    sku: GivenId | None = None
    order_id: GivenId | None = None
    channel_message_id: Annotated[
        ChannelMessageId | None, Field(description="The channel's own id: the same one again is the same message.")
    ] = None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"channel": "chat", "customer_id": "c-81", "language": "zh-CN", "text": "这个杯子有货吗？", "sku": "MUG-RED"}]
        }
    )

    @model_validator(mode="after")
    def _somebody_asks(self) -> Self:
        if (self.customer_id is None) == (self.guest is None):
            raise broken("customer-or-guest", "customer_id", "must be there, or a guest, and not both")
        if self.guest is not None and not (self.guest.email or self.guest.phone):
            raise broken("guest-contact", "guest.email", "must be there, or a phone: a guest is known by one of them")
        return self

    @property
    def person(self) -> Person:
        if self.guest is None:
            return Person(self.customer_id)
        return Person(None, self.guest.name, self.guest.email, self.guest.phone)


class FirstResponse(BaseModel):
    """The clock of the first answer by a person; every time is the server's (INQ-5)."""

    due_at: datetime | None
    warn_at: datetime | None
    warned_at: datetime | None
    breached_at: datetime | None
    escalated_at: Annotated[datetime | None, Field(description="Since when it is a supervisor's too.")]
    answered_at: datetime | None
    seconds: Annotated[int | None, Field(description="Of business time until the answer.")]
    state: Annotated[ClockState | None, Field(description="Null: nothing runs, since it was closed unanswered or the store never opens.")]


class OrderOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    order_id: str
    status: str
    total: Money
    placed_at: datetime


class CustomerOut(BaseModel):
    """Null where the storefront does not know."""

    model_config = ConfigDict(from_attributes=True)

    name: str | None
    email: str | None
    phone: str | None
    language: str | None


class InquiryOut(BaseModel):
    """One conversation, with what its agent needs to know at once."""

    inquiry_id: UUID
    status: InquiryStatus
    channel: str
    customer_id: str | None
    customer: Annotated[CustomerOut | None, Field(description="As the storefront last told of her; null for a guest, or before it did.")]
    guest: Guest | None
    language: str
    topic: Topic
    sku: str | None
    order_id: str | None
    agent_id: str | None
    first_response: FirstResponse
    reply_due_at: Annotated[datetime | None, Field(description="When a later reply is due; null while the customer waits for none.")]
    reply_late_at: datetime | None
    outcome: Outcome | None
    lost_reason: str | None
    linked_order_id: Annotated[str | None, Field(description="The order it led to.")]
    received_at: datetime
    last_customer_at: datetime
    closed_at: datetime | None
    orders: Annotated[list[OrderOut], Field(description="The customer's newest five, newest first.")]
    product: Annotated[ProductOut | None, Field(description="What `sku` stands for, where the storefront has listed it.")]
    version: int

    @classmethod
    def of(cls, row: InquiryRow, orders: Sequence[OrderBrief], product: ProductOut | None, customer: KnownCustomer | None) -> Self:
        return cls(
            inquiry_id=row.inquiry_id,
            status=InquiryStatus(row.status),
            channel=row.channel,
            customer_id=row.customer_id,
            customer=None if customer is None else CustomerOut.model_validate(customer),
            guest=guest_of(row),
            language=row.language,
            topic=Topic(row.topic),
            sku=row.sku,
            order_id=row.order_id,
            agent_id=row.agent_id,
            first_response=_first_response(row),
            reply_due_at=row.reply_due_at,
            reply_late_at=row.reply_late_at,
            outcome=Outcome(row.outcome) if row.outcome else None,
            lost_reason=row.lost_reason,
            linked_order_id=row.linked_order_id,
            received_at=row.received_at,
            last_customer_at=row.last_customer_at,
            closed_at=row.closed_at,
            orders=[OrderOut.model_validate(order) for order in orders],
            product=product,
            version=row.version,
        )


class MessageIn(BaseModel):
    text: Said
    kind: Literal["text"] = "text"
    channel_message_id: Annotated[ChannelMessageId | None, Field(description="Of a customer's message; ignored on a reply.")] = None


class NoteIn(BaseModel):
    text: Said


class MessageOut(BaseModel):
    """`direction`: `in` from the customer, `out` to her, `internal` a note she never sees."""

    model_config = ConfigDict(from_attributes=True)

    message_id: UUID
    inquiry_id: UUID
    direction: Literal["in", "out", "internal"]
    kind: Literal["text", "note"]
    author: Annotated[str, Field(description="`customer`, or a person's `sub`.")]
    text: str
    posted_at: Annotated[datetime, Field(description="When it was written; the conversation is in this order.")]
    received_at: datetime
    delivery: Literal["stored", "sent"]
    channel_message_id: str | None

    @classmethod
    def of(cls, row: MessageRow) -> Self:
        return cls.model_validate(row)


class TransferIn(Reason):
    agent_id: GivenId


class TopicIn(Reason):
    topic: Topic


class CloseIn(Reason):
    outcome: Literal["won", "lost", "resolved"]
    lost_reason: Annotated[str | None, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)] = None

    @model_validator(mode="after")
    def _lost_for_a_reason(self) -> Self:
        if (self.outcome == "lost") != (self.lost_reason is not None):
            raise broken("lost-reason", "lost_reason", "must be there where it is lost, and only there")
        return self


class StepOut(BaseModel):
    """One step of an inquiry's history."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    at: datetime
    step: str
    by: Annotated[str, Field(description="A person's `sub`, `customer`, or `auto`.")]
    reason: str | None
    detail: dict[str, JsonValue]


def _first_response(row: InquiryRow) -> FirstResponse:
    state = state_of(
        due_at=row.due_at,
        warned_at=row.warned_at,
        breached_at=row.breached_at,
        answered_at=row.answered_at,
        closed=row.status == InquiryStatus.CLOSED,
    )
    return FirstResponse(
        due_at=row.due_at,
        warn_at=row.warn_at,
        warned_at=row.warned_at,
        breached_at=row.breached_at,
        escalated_at=row.escalated_at,
        answered_at=row.answered_at,
        seconds=row.first_seconds,
        state=state,
    )
