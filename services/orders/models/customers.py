"""Customers, what they bought, and what came of them."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, DateTime, Index, Integer, Numeric, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.orders.models.base import Base

Moment = DateTime(timezone=True)
Sum = Numeric(40, 4)
_ZERO = text("0")


class CustomerRow(Base):
    """A customer the storefront has an id for: her record, her tier, and her profile, which is personal data from `name` on."""

    __tablename__ = "customers"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    customer_id: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
    orders: Mapped[int] = mapped_column(Integer, server_default=_ZERO, comment="placed and not cancelled")
    first_order_at: Mapped[datetime | None] = mapped_column(Moment)
    last_order_at: Mapped[datetime | None] = mapped_column(Moment)
    refunds: Mapped[int] = mapped_column(Integer, server_default=_ZERO, comment="settled ones of orders that count")
    complaints: Mapped[int] = mapped_column(Integer, server_default=_ZERO)
    satisfied: Mapped[int] = mapped_column(Integer, server_default=_ZERO)
    dissatisfied: Mapped[int] = mapped_column(Integer, server_default=_ZERO)
    abc: Mapped[str | None] = mapped_column(Text, comment="null until the first classification")
    tier: Mapped[str] = mapped_column(Text, server_default=text("'occasional'"))
    tier_since: Mapped[datetime | None] = mapped_column(Moment)
    profile_at: Mapped[datetime | None] = mapped_column(Moment)
    profile_digest: Mapped[str | None] = mapped_column(Text, comment="decides between two of the same time")
    name: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
    registered_at: Mapped[datetime | None] = mapped_column(Moment)
    wholesale: Mapped[bool | None] = mapped_column(Boolean)
    birth_date: Mapped[date | None] = mapped_column(Date)
    birthday: Mapped[int | None] = mapped_column(SmallInteger, comment="month and day: 517 is 17 May")
    income_band: Mapped[str | None] = mapped_column(Text)
    region: Mapped[str | None] = mapped_column(Text)
    preferences: Mapped[dict[str, JsonValue] | None] = mapped_column(JSONB)
    marketing_consent: Mapped[bool | None] = mapped_column(Boolean)

    __table_args__ = (
        CheckConstraint("abc in ('A', 'B', 'C', 'D')", name="abc"),
        CheckConstraint("tier in ('key', 'potential', 'general', 'occasional')", name="tier"),
        Index("ix_customers_tier", "store_id", "tier", "customer_id", postgresql_where=text("tier <> 'occasional'")),
        Index("ix_customers_birthday", "store_id", "birthday", "customer_id", postgresql_where=text("marketing_consent")),
        # every order writes the row anew: room on the page leaves the indexes alone
        {"postgresql_with": {"fillfactor": "70"}},
    )


class MonthRow(Base):
    """What a customer's orders of one month (UTC) came to in one currency; refunds count in the month of their order."""

    __tablename__ = "customer_months"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    customer_id: Mapped[str] = mapped_column(Text, primary_key=True)
    month: Mapped[date] = mapped_column(Date, primary_key=True)
    currency: Mapped[str] = mapped_column(Text, primary_key=True)
    orders: Mapped[int] = mapped_column(Integer)
    amount: Mapped[Decimal] = mapped_column(Sum)
    refunded: Mapped[Decimal] = mapped_column(Sum)

    __table_args__ = ({"postgresql_with": {"fillfactor": "80"}},)


class RefundRow(Base):
    """A refund that was settled; kept by order, whose sale it makes smaller as long as that counts."""

    __tablename__ = "order_refunds"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    order_id: Mapped[str] = mapped_column(Text, primary_key=True)
    refund_id: Mapped[UUID] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[Decimal] = mapped_column(Sum)
    closed_at: Mapped[datetime] = mapped_column(Moment)


class VoiceRow(Base):
    """A case a customer opened, or a survey in which she said whether she was satisfied. Each counts once, however often it is said."""

    __tablename__ = "customer_voices"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    voice_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(Text)
    told_at: Mapped[datetime] = mapped_column(Moment)
    satisfied: Mapped[bool | None] = mapped_column(Boolean, comment="null for a case")

    __table_args__ = (
        CheckConstraint("kind in ('case', 'survey')", name="kind"),
        Index("ix_customer_voices_customer", "store_id", "customer_id", "told_at", postgresql_where=text("satisfied is not null")),
        Index("ix_customer_voices_told", "store_id", "told_at", postgresql_where=text("satisfied is not null")),
    )


class MoveRow(Base):
    """A customer whose class or tier is another by the last classification; gone when it is written and said."""

    __tablename__ = "customer_moves"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    says: Mapped[bool] = mapped_column(Boolean, primary_key=True, comment="the tier is another, not only the class")
    customer_id: Mapped[str] = mapped_column(Text, primary_key=True)
    abc: Mapped[str] = mapped_column(Text)
    tier: Mapped[str] = mapped_column(Text)


class SegmentRow(Base):
    """Purchase figures of customers who have something in common, as of the last classification; `all` is the whole store."""

    __tablename__ = "customer_segments"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    dimension: Mapped[str] = mapped_column(Text, primary_key=True)
    segment: Mapped[str] = mapped_column(Text, primary_key=True, comment="empty where the storefront does not say")
    at: Mapped[datetime] = mapped_column(Moment)
    currency: Mapped[str] = mapped_column(Text)
    customers: Mapped[int] = mapped_column(Integer)
    buyers: Mapped[int] = mapped_column(Integer, comment="who ordered in the window")
    orders: Mapped[int] = mapped_column(Integer, comment="in the window, in the currency")
    worth: Mapped[Decimal] = mapped_column(Sum, comment="of these orders less refunds")
    other_currencies: Mapped[int] = mapped_column(Integer, comment="orders in the window that are not in the currency and not counted")
    ordered_before: Mapped[int] = mapped_column(Integer)
    ordered_again: Mapped[int] = mapped_column(Integer)
    satisfied: Mapped[int] = mapped_column(Integer)
    dissatisfied: Mapped[int] = mapped_column(Integer)


class CareRow(Base):
    """That a customer was sent a kind word for an occasion of a year."""

    __tablename__ = "customer_cares"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    customer_id: Mapped[str] = mapped_column(Text, primary_key=True)
    occasion: Mapped[str] = mapped_column(Text, primary_key=True, comment="`birthday`, or what the holiday is called in English")
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    told_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (Index("ix_customer_cares_told_at", "told_at", postgresql_using="brin"),)
