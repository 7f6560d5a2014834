"""Orders, their history, and which of them look alike."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import BigInteger, CheckConstraint, Date, DateTime, Index, Integer, Numeric, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.orders.models.base import Base

Moment = DateTime(timezone=True)


class OrderRow(Base):
    """`facts` is what is known, `confirmed_*` to `said_*` what was decided; the rest repeats some of it for searching.

    An order is a skeleton while `placed_at` is null: something happened to it before it was placed.
    """

    __tablename__ = "orders"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    order_id: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    steps: Mapped[int] = mapped_column(Integer, comment="rows in order_history")
    facts: Mapped[dict[str, JsonValue]] = mapped_column(JSONB)
    failed_checks: Mapped[list[JsonValue]] = mapped_column(JSONB)
    waived: Mapped[list[JsonValue]] = mapped_column(JSONB, comment="failed checks an auditor confirmed the order in spite of")
    dues: Mapped[list[JsonValue]] = mapped_column(JSONB)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    confirmed_by: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    outcome: Mapped[str | None] = mapped_column(Text)
    held_since: Mapped[datetime | None] = mapped_column(Moment)
    hold_due_at: Mapped[datetime | None] = mapped_column(Moment)
    taken_by: Mapped[str | None] = mapped_column(Text)
    taken_at: Mapped[datetime | None] = mapped_column(Moment)
    escalated_at: Mapped[datetime | None] = mapped_column(Moment)
    said_type: Mapped[str | None] = mapped_column(Text)
    said_id: Mapped[UUID | None] = mapped_column()
    said_version: Mapped[int | None] = mapped_column(BigInteger)
    sold_on: Mapped[date | None] = mapped_column(Date, comment="the store's day it counts for in the sales figures; null: not counted yet")
    sold_by: Mapped[str | None] = mapped_column(Text, comment="the agent who closed the inquiry that led to it")
    refunded: Mapped[list[JsonValue]] = mapped_column(JSONB, server_default=text("'[]'"), comment="one amount a currency")
    status: Mapped[str] = mapped_column(Text)
    placed_at: Mapped[datetime | None] = mapped_column(Moment)
    customer_id: Mapped[str | None] = mapped_column(Text)
    customer_name: Mapped[str | None] = mapped_column(Text, comment="in lower case, as are e-mails")
    email: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text, comment="E.164 where it is a phone number")
    total: Mapped[Decimal | None] = mapped_column(Numeric(40, 4))
    currency: Mapped[str | None] = mapped_column(Text)
    twin_keys: Mapped[list[str]] = mapped_column(ARRAY(Text))
    waits_for: Mapped[list[str]] = mapped_column(ARRAY(Text), comment="store/sku and store/offer code that could mend a failed check")
    updated_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        CheckConstraint("status in ('placed', 'held', 'confirmed', 'shipped', 'delivered', 'signed', 'cancelled')", name="status"),
        CheckConstraint("outcome in ('cancelled', 'signed', 'delivered')", name="outcome"),
        Index("ix_orders_placed", "store_id", "placed_at", "order_id", postgresql_where=text("placed_at is not null")),
        Index("ix_orders_held", "store_id", "held_since", "order_id", postgresql_where=text("held_since is not null")),
        Index("ix_orders_not_counted", "store_id", "order_id", postgresql_where=text("sold_on is null and placed_at is not null")),
        Index("ix_orders_waits_for", "waits_for", postgresql_using="gin", postgresql_where=text("waits_for <> '{}'")),
        Index("ix_orders_customer", "store_id", "customer_id", postgresql_where=text("customer_id is not null")),
        Index("ix_orders_name", "store_id", "customer_name", postgresql_where=text("customer_name is not null")),
        Index("ix_orders_email", "store_id", "email", postgresql_where=text("email is not null")),
        Index("ix_orders_phone", "store_id", "phone", postgresql_where=text("phone is not null")),
        # most orders are written twice: room on the page lets the second time leave the indexes alone
        {"postgresql_with": {"fillfactor": "70"}},
    )


class HistoryRow(Base):
    """One step of an order: who, when, why."""

    __tablename__ = "order_history"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    order_id: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Moment)
    step: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[dict[str, JsonValue]] = mapped_column(JSONB)

    __table_args__ = (Index("ix_order_history_at", "at", postgresql_using="brin"),)


class TwinRow(Base):
    """The orders of one customer or contact with one content. Locking it is what makes two of them see each other."""

    __tablename__ = "order_twins"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    twin_key: Mapped[str] = mapped_column(Text, primary_key=True)
    order_ids: Mapped[list[str]] = mapped_column(ARRAY(Text))
    last_placed_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        Index("ix_order_twins_last_placed_at", "last_placed_at", postgresql_using="brin"),
        # locking writes the row anew, mostly once more after its first order is paid: room on the page leaves the key's index alone
        {"postgresql_with": {"fillfactor": "50"}},
    )
