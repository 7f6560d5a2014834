"""The service's own copies of what storefronts and the orders service say of products, customers and orders."""

from datetime import datetime
from decimal import Decimal

from pydantic import JsonValue
from sqlalchemy import BigInteger, Boolean, CheckConstraint, DateTime, Index, Integer, LargeBinary, Numeric, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.inquiry.models.base import Base

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


class CustomerOrder(Base):
    """An order as orders last told of it, as far as a conversation needs it."""

    __tablename__ = "customer_orders"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    order_id: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(Text)
    total: Mapped[Decimal] = mapped_column(Numeric(40, 4))
    currency: Mapped[str] = mapped_column(Text)
    placed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    customer_id: Mapped[str | None] = mapped_column(Text)
    email_key: Mapped[str | None] = mapped_column(Text)
    phone_key: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index("ix_customer_orders_customer", "store_id", "customer_id", "placed_at", postgresql_where=text("customer_id is not null")),
        Index("ix_customer_orders_email", "store_id", "email_key", "placed_at", postgresql_where=text("email_key is not null")),
        Index("ix_customer_orders_phone", "store_id", "phone_key", "placed_at", postgresql_where=text("phone_key is not null")),
    )


class CustomerCopy(Base):
    """A customer as her storefront last told of her, as far as a conversation needs it; personal data. Null: it does not know."""

    __tablename__ = "customers"

    store_id: Mapped[str] = mapped_column(Text, primary_key=True)
    customer_id: Mapped[str] = mapped_column(Text, primary_key=True)
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    digest: Mapped[bytes] = mapped_column(LargeBinary, comment="decides between two of the same time")
    name: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
