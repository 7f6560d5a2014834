"""Products and their prices: copies of what storefronts said, written so that any order of arrival gives the same rows."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from operator import eq, gt, le

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.catalogue import ListedProduct, PricedProduct, ProductFact, ProductNow, UnknownProduct
from services.orders.models.catalogue import Product
from shared.money import Money
from shared.retention import Retention

Sku = tuple[str, str]  # ids given by storefronts are unique in their store only

# A price is still asked for while it is valid: what goes is older than a price that is itself more than a year old.
SUPERSEDED_PRICES = Retention(
    "product_prices",
    "valid_from",
    days=365,
    only="""exists (select 1 from product_prices as later where later.store_id = product_prices.store_id and later.sku = product_prices.sku
                    and later.valid_from > product_prices.valid_from and later.valid_from < now() - interval '365 days')""",
)


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
    digest: bytes
    name: str
    category: str
    currency: str
    price: Decimal
    list_price: Decimal
    wholesale_price: Decimal | None
    discounted: bool
    attributes: str
    url: str


_STOCKS = text("""
    insert into products (store_id, sku, stock, stock_at)
    select * from unnest(cast(:store_id as text[]), cast(:sku as text[]), cast(:stock as integer[]), cast(:stock_at as timestamptz[]))
    on conflict (store_id, sku) do update set stock = excluded.stock, stock_at = excluded.stock_at
    where (excluded.stock_at, products.stock) > (products.stock_at, excluded.stock)
""")
_NEW = """
    unnest(cast(:store_id as text[]), cast(:sku as text[]), cast(:listed_at as timestamptz[]), cast(:digest as bytea[]),
           cast(:name as text[]), cast(:category as text[]), cast(:currency as text[]), cast(:price as numeric[]),
           cast(:list_price as numeric[]), cast(:wholesale_price as numeric[]), cast(:discounted as boolean[]),
           cast(:attributes as text[]), cast(:url as text[]))
    as new (store_id, sku, listed_at, digest, name, category, currency, price, list_price, wholesale_price, discounted, attributes, url)
"""
_LISTINGS = text(f"""
    update products set listed_at = new.listed_at, digest = new.digest, name = new.name, category = new.category, currency = new.currency,
           price = new.price, list_price = new.list_price, wholesale_price = new.wholesale_price, discounted = new.discounted,
           attributes = cast(new.attributes as jsonb), url = new.url
    from {_NEW}
    where products.store_id = new.store_id and products.sku = new.sku
      and (products.listed_at is null or (new.listed_at, new.digest) > (products.listed_at, products.digest))
""")  # noqa: S608
_PRICES = text("""
    insert into product_prices (store_id, sku, valid_from, digest, currency, price, wholesale_price)
    select * from unnest(cast(:store_id as text[]), cast(:sku as text[]), cast(:listed_at as timestamptz[]), cast(:digest as bytea[]),
                         cast(:currency as text[]), cast(:price as numeric[]), cast(:wholesale_price as numeric[]))
    on conflict (store_id, sku, valid_from) do update
    set digest = excluded.digest, currency = excluded.currency, price = excluded.price, wholesale_price = excluded.wholesale_price
    where excluded.digest > product_prices.digest
""")
# The newest listing answers for orders placed since; the history is only read for a product that an older order asks for.
_FACTS = text("""
    select products.store_id, products.sku, category, stock, listed_at, currency, price, wholesale_price, history.*
    from unnest(cast(:store_id as text[]), cast(:sku as text[]), cast(:oldest as timestamptz[])) as wanted (store_id, sku, oldest)
    join products on products.store_id = wanted.store_id and products.sku = wanted.sku and listed_at is not null
    left join lateral (
        select array_agg(valid_from order by valid_from) as since, array_agg(known.currency order by valid_from) as currencies,
               array_agg(known.price order by valid_from) as prices,
               array_agg(known.wholesale_price order by valid_from) as wholesale_prices
        from product_prices as known
        where listed_at > wanted.oldest and known.store_id = wanted.store_id and known.sku = wanted.sku
          and valid_from >= coalesce((select max(valid_from) from product_prices as before
                                      where before.store_id = wanted.store_id and before.sku = wanted.sku
                                        and valid_from <= wanted.oldest), '-infinity')
    ) as history on true
""")
_NOW = "sku, name, category, stock, currency, price, wholesale_price"
_ON_SALE = text(f"""
    select {_NOW} from products where store_id = :store_id and sku = any(cast(:skus as text[])) and listed_at is not null
""")  # noqa: S608
_OUT = text("""
    select store_id, sku from products join unnest(cast(:store_ids as text[]), cast(:skus as text[])) as wanted (store_id, sku)
           using (store_id, sku)
    where stock <= 0 and listed_at is not null
""")
_SIMILAR = text(f"""
    select {_NOW} from products
    where store_id = :store_id and category = :category and sku <> :sku and currency = :currency and stock > :stock_above
      and listed_at is not null
    order by abs(price - :price), sku limit :limit
