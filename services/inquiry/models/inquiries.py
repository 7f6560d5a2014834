"""Inquiries, who they are with, and what was written in them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, Integer, Text
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from services.inquiry.models.base import Base

Moment = DateTime(timezone=True)


class InquiryRow(Base):
    """One conversation. `warn_at` to `first_seconds` are the first response's clock; times that happened are the server's."""

    __tablename__ = "inquiries"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    inquiry_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    customer_id: Mapped[str | None] = mapped_column(Text)
    guest_name: Mapped[str | None] = mapped_column(Text)
    guest_email: Mapped[str | None] = mapped_column(Text, comment="as it was told")
    guest_phone: Mapped[str | None] = mapped_column(Text, comment="as it was told")
    email_key: Mapped[str | None] = mapped_column(Text, comment="a guest's e-mail in the form that is compared")
    phone_key: Mapped[str | None] = mapped_column(Text, comment="a guest's phone in the form that is compared")
    language: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(Text)
    topic_by: Mapped[str | None] = mapped_column(Text, comment="who set it; null: the classifier")
    sku: Mapped[str | None] = mapped_column(Text)
    order_id: Mapped[str | None] = mapped_column(Text)
    agent_id: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(Moment)
    last_customer_at: Mapped[datetime] = mapped_column(Moment, comment="of the customer's newest message")
    clock_started_at: Mapped[datetime] = mapped_column(Moment)
    warn_at: Mapped[datetime | None] = mapped_column(Moment)
    due_at: Mapped[datetime | None] = mapped_column(Moment, comment="null where the store never opens")
    warned_at: Mapped[datetime | None] = mapped_column(Moment)
    breached_at: Mapped[datetime | None] = mapped_column(Moment)
    escalated_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    first_seconds: Mapped[int | None] = mapped_column(Integer, comment="of business time")
    reply_due_at: Mapped[datetime | None] = mapped_column(
        Moment, comment="of the customer's oldest message that waits, after the first reply"
    )
    reply_late_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_by: Mapped[str | None] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(Text)
    lost_reason: Mapped[str | None] = mapped_column(Text)
    linked_order_id: Mapped[str | None] = mapped_column(Text)
    said_type: Mapped[str] = mapped_column(Text)
    said_id: Mapped[UUID] = mapped_column()
    said_version: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        CheckConstraint("status in ('waiting', 'open', 'closed')", name="status"),
        CheckConstraint("outcome in ('won', 'lost', 'resolved', 'abandoned')", name="outcome"),
        CheckConstraint(
            "(status = 'closed') = (closed_at is not null) and (status = 'closed') = (outcome is not null)", name="closed_whole"
        ),
        Index("ix_inquiries_received", "store_id", "received_at", "inquiry_id"),
        Index("ix_inquiries_customer", "store_id", "customer_id", postgresql_where=sql("customer_id is not null")),
        Index("ix_inquiries_email", "store_id", "email_key", postgresql_where=sql("email_key is not null")),
        Index("ix_inquiries_phone", "store_id", "phone_key", postgresql_where=sql("phone_key is not null")),
        Index("ix_inquiries_agent", "store_id", "agent_id", postgresql_where=sql("agent_id is not null and status <> 'closed'")),
        Index("ix_inquiries_breached", "store_id", "received_at", "inquiry_id", postgresql_where=sql("breached_at is not null")),
        Index("ix_inquiries_linked", "store_id", "linked_order_id", postgresql_where=sql("linked_order_id is not null")),
        Index("ix_inquiries_updated_at", "updated_at", postgresql_using="brin"),
        {"postgresql_with": {"fillfactor": "70"}},
    )


class ContactRow(Base):
    """The newest inquiry of one customer, or one guest's contact, on one channel. Locking it makes two first messages one inquiry."""

    __tablename__ = "contacts"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    contact_key: Mapped[str] = mapped_column(Text, primary_key=True, comment="digest of channel, kind of contact and contact")
    inquiry_id: Mapped[UUID | None] = mapped_column()


class MessageRow(Base):
    """Something that was written: by the customer, to her, or a note that she never sees."""

    __tablename__ = "messages"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    inquiry_id: Mapped[UUID] = mapped_column(primary_key=True)
    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    direction: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(Text, comment="`customer`, or a sub")
    text: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    channel_message_id: Mapped[str | None] = mapped_column(Text)
    posted_at: Mapped[datetime] = mapped_column(Moment)
    received_at: Mapped[datetime] = mapped_column(Moment)
    delivery: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("direction in ('in', 'out', 'internal')", name="direction"),
        CheckConstraint("kind in ('text', 'note')", name="kind"),
        CheckConstraint("delivery in ('stored', 'sent')", name="delivery"),
        CheckConstraint("(kind = 'note') = (direction = 'internal')", name="note_is_internal"),
        Index("ix_messages_posted", "store_id", "inquiry_id", "posted_at", "message_id"),
        Index(
            "uq_messages_channel_message",
            "store_id",
            "channel",
            "channel_message_id",
            unique=True,
            postgresql_where=sql("channel_message_id is not null"),
        ),
    )
