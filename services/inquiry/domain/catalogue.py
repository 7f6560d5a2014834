"""What a conversation tells of products and orders (INQ-2, INQ-10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.errors import NotFound
from shared.money import Money


class UnknownProduct(NotFound):
    """The store never listed it."""


@dataclass(frozen=True, slots=True)
class ListedProduct:
    """A product as its storefront last listed it, with the newest stock."""

    sku: str
    name: str
    category: str
    price: Money
    list_price: Money
    wholesale_price: Money | None
    discounted: bool
    attributes: Mapping[str, object]
    url: str
    stock: int
    listed_at: datetime
    stock_updated_at: datetime


@dataclass(frozen=True, slots=True)
class OrderBrief:
    """An order of the customer, as far as an agent needs it at once."""

    order_id: str
    status: str
    total: Money
    placed_at: datetime


def is_available(stock: int, safety_stock: int) -> bool:
    """At or below the safety stock a product counts as not available (INQ-10)."""
    return stock > safety_stock
