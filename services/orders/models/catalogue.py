"""The service's own copies of what storefronts and the inquiry service say of shops, products and offers."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import Boolean, CheckConstraint, DateTime, Index, Integer, LargeBinary, Numeric, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.orders.models.base import Base

Amount = Numeric(19, 4)


class Product(Base):
    """The newest listing and the newest stock, each by its own time. Only a stock is known while `listed_at` is null."""

    __tablename__ = "products"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    sku: Mapped[str] = mapped_column(Text, primary_key=True)
    stock: Mapped[int] = mapped_column(Integer)
    stock_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    listed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    digest: Mapped[bytes | None] = mapped_column(LargeBinary, comment="of the listing; decides between two of the same time")
    name: Mapped[str | None] = mapped_column(Text)
    category: Mapped[str | None] = mapped_column(Text)
    currency: Mapped[str | None] = mapped_column(Text)
    price: Mapped[Decimal | None] = mapped_column(Amount)
    list_price: Mapped[Decimal | None] = mapped_column(Amount)
    wholesale_price: Mapped[Decimal | None] = mapped_column(Amount)
    discounted: Mapped[bool | None] = mapped_column(Boolean)
    attributes: Mapped[dict[str, JsonValue] | None] = mapped_column(JSONB)
    url: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint(
            "listed_at is null or (digest, name, category, currency, price, list_price, discounted, attributes, url) is not null",
            name="listed_whole",
        ),
        Index("ix_products_category", "store_id", "category", "sku", postgresql_where=text("listed_at is not null")),
    )


class ProductPrice(Base):
    """What a product cost from a time on. Every listing is kept, also one that arrives after a newer one."""

    __tablename__ = "product_prices"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    sku: Mapped[str] = mapped_column(Text, primary_key=True)
    valid_from: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    currency: Mapped[str] = mapped_column(Text)
    price: Mapped[Decimal] = mapped_column(Amount)
    wholesale_price: Mapped[Decimal | None] = mapped_column(Amount)


class Offer(Base):
    """A discount that was promised to a customer; it never changes."""

    __tablename__ = "offers"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    offer_id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    customer_id: Mapped[str | None] = mapped_column(Text)
    sku: Mapped[str | None] = mapped_column(Text)
    category: Mapped[str | None] = mapped_column(Text)
    percent: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    amount: Mapped[Decimal | None] = mapped_column(Amount)
    currency: Mapped[str | None] = mapped_column(Text)
    quantity_from: Mapped[int] = mapped_column(Integer)
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    decided_by: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("(amount is null) = (currency is null) and (amount is null) <> (percent is null)", name="percent_or_amount"),
        Index(None, "store_id", "code"),
        Index(None, "store_id", "customer_id"),
    )
