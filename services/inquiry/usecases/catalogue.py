"""Keeping the service's own copy of products (INQ-10)."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from services.inquiry.repository import catalogue
from services.inquiry.repository.catalogue import Listing, StockLevel
from shared.errors import Refused
from shared.events.storefront import ProductListed, StockChanged

Row = TypeVar("Row", Listing, StockLevel)
_DIGEST_BYTES = 16


class MixedCurrencies(Refused):
    """A product has all its prices in one currency."""


async def update_products(session: AsyncSession, told: Sequence[ProductListed | StockChanged]) -> None:
    """Listings and stocks, each the newest by its own time; at equal times the same one wins whatever came first."""
    stocks = [StockLevel(event.store_id, event.sku, event.stock, event.updated_at) for event in told]
    listings = [_listing(event) for event in told if isinstance(event, ProductListed)]
    await catalogue.remember_stocks(session, _newest((stock, (stock.stock_at, -stock.stock)) for stock in stocks))
    await catalogue.remember_listings(session, _newest((row, (row.listed_at, row.digest)) for row in listings))


def _listing(told: ProductListed) -> Listing:
    prices = [price for price in (told.price, told.list_price, told.wholesale_price) if price is not None]
    if len({price.currency for price in prices}) > 1:
        raise MixedCurrencies("a product has all its prices in one currency")
    return Listing(
        store_id=told.store_id,
        sku=told.sku,
        listed_at=told.updated_at,
        digest=blake2b(told.json_bytes(), digest_size=_DIGEST_BYTES).hexdigest(),
        name=told.product_name,
        category=told.category,
        currency=told.price.currency,
        price=told.price.amount,
        list_price=told.list_price.amount,
        wholesale_price=None if told.wholesale_price is None else told.wholesale_price.amount,
        discounted=told.discounted,
        attributes=told.attributes,
        url=told.url,
    )


def _newest(ranked: Iterable[tuple[Row, tuple[object, ...]]]) -> list[Row]:
    """Of each product the highest rank: one statement cannot touch a row twice."""
    best: dict[tuple[str, str], tuple[tuple[object, ...], Row]] = {}
    for row, rank in ranked:
        key = (row.store_id, row.sku)
        if key not in best or rank > best[key][0]:
            best[key] = (rank, row)
    return [row for _, row in best.values()]
