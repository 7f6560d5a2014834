"""The advice that was given on orders, and what departments answered about them."""

from datetime import datetime
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import CheckConstraint, DateTime, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.orders.models.base import Base

Moment = DateTime(timezone=True)


class AdviceRow(Base):
    """One piece of advice as it was told; asked for again it is the same row while it says the same."""

    __tablename__ = "advice"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    advice_id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    wish: Mapped[dict[str, JsonValue]] = mapped_column(JSONB, comment="the lines that are wanted, or the parcel that is asked for")
    action: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    rules: Mapped[list[str]] = mapped_column(ARRAY(Text), comment="the ids that led to it")
    reply: Mapped[dict[str, JsonValue]] = mapped_column(JSONB)
    tasks: Mapped[list[JsonValue]] = mapped_column(JSONB)
    choices: Mapped[list[str]] = mapped_column(ARRAY(Text))
    amounts: Mapped[dict[str, JsonValue]] = mapped_column(JSONB, comment="refund, withheld and payment")
    policy_version: Mapped[int] = mapped_column(Integer)
    given_at: Mapped[datetime] = mapped_column(Moment)
    given_by: Mapped[str] = mapped_column(Text, comment="who asked: a sub, or `auto` where a department's answer led to it")
    task_id: Mapped[UUID | None] = mapped_column(comment="the task whose answer it waits for")
    waits_until: Mapped[datetime | None] = mapped_column(Moment)
    outcome: Mapped[str | None] = mapped_column(Text)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_by: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("kind in ('cancel', 'change', 'logistics')", name="kind"),
        CheckConstraint("outcome in ('accepted', 'refused')", name="outcome"),
        Index(None, "store_id", "order_id", "advice_id"),
        Index("ix_advice_task_id", "store_id", "task_id", postgresql_where=text("task_id is not null")),
        Index(None, "given_at", postgresql_using="brin"),
    )


class DepartmentAnswerRow(Base):
    """The newest answer of its kind about an order, or a parcel of it."""

    __tablename__ = "department_answers"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    order_id: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    shipment_id: Mapped[str] = mapped_column(Text, primary_key=True, comment="empty where it is about the order")
    answer: Mapped[dict[str, JsonValue]] = mapped_column(JSONB)
    answered_at: Mapped[datetime] = mapped_column(Moment)
    answered_by: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index(None, "answered_at", postgresql_using="brin"),)
