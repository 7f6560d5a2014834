"""Sales figures by day and month, what is yet to be added to them, and what others said that they are made of."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import BigInteger, CheckConstraint, Date, DateTime, Index, Numeric, Text, text
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.orm import Mapped, mapped_column

from services.orders.models.base import Base

Moment = DateTime(timezone=True)


class SalesRow(Base):
    """Sums of a day, and again of a month: of the store, of each product and of each agent."""

    __tablename__ = "sales"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    grain: Mapped[str] = mapped_column(Text, primary_key=True)
    start: Mapped[date] = mapped_column(Date, primary_key=True, comment="the day, or the first of the month, of the store")
    name: Mapped[str] = mapped_column(Text, primary_key=True, comment="a sku, an agent's sub, or empty")
    currency: Mapped[str] = mapped_column(Text, primary_key=True)
    placed: Mapped[int] = mapped_column(BigInteger)
    cancelled: Mapped[int] = mapped_column(BigInteger)
    units: Mapped[int] = mapped_column(BigInteger)
    revenue: Mapped[Decimal] = mapped_column(Numeric)
    refunded_orders: Mapped[int] = mapped_column(BigInteger)
    refunded: Mapped[Decimal] = mapped_column(Numeric)

    __table_args__ = (
        CheckConstraint("kind in ('store', 'product', 'agent')", name="kind"),
        CheckConstraint("grain in ('day', 'month')", name="grain"),
        # a day's rows are added to until it is over: room on the page leaves the key's index alone
        {"postgresql_with": {"fillfactor": "70"}},
    )


class SalesChangeRow(Base):
    """What one transaction changed of a store's figures. Read with them, and added to them within seconds."""

    __tablename__ = "sales_changes"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    change_id: Mapped[UUID] = mapped_column(primary_key=True)
    changes: Mapped[list[JsonValue]] = mapped_column(JSON)


class InquiryRow(Base):
    """Who asked on which of the store's days, and the order it led to."""

    __tablename__ = "inquiries"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    inquiry_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    person: Mapped[str] = mapped_column(Text, comment="customer/id, or a digest of a guest's contact")
    asked_on: Mapped[date] = mapped_column(Date)
    sku: Mapped[str | None] = mapped_column(Text)
    agent_id: Mapped[str | None] = mapped_column(Text)
    linked_order_id: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        Index("ix_inquiries_asked_on", "store_id", "asked_on"),
        Index("ix_inquiries_order", "store_id", "linked_order_id", postgresql_where=text("linked_order_id is not null")),
    )


class SettledRefundRow(Base):
    """A refund that finance settled; each counts once."""

    __tablename__ = "settled_refunds"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    refund_id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(Text)
    amount: Mapped[Decimal] = mapped_column(Numeric(19, 4))
    currency: Mapped[str] = mapped_column(Text)
    settled_at: Mapped[datetime] = mapped_column(Moment)
