from datetime import datetime
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import BigInteger, Boolean, CheckConstraint, DateTime, Index, Integer, MetaData, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.frame import NAMING, frame_tables

Moment = DateTime(timezone=True)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


frame_tables(Base.metadata)


class QuestionnaireRow(Base):
    """What a store asks on an occasion; every change is a new version, and a survey keeps the one it was made with."""

    __tablename__ = "questionnaires"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    occasion: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    content: Mapped[dict[str, JsonValue]] = mapped_column(JSONB)
    at: Mapped[datetime] = mapped_column(Moment)
    by: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)


class OccasionRow(Base):
    """Something a customer may be asked about, once for ever; `state` says what became of it."""

    __tablename__ = "occasions"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    occasion_id: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, comment="of what it was heard of")
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text, comment="why nobody was asked")
    due_at: Mapped[datetime] = mapped_column(Moment)
    customer_id: Mapped[str | None] = mapped_column(Text)
    guest: Mapped[dict[str, JsonValue] | None] = mapped_column(JSONB)
    language: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    order_id: Mapped[str | None] = mapped_column(Text)
    inquiry_id: Mapped[UUID | None] = mapped_column()
    case_id: Mapped[UUID | None] = mapped_column()
    agent_id: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (CheckConstraint("state in ('waiting', 'open', 'asked', 'not-asked')", name="state"),)


class AskedRow(Base):
    """When a customer, or a guest's e-mail or phone, was asked last. Locking it is what keeps two occasions from asking at once."""

    __tablename__ = "asked"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    person: Mapped[str] = mapped_column(Text, primary_key=True)
    asked_at: Mapped[datetime | None] = mapped_column(Moment)


class SurveyRow(Base):
    """One invitation and its answer."""

    __tablename__ = "surveys"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    survey_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(Text)
    occasion_kind: Mapped[str] = mapped_column(Text)
    occasion_id: Mapped[str] = mapped_column(Text)
    customer_id: Mapped[str | None] = mapped_column(Text)
    guest: Mapped[dict[str, JsonValue] | None] = mapped_column(JSONB)
    language: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    order_id: Mapped[str | None] = mapped_column(Text)
    inquiry_id: Mapped[UUID | None] = mapped_column()
    case_id: Mapped[UUID | None] = mapped_column()
    agent_id: Mapped[str | None] = mapped_column(Text)
    questionnaire: Mapped[dict[str, JsonValue]] = mapped_column(JSONB, comment="as it was when she was invited")
    answers: Mapped[dict[str, JsonValue]] = mapped_column(JSONB, comment="by field; partial until it is answered")
    scores: Mapped[dict[str, JsonValue] | None] = mapped_column(JSONB)
    satisfied: Mapped[bool | None] = mapped_column(Boolean)
    verdict: Mapped[str | None] = mapped_column(Text)
    callback_wanted: Mapped[bool | None] = mapped_column(Boolean)
    invited_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    reminded_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        CheckConstraint("status in ('invited', 'answered', 'expired')", name="status"),
        CheckConstraint("(status = 'answered') = (answered_at is not null)", name="answered"),
        Index("uq_surveys_occasion", "store_id", "occasion_kind", "occasion_id", unique=True),
        Index("ix_surveys_customer", "store_id", "customer_id", postgresql_where=text("customer_id is not null")),
        Index("ix_surveys_invited_at", "store_id", "invited_at", "survey_id"),
    )
