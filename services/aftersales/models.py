"""Cases, refunds, and the service's own copy of what it needs to know of orders."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, Integer, MetaData, Numeric, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, composite, mapped_column

from shared import tasks
from shared.frame import NAMING, frame_tables
from shared.money import Money

Moment = DateTime(timezone=True)
Amount = Numeric(19, 4)
Sum = Numeric(40, 4)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


frame_tables(Base.metadata)
tasks.table(Base.metadata)


class OrderRow(Base):
    """An order by its newest announcement. Its lock goes before that of its cases and refunds."""

    __tablename__ = "orders"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    order_id: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(Text)
    customer_id: Mapped[str | None] = mapped_column(Text)
    guest: Mapped[dict[str, str | None] | None] = mapped_column(JSONB)
    language: Mapped[str] = mapped_column(Text)
    line_ids: Mapped[list[str]] = mapped_column(ARRAY(Text))
    payments: Mapped[list[dict[str, JsonValue]]] = mapped_column(JSONB, comment="[{payment_id, amount, method, paid_at}], oldest first")
    placed_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        Index("ix_orders_customer", "store_id", "customer_id", "placed_at", postgresql_where=text("customer_id is not null")),
    )


class OrderMoneyRow(Base):
    """What was paid for an order in one currency, and how much of it went back or is about to (AFS-6)."""

    __tablename__ = "order_money"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    order_id: Mapped[str] = mapped_column(Text, primary_key=True)
    currency: Mapped[str] = mapped_column(Text, primary_key=True)
    paid: Mapped[Decimal] = mapped_column(Sum)
    returned: Mapped[Decimal] = mapped_column(Sum, comment="of refunds awaiting approval, requested or settled")

    __table_args__ = (CheckConstraint("returned >= 0 and returned <= paid", name="never_more_than_paid"),)


class DueRow(Base):
    """A refund due of an order that was acted on, once for ever."""

    __tablename__ = "dues"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    due_id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(Text)
    acted_at: Mapped[datetime] = mapped_column(Moment)


class LostShipmentRow(Base):
    """A parcel that was lost; it waits for its order while `acted_at` is null."""

    __tablename__ = "lost_shipments"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    order_id: Mapped[str] = mapped_column(Text, primary_key=True)
    shipment_id: Mapped[str] = mapped_column(Text, primary_key=True)
    acted_at: Mapped[datetime | None] = mapped_column(Moment)


class CaseRow(Base):
    """`subject` is what there is one open case of each type for: order and line, or the customer where there is no order (AFS-1)."""

    __tablename__ = "cases"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    order_id: Mapped[str | None] = mapped_column(Text)
    line_id: Mapped[str | None] = mapped_column(Text)
    customer_id: Mapped[str | None] = mapped_column(Text)
    guest: Mapped[dict[str, str | None] | None] = mapped_column(JSONB)
    language: Mapped[str] = mapped_column(Text)
    inquiry_id: Mapped[UUID | None] = mapped_column()
    agent_id: Mapped[str | None] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    reports: Mapped[int] = mapped_column(Integer)
    cause: Mapped[str | None] = mapped_column(Text)
    finding: Mapped[str | None] = mapped_column(Text)
    proposal: Mapped[dict[str, JsonValue] | None] = mapped_column(JSONB)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    outcome: Mapped[str | None] = mapped_column(Text)
    next_reply_at: Mapped[datetime | None] = mapped_column(Moment)
    promised_at: Mapped[datetime | None] = mapped_column(Moment, comment="when somebody promised it; null: the policy did")
    escalated_to: Mapped[str | None] = mapped_column(Text)
    opened_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    said_id: Mapped[UUID | None] = mapped_column()

    __table_args__ = (
        CheckConstraint(
            "status in ('opened', 'evidence-requested', 'diagnosed', 'proposed', 'agreed', 'in-progress', 'following-up', 'closed')",
            name="status",
        ),
        CheckConstraint("(status = 'closed') = (closed_at is not null)", name="closed"),
        CheckConstraint("(status = 'closed') = (next_reply_at is null)", name="next_reply"),
        Index("ix_cases_one_open", "store_id", "subject", "type", unique=True, postgresql_where=text("status <> 'closed'")),
        Index("ix_cases_opened_at", "store_id", "opened_at", "case_id"),
        Index("ix_cases_order", "store_id", "order_id", postgresql_where=text("order_id is not null")),
        Index("ix_cases_customer", "store_id", "customer_id", postgresql_where=text("customer_id is not null")),
        Index("ix_cases_next_reply_at", "store_id", "next_reply_at", postgresql_where=text("next_reply_at is not null")),
    )


class RefundRow(Base):
    """`approvals` has who said yes so far, as [{role, by, at}]; `order_money` has its amount counted while it holds it."""

    __tablename__ = "refunds"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    refund_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    case_id: Mapped[UUID] = mapped_column()
    order_id: Mapped[str] = mapped_column(Text)
    customer_id: Mapped[str | None] = mapped_column(Text)
    amount: Mapped[Decimal] = mapped_column(Amount)
    currency: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    payment_method: Mapped[str] = mapped_column(Text)
    payment_id: Mapped[str] = mapped_column(Text)
    payee: Mapped[dict[str, str] | None] = mapped_column(JSONB)
    asked_by: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    approvals_needed: Mapped[list[str]] = mapped_column(ARRAY(Text))
    approvals: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    requested_at: Mapped[datetime | None] = mapped_column(Moment)
    settle_by: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    settled_at: Mapped[datetime | None] = mapped_column(Moment)
    reference: Mapped[str | None] = mapped_column(Text)
    overdue_at: Mapped[datetime | None] = mapped_column(Moment)
    escalated_at: Mapped[datetime | None] = mapped_column(Moment)
    said_id: Mapped[UUID | None] = mapped_column()

    money: Mapped[Money] = composite("amount", "currency")

    __table_args__ = (
        CheckConstraint("status in ('awaiting-approval', 'requested', 'settled', 'rejected', 'failed', 'denied')", name="status"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("status in ('awaiting-approval', 'denied') or requested_at is not null", name="requested"),
        Index("ix_refunds_asked_at", "store_id", "asked_at", "refund_id"),
        Index("ix_refunds_order", "store_id", "order_id"),
        Index("ix_refunds_case", "store_id", "case_id"),
        Index("ix_refunds_open", "store_id", "status", postgresql_where=text("status in ('awaiting-approval', 'requested')")),
        # finance names a refund by its id alone
        Index("ix_refunds_refund_id", "refund_id"),
    )
