"""What the desk works with: its agents, the classifier's keywords, and the offers made."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, CheckConstraint, DateTime, Index, Integer, Numeric, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.inquiry.models.base import Base

Moment = DateTime(timezone=True)


class AgentRow(Base):
    """Who may be given inquiries; `agent_id` is the `sub` of the agent's token."""

    __tablename__ = "agents"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    agent_id: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(Text)
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text))
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text), comment="what the agent knows best; empty: everything")
    active: Mapped[bool] = mapped_column(Boolean)
    updated_at: Mapped[datetime] = mapped_column(Moment)


class KeywordsRow(Base):
    """What the classifier goes by, each change a version; a store without one has the starter set."""

    __tablename__ = "keywords"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    keywords: Mapped[dict[str, list[str]]] = mapped_column(JSONB, comment="topic to words")
    at: Mapped[datetime] = mapped_column(Moment)
    by: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)


class OfferRow(Base):
    """A discount that was promised; it never changes."""

    __tablename__ = "offers"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    offer_id: Mapped[UUID] = mapped_column(primary_key=True)
    inquiry_id: Mapped[UUID] = mapped_column()
    code: Mapped[str] = mapped_column(Text)
    customer_id: Mapped[str | None] = mapped_column(Text)
    sku: Mapped[str | None] = mapped_column(Text)
    category: Mapped[str | None] = mapped_column(Text)
    percent: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    amount: Mapped[Decimal | None] = mapped_column(Numeric(19, 4))
    currency: Mapped[str | None] = mapped_column(Text)
    quantity_from: Mapped[int] = mapped_column(Integer)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    decided_by: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        CheckConstraint("(amount is null) = (currency is null) and (amount is null) <> (percent is null)", name="percent_or_amount"),
        Index("uq_offers_code", "store_id", "code", unique=True),
        Index(None, "store_id", "inquiry_id"),
    )
