"""What the checks of an order ask of products and offers (INQ-10, INQ-12, ORD-2)."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

from shared.errors import NotFound
from shared.money import Money, places


class UnknownProduct(NotFound):
    """The store never listed it."""


@dataclass(frozen=True, slots=True)
class ProductFact:
    """A listed product as an order placed at some time met it: the prices of that time, category and stock of now."""

    price: Money
    wholesale_price: Money | None
    stock: int
    category: str


class PricedProduct(NamedTuple):
    """A product with its prices: `newest` holds since `listed_at`; `earlier` ones, oldest first, as far back as was asked for."""

    newest: ProductFact
    listed_at: datetime
    earlier: Sequence[tuple[datetime, ProductFact]] = ()

    def at(self, placed_at: datetime) -> ProductFact:
        """As an order placed then met it; one placed before the first price meets that."""
        if placed_at >= self.listed_at or not self.earlier:
            return self.newest
        known = bisect_right(self.earlier, placed_at, key=itemgetter(0))
        return self.earlier[max(0, known - 1)][1]


@dataclass(frozen=True, slots=True)
class ListedProduct:
    """A product as its storefront last listed it, with the newest stock (INQ-10)."""

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
class ProductNow:
    """A listed product as somebody meets it who wants it instead of what they ordered."""

    sku: str
    name: str
    category: str
    price: Money
    wholesale_price: Money | None
    stock: int


@dataclass(frozen=True, slots=True)
class OfferFact:
    offer_id: UUID
    code: str
    customer_id: str | None
    sku: str | None
    category: str | None
    percent: Decimal | None
    amount: Money | None
    quantity_from: int
    expires_at: datetime

    def covers(self, *, sku: str, category: str | None, quantity: int, customer_id: str | None, at: datetime) -> bool:
        """An offer is one customer's, for one product or category, from a quantity on, until it expires (INQ-12)."""
        return (
            self.customer_id in (None, customer_id)
            and self.sku in (None, sku)
            and self.category in (None, category)
            and quantity >= self.quantity_from
            and at < self.expires_at
        )

    def price(self, full: Money) -> Money:
        """What one piece costs by the offer, to the nearest unit and never below zero; an amount in another currency takes nothing off."""
        if self.percent is not None:
            unit = Decimal(1).scaleb(-places(full.currency))
            return Money((full.amount * (100 - self.percent) / 100).quantize(unit, ROUND_HALF_EVEN), full.currency)
        if self.amount is None or self.amount.currency != full.currency:
            return full
        return max(full - self.amount, Money.zero(full.currency))


def is_available(stock: int, safety_stock: int) -> bool:
    """At or below the safety stock a product counts as not available (INQ-10)."""
    return stock > safety_stock
