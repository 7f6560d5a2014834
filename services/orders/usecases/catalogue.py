"""Keeping the service's own copies of products, shops and offers."""

from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import TypeVar

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.repository import catalogue, offers
from services.orders.repository.catalogue import Listing, StockLevel
from services.orders.usecases import clocks
from shared.errors import Refused
from shared.events.base import Event
from shared.events.inquiries import OfferMade
from shared.events.storefront import ProductListed, StockChanged
from shared.money import Money

Row = TypeVar("Row")
_DIGEST_BYTES = 16


class MixedCurrencies(Refused):
    """A product has all its prices in one currency."""


async def update_products(session: AsyncSession, told: Sequence[ProductListed | StockChanged], *, now: datetime) -> None:
    """Listings and stocks, each the newest by its own time; at equal times the same one wins whatever came first (INQ-10)."""
    listings = [_listing(event) for event in told if isinstance(event, ProductListed)]
    stocks = [StockLevel(event.store_id, event.sku, event.stock, event.updated_at) for event in told]
    await catalogue.remember_stocks(
        session, _newest((stock, (stock.stock_at, -stock.stock), (stock.store_id, stock.sku)) for stock in stocks)
    )
    await catalogue.remember_listings(session, _newest((row, (row.listed_at, row.digest), (row.store_id, row.sku)) for row in listings))
    await catalogue.remember_prices(session, _newest((row, row.digest, (row.store_id, row.sku, row.listed_at)) for row in listings))
    await clocks.recheck_waiting(session, {(stock.store_id, stock.sku) for stock in stocks}, now)


async def record_offer(session: AsyncSession, made: OfferMade, *, now: datetime) -> None:
    """An offer is recorded once and never changes (INQ-12)."""
    await offers.remember_offer(
        session,
        {
            "store_id": made.store_id,
            "offer_id": made.offer_id,
            "code": made.code,
            "customer_id": made.customer_id,
            "sku": made.sku,
            "category": made.category,
            "percent": made.percent,
            "amount": _amount(made.amount),
            "currency": None if made.amount is None else made.amount.currency,
            "quantity_from": made.quantity_from,
            "expires_at": made.expires_at,
            "decided_by": made.decided_by,
        },
    )
    await clocks.recheck_waiting(session, {(made.store_id, made.code)}, now)


def _listing(told: ProductListed) -> Listing:
    prices = [price for price in (told.price, told.list_price, told.wholesale_price) if price is not None]
    if len({price.currency for price in prices}) > 1:
        raise MixedCurrencies("a product has all its prices in one currency")
    return Listing(
        store_id=told.store_id,
        sku=told.sku,
        listed_at=told.updated_at,
        digest=_digest(told),
        name=told.product_name,
        category=told.category,
        currency=told.price.currency,
        price=told.price.amount,
        list_price=told.list_price.amount,
        wholesale_price=_amount(told.wholesale_price),
        discounted=told.discounted,
        attributes=orjson.dumps(told.attributes).decode(),
        url=told.url,
    )


def _amount(money: Money | None) -> Decimal | None:
    return None if money is None else money.amount


def _newest(rows: Iterable[tuple[Row, object, Hashable]]) -> list[Row]:
    """Of (row, rank, key) the highest rank per key: one statement cannot touch a row twice."""
    best: dict[Hashable, tuple[object, Row]] = {}
    for row, rank, key in rows:
        if key not in best or rank > best[key][0]:  # type: ignore[operator]
            best[key] = (rank, row)
    return [row for _, row in best.values()]


def _digest(said: Event) -> bytes:
    """Decides between two that carry the same time, the same way everywhere."""
    return blake2b(said.json_bytes(), digest_size=_DIGEST_BYTES).digest()