""")  # noqa: S608


async def remember_stocks(session: AsyncSession, stocks: Collection[StockLevel]) -> None:
    """The newest counts; of two of the same time the smaller. One per product; locks the products in their order."""
    ordered = sorted(stocks, key=lambda stock: (stock.store_id, stock.sku))
    await session.execute(_STOCKS, _columns(ordered, ("store_id", "sku", "stock", "stock_at")))


async def remember_listings(session: AsyncSession, listings: Collection[Listing]) -> None:
    """The newest becomes the product as it is now, which must have a stock already. One per product."""
    if listings:
        await session.execute(_LISTINGS, _columns(listings, [field.name for field in fields(Listing)]))


async def remember_prices(session: AsyncSession, listings: Collection[Listing]) -> None:
    """Every listing's prices, also of older ones. One per product and time."""
    if listings:
        ordered = sorted(listings, key=lambda listing: (listing.store_id, listing.sku, listing.listed_at))
        columns = ("store_id", "sku", "listed_at", "digest", "currency", "price", "wholesale_price")
        await session.execute(_PRICES, _columns(ordered, columns))


async def priced_products(session: AsyncSession, wanted: Mapping[Sku, datetime]) -> dict[Sku, PricedProduct]:
    """With their prices since the time wanted; what was never listed is missing."""
    if not wanted:
        return {}
    columns = {"store_id": [store_id for store_id, _ in wanted], "sku": [sku for _, sku in wanted], "oldest": list(wanted.values())}
    return {(row.store_id, row.sku): _priced(row) for row in await session.execute(_FACTS, columns)}


async def product(session: AsyncSession, store_id: str, sku: str) -> ListedProduct:
    """UnknownProduct (404) for one that was never listed, whatever is known of its stock."""
    found = await products(session, store_id, limit=1, sku=sku)
    if not found:
        raise UnknownProduct("there is no such product")
    return found[0]


async def on_sale(session: AsyncSession, store_id: str, skus: Collection[str]) -> dict[str, ProductNow]:
    """Those of them that were listed, by sku."""
    if not skus:
        return {}
    rows = await session.execute(_ON_SALE, {"store_id": store_id, "skus": sorted(skus)})
    return {row.sku: _product_now(row) for row in rows}


async def out_of_stock(session: AsyncSession, skus: Collection[Sku]) -> set[Sku]:
    """Those of them that the store sells and has none of."""
    if not skus:
        return set()
    wanted = {"store_ids": [store_id for store_id, _ in skus], "skus": [sku for _, sku in skus]}
    return {(row.store_id, row.sku) for row in await session.execute(_OUT, wanted)}


async def similar(session: AsyncSession, store_id: str, like: ProductNow, *, stock_above: int, limit: int) -> list[ProductNow]:
    """Others of the category that are in stock, nearest price first (INQ-11)."""
    asked = {"store_id": store_id, "sku": like.sku, "category": like.category, "currency": like.price.currency, "price": like.price.amount}
    rows = await session.execute(_SIMILAR, {**asked, "stock_above": stock_above, "limit": limit})
    return [_product_now(row) for row in rows]


async def products(
    session: AsyncSession,
    store_id: str,
    *,
    limit: int,
    after_sku: str | None = None,
    sku: str | None = None,
    category: str | None = None,
    stock_above: int | None = None,
    stock_at_most: int | None = None,
) -> list[ListedProduct]:
    """Listed products by sku."""
    found = select(Product).where(Product.store_id == store_id, Product.listed_at.is_not(None))
    conditions = (
        (gt, Product.sku, after_sku),
        (eq, Product.sku, sku),
        (eq, Product.category, category),
        (gt, Product.stock, stock_above),
        (le, Product.stock, stock_at_most),
    )
    found = found.where(*[compare(column, given) for compare, column, given in conditions if given is not None])
    rows = await session.execute(found.with_only_columns(*Product.__table__.columns).order_by(Product.sku).limit(limit))
    return [_listed_product(row) for row in rows]


def _columns(rows: Collection[StockLevel | Listing], names: Iterable[str]) -> dict[str, list[object]]:
    """Rows as the arrays `unnest` takes."""
    return {name: [getattr(row, name) for row in rows] for name in names}


def _money(amount: Decimal | None, currency: str) -> Money | None:
    return None if amount is None else Money(amount, currency)


def _priced(row: Row[*tuple[object, ...]]) -> PricedProduct:
    newest = _fact(row, row.currency, row.price, row.wholesale_price)
    if row.since is None:
        return PricedProduct(newest, row.listed_at)
    prices = zip(row.since, row.currencies, row.prices, row.wholesale_prices, strict=True)
    return PricedProduct(newest, row.listed_at, [(since, _fact(row, *price)) for since, *price in prices])


def _fact(row: Row[*tuple[object, ...]], currency: str, price: Decimal, wholesale_price: Decimal | None) -> ProductFact:
    return ProductFact(Money(price, currency), _money(wholesale_price, currency), row.stock, row.category)


def _product_now(row: Row[*tuple[object, ...]]) -> ProductNow:
    wholesale_price = _money(row.wholesale_price, row.currency)
    return ProductNow(row.sku, row.name, row.category, Money(row.price, row.currency), wholesale_price, row.stock)


def _listed_product(row: Row[*tuple[object, ...]]) -> ListedProduct:
    return ListedProduct(
        sku=row.sku,
        name=row.name,
        category=row.category,
        price=Money(row.price, row.currency),
        list_price=Money(row.list_price, row.currency),
        wholesale_price=_money(row.wholesale_price, row.currency),
        discounted=row.discounted,
        attributes=row.attributes,
        url=row.url,
        stock=row.stock,
        listed_at=row.listed_at,
        stock_updated_at=row.stock_at,
    )
