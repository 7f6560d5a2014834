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
    open_since: Mapped[datetime | None] = mapped_column(Moment, comment="when it came in; null once it is closed")
    agent_id: Mapped[str | None] = mapped_column(Text)
    linked_order_id: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[datetime | None] = mapped_column(Moment, comment="the last time")

    __table_args__ = (
        Index("ix_inquiries_person", "store_id", "person", "asked_on"),
        Index("ix_inquiries_open", "store_id", "asked_on", postgresql_where=text("open_since is not null and linked_order_id is null")),
        Index("ix_inquiries_order", "store_id", "linked_order_id", postgresql_where=text("linked_order_id is not null")),
    )


class ConversionRow(Base):
    """Customers who asked on a day, or for the first time in a month or on another of its days, by when they had asked before."""

    __tablename__ = "conversions"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    grain: Mapped[str] = mapped_column(Text, primary_key=True)
    start: Mapped[date] = mapped_column(Date, primary_key=True, comment="the day, or the first of the month, of the store")
    name: Mapped[str] = mapped_column(Text, primary_key=True, comment="a sku, an agent's sub, or empty")
    before: Mapped[date] = mapped_column(Date, primary_key=True, comment="the day on which they had asked last; 0001-01-01: never")
    asked: Mapped[int] = mapped_column(BigInteger)
    ordered: Mapped[int] = mapped_column(BigInteger, comment="by when an inquiry of theirs had led to an order before")

    __table_args__ = (
        CheckConstraint("kind in ('store', 'product', 'agent')", name="kind"),
        CheckConstraint("grain in ('day', 'month')", name="grain"),
        {"postgresql_with": {"fillfactor": "70"}},
    )
