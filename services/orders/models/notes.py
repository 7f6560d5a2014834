from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.orders.models.base import Base

Moment = DateTime(timezone=True)


class NoteRow(Base):
    """What somebody told the warehouse about an order; never changed but by being withdrawn."""

    __tablename__ = "order_notes"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    order_id: Mapped[str] = mapped_column(Text, primary_key=True)
    note_id: Mapped[UUID] = mapped_column(primary_key=True)
    text: Mapped[str | None] = mapped_column(Text)
    flags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    gift_sku: Mapped[str | None] = mapped_column(Text)
    gift_quantity: Mapped[int | None] = mapped_column(Integer)
    carrier: Mapped[str | None] = mapped_column(Text)
    written_by: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(Moment)
    withdrawn_by: Mapped[str | None] = mapped_column(Text)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_reason: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        CheckConstraint("flags <@ array['check-address', 'hold-for-pickup', 'fragile', 'gift-wrap', 'no-invoice', 'urgent']", name="flags"),
        CheckConstraint("(gift_sku is null) = (gift_quantity is null)", name="gift_whole"),
        CheckConstraint("text is not null or flags <> '{}' or gift_sku is not null or carrier is not null", name="says_something"),
    )
