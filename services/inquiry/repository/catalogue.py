"""Copies of products and orders, written so that any order of arrival gives the same rows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.inquiry.domain.catalogue import ListedProduct, OrderBrief, UnknownProduct
from services.inquiry.models import InquiryRow, Product
from shared.money import Money
from shared.rows import as_json, told

MOST_ORDERS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class StockLevel:
    store_id: str
    sku: str
    stock: int
    stock_at: datetime


@dataclass(frozen=True, slots=True)
class Listing:
    store_id: str
    sku: str
    listed_at: datetime
    digest: str
    name: str
    category: str
    currency: str
    price: Decimal
    list_price: Decimal
    wholesale_price: Decimal | None
    discounted: bool
    attributes: Mapping[str, object]
    url: str


@dataclass(frozen=True, slots=True)
class OrderCopy:
    store_id: str
    order_id: str
    version: int
    status: str
    total: Decimal
    currency: str
    placed_at: datetime
    customer_id: str | None
    email_key: str | None
    phone_key: str | None


_STOCK = {"store_id": "text", "sku": "text", "stock": "integer", "stock_at": "timestamptz"}
_STOCKS = text(f"""
    insert into products (store_id, sku, stock, stock_at)
    select * from {told(_STOCK)} order by store_id, sku
    on conflict (store_id, sku) do update set stock = excluded.stock, stock_at = excluded.stock_at
    where (excluded.stock_at, products.stock) > (products.stock_at, excluded.stock)
""")  # noqa: S608
_LISTING_TYPES = {
    "listed_at": "timestamptz",
    "price": "numeric",
    "list_price": "numeric",
    "wholesale_price": "numeric",
    "discounted": "boolean",
    "attributes": "jsonb",
}
_LISTING = {field.name: _LISTING_TYPES.get(field.name, "text") for field in fields(Listing)}
_LISTINGS = text(f"""
    update products set listed_at = new.listed_at, digest = decode(new.digest, 'hex'), name = new.name, category = new.category,
           currency = new.currency, price = new.price, list_price = new.list_price, wholesale_price = new.wholesale_price,
           discounted = new.discounted, attributes = new.attributes, url = new.url
    from {told(_LISTING, "new")}
    where products.store_id = new.store_id and products.sku = new.sku
      and (products.listed_at is null or (new.listed_at, decode(new.digest, 'hex')) > (products.listed_at, products.digest))
""")  # noqa: S608
_ORDER_TYPES = {"version": "bigint", "total": "numeric", "placed_at": "timestamptz"}
_ORDER = {field.name: _ORDER_TYPES.get(field.name, "text") for field in fields(OrderCopy)}
_ORDERS = text(f"""
    insert into customer_orders ({", ".join(_ORDER)}) select * from {told(_ORDER)} order by store_id, order_id
    on conflict (store_id, order_id) do update
    set {", ".join(f"{name} = excluded.{name}" for name in _ORDER if name not in ("store_id", "order_id"))}
    where excluded.version > customer_orders.version
""")  # noqa: S608
_ASKER = {"inquiry_id": "uuid", "customer_id": "text", "email_key": "text", "phone_key": "text"}
_ORDERS_OF = text(f"""
    select asker.inquiry_id, found.order_id, found.status, found.total, found.currency, found.placed_at
    from {told(_ASKER, "asker")}
    cross join lateral (
        select order_id, status, total, currency, placed_at from customer_orders
        where store_id = :store_id and (customer_id = asker.customer_id or email_key = asker.email_key or phone_key = asker.phone_key)
        order by placed_at desc, order_id desc limit :most
    ) as found
    order by found.placed_at desc, found.order_id desc
""")  # noqa: S608


async def remember_stocks(session: AsyncSession, stocks: Collection[StockLevel]) -> None:
    """The newest counts; of two of the same time the smaller. One per product."""
    if stocks:
        await session.execute(_STOCKS, {"rows": as_json(_STOCK, [astuple(stock) for stock in stocks])})


async def remember_listings(session: AsyncSession, listings: Collection[Listing]) -> None:
    """The newest becomes the product as it is now, which must have a stock already. One per product."""
    if listings:
        await session.execute(_LISTINGS, {"rows": as_json(_LISTING, [astuple(listing) for listing in listings])})


async def remember_orders(session: AsyncSession, orders: Collection[OrderCopy]) -> None:
    """The newest version counts. One per order."""
    if orders:
        await session.execute(_ORDERS, {"rows": as_json(_ORDER, [astuple(order) for order in orders])})


async def orders_of(session: AsyncSession, store_id: str, inquiries: Collection[InquiryRow]) -> dict[UUID, list[OrderBrief]]:
    """The newest orders of each one's customer, newest first; a guest's by e-mail and phone."""
    found: dict[UUID, list[OrderBrief]] = {row.inquiry_id: [] for row in inquiries}
    if inquiries:
        rows = as_json(_ASKER, [(row.inquiry_id, row.customer_id, row.email_key, row.phone_key) for row in inquiries])
        asked = {"rows": rows, "store_id": store_id, "most": MOST_ORDERS_SHOWN}
        for row in await session.execute(_ORDERS_OF, asked):
            found[row.inquiry_id].append(OrderBrief(row.order_id, row.status, Money(row.total, row.currency), row.placed_at))
    return found


async def product(session: AsyncSession, store_id: str, sku: str) -> ListedProduct:
    """UnknownProduct (404) for one that was never listed, whatever is known of its stock."""
    found = await products_named(session, store_id, [sku])
    if sku not in found:
        raise UnknownProduct("there is no such product")
    return found[sku]


async def products_named(session: AsyncSession, store_id: str, skus: Collection[str]) -> dict[str, ListedProduct]:
    """Those that are listed."""
    if not skus:
        return {}
    wanted = select(Product).where(Product.store_id == store_id, Product.listed_at.is_not(None), Product.sku.in_(skus))
    return {row.sku: _listed(row) for row in await session.scalars(wanted)}


async def products(
    session: AsyncSession, store_id: str, *, limit: int, after_sku: str | None, category: str | None, above: int | None, at_most: int | None
) -> Sequence[ListedProduct]:
    """Listed products by sku; `above` and `at_most` narrow to their stock."""
    found = select(Product).where(Product.store_id == store_id, Product.listed_at.is_not(None))
    if after_sku is not None:
        found = found.where(Product.sku > after_sku)
    if category is not None:
        found = found.where(Product.category == category)
    if above is not None:
        found = found.where(Product.stock > above)
    if at_most is not None:
        found = found.where(Product.stock <= at_most)
    return [_listed(row) for row in await session.scalars(found.order_by(Product.sku).limit(limit))]


def _listed(row: Product) -> ListedProduct:
    """Of a row that is listed whole, which a constraint sees to."""
    currency = str(row.currency)
    assert row.price is not None
    assert row.list_price is not None
    assert row.listed_at is not None
    return ListedProduct(
        sku=row.sku,
        name=str(row.name),
        category=str(row.category),
        price=Money(row.price, currency),
        list_price=Money(row.list_price, currency),
        wholesale_price=None if row.wholesale_price is None else Money(row.wholesale_price, currency),
        discounted=bool(row.discounted),
        attributes=row.attributes or {},
        url=str(row.url),
        stock=row.stock,
        listed_at=row.listed_at,
        stock_updated_at=row.stock_at,
    )
