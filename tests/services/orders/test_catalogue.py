"""The copies of products, shops and offers on real Postgres."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.catalogue import UnknownProduct
from services.orders.models import Base
from services.orders.repository import catalogue, offers
from services.orders.repository.offers import OfferWanted
from services.orders.usecases.catalogue import MixedCurrencies, record_offer, update_products
from services.orders.usecases.clocks import RECHECK
from shared import stores
from shared.calendar import BusinessCalendar
from shared.db import Database
from shared.events.inquiries import OfferMade
from shared.events.storefront import ProductListed, StockChanged, StoreUpdated
from shared.money import Money
from tests.databases import Databases

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
HELD = """
    insert into orders (store_id, order_id, version, steps, facts, failed_checks, waived, dues, status, twin_keys, waits_for, updated_at)
    values ('demo', :order_id, 1, 1, '{}', '[]', '[]', '[]', 'held', '{}', :names, now())
"""


@pytest_asyncio.fixture
async def session(databases: Databases) -> AsyncIterator[AsyncSession]:
    database = Database(await databases.create("catalogue"), name="orders")
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with database.transaction() as opened:
        yield opened
    await database.close()


def listed(sku: str = "MUG-RED", *, hours: float = 0, price: str = "12.50", stock: int = 100, **changed: Any) -> ProductListed:
    at = (MONDAY + hours * HOUR).isoformat()
    money = {"amount": price, "currency": "USD"}
    facts: dict[str, Any] = ProductListed.example | {"sku": sku, "updated_at": at, "price": money, "stock": stock}
    return ProductListed.model_validate_json(orjson.dumps(facts | changed))


def stock(amount: int, *, sku: str = "MUG-RED", hours: float = 0, store_id: str = "demo") -> StockChanged:
    at = (MONDAY + hours * HOUR).isoformat()
    return StockChanged.model_validate_json(orjson.dumps({"store_id": store_id, "sku": sku, "stock": amount, "updated_at": at}))


def shop(*, hours: float = 0, **changed: Any) -> StoreUpdated:
    return StoreUpdated.model_validate_json(
        orjson.dumps(StoreUpdated.example | {"updated_at": (MONDAY + hours * HOUR).isoformat()} | changed)
    )


def offer(number: int, **changed: Any) -> OfferMade:
    return OfferMade.model_validate_json(orjson.dumps(OfferMade.example | {"offer_id": str(UUID(int=number))} | changed))


async def price_at(session: AsyncSession, hours: float, sku: str = "MUG-RED") -> str | None:
    placed_at = MONDAY + hours * HOUR
    product = (await catalogue.priced_products(session, {("demo", sku): placed_at})).get(("demo", sku))
    return None if product is None else str(product.at(placed_at).price.amount)


async def rows(session: AsyncSession) -> list[Any]:
    return [list(await session.execute(text(f"select * from {table} order by 1, 2, 3"))) for table in ("products", "product_prices")]


async def test_the_newest_listing_and_the_newest_stock_count_each_by_its_own_time(session: AsyncSession) -> None:
    await update_products(session, [listed(hours=1, price="10.00", stock=50)], now=MONDAY)
    await update_products(
        session, [stock(7, hours=3), listed(hours=2, price="11.00", stock=60), listed(hours=0, price="9.00", stock=40)], now=MONDAY
    )

    product = await catalogue.product(session, "demo", "MUG-RED")

    assert (product.price, product.stock) == (Money.parse("11.00", "USD"), 7)


async def test_any_order_of_arrival_gives_the_same_copies(session: AsyncSession) -> None:
    told: list[ProductListed | StockChanged] = [
        listed(hours=0, price="9.00", stock=40),
        listed(hours=1, price="10.00", stock=50),
        listed(hours=1, price="10.50", stock=51),
        listed(hours=1, price="10.00", stock=50, category="cups"),
        stock(49, hours=1),
        stock(52, hours=1),
        stock(30, hours=0.5),
        listed("PLATE", hours=2, price="20.00"),
        stock(3, sku="PLATE", hours=2),
    ]
    await update_products(session, told, now=MONDAY)
    expected = await rows(session)
    shuffle = random.Random(7)

    for _ in range(20):
        await session.execute(text("truncate products, product_prices"))
        shuffle.shuffle(told)
        cut = shuffle.randrange(len(told))
        await update_products(session, told[:cut] or told, now=MONDAY)
        await update_products(session, told[cut:], now=MONDAY)
        assert await rows(session) == expected


async def test_a_stock_that_comes_before_its_listing_is_kept_and_used(session: AsyncSession) -> None:
    await update_products(session, [stock(2, hours=1)], now=MONDAY)
    assert await price_at(session, 1) is None
    with pytest.raises(UnknownProduct):
        await catalogue.product(session, "demo", "MUG-RED")

    await update_products(session, [listed(hours=0, stock=100)], now=MONDAY)

    assert (await catalogue.product(session, "demo", "MUG-RED")).stock == 2


@pytest.mark.parametrize("arrival", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
async def test_an_order_meets_the_price_of_its_time_even_when_listings_come_late(session: AsyncSession, arrival: tuple[int, ...]) -> None:
    listings = [listed(hours=0, price="9.00"), listed(hours=2, price="10.00"), listed(hours=4, price="11.00")]
    for index in arrival:
        await update_products(session, [listings[index]], now=MONDAY)

    assert [await price_at(session, hours) for hours in (-1, 0, 1.9, 2, 3.9, 4, 5)] == [
        "9.00",
        "9.00",
        "9.00",
        "10.00",
        "10.00",
        "11.00",
        "11.00",
    ]


async def test_facts_are_told_of_every_store_apart_and_of_listed_products_only(session: AsyncSession) -> None:
    await update_products(
        session, [listed(), listed(store_id="other", price="99.00", wholesale_price=None), stock(5, sku="NEVER-LISTED")], now=MONDAY
    )
    wanted = [("demo", "MUG-RED"), ("other", "MUG-RED"), ("demo", "NEVER-LISTED"), ("none", "MUG-RED")]

    products = await catalogue.priced_products(session, dict.fromkeys(wanted, MONDAY))

    facts = {key: product.at(MONDAY) for key, product in products.items()}
    assert {key[0]: str(fact.price) for key, fact in facts.items()} == {"demo": "12.50 USD", "other": "99.00 USD"}
    assert facts[wanted[0]].wholesale_price == Money.parse("9.00", "USD")
    assert facts[wanted[1]].wholesale_price is None
    assert await catalogue.priced_products(session, {}) == {}


async def test_one_look_answers_for_orders_of_several_times(session: AsyncSession) -> None:
    await update_products(session, [listed(hours=0, price="9.00")], now=MONDAY)
    await update_products(session, [listed(hours=2, price="10.00")], now=MONDAY)

    product = (await catalogue.priced_products(session, {("demo", "MUG-RED"): MONDAY - HOUR}))["demo", "MUG-RED"]

    assert [str(product.at(MONDAY + hours * HOUR).price.amount) for hours in (-1, 0, 1, 2, 3)] == ["9.00", "9.00", "9.00", "10.00", "10.00"]


async def test_products_are_listed_by_sku_and_narrowed(session: AsyncSession) -> None:
    told: list[ProductListed | StockChanged] = [
        listed("A", stock=4),
        listed("B", stock=3),
        listed("C", category="plates"),
        stock(9, sku="D"),
        listed("A", store_id="other"),
    ]
    await update_products(session, told, now=MONDAY)

    async def skus(**narrowed: Any) -> list[str]:
        return [product.sku for product in await catalogue.products(session, "demo", limit=10, **narrowed)]

    assert await skus() == ["A", "B", "C"]
    assert await skus(after_sku="A") == ["B", "C"]
    assert await skus(category="mugs") == ["A", "B"]
    assert await skus(stock_above=3) == ["A", "C"]
    assert await skus(stock_at_most=3) == ["B"]
    assert await skus(sku="B") == ["B"]


async def test_a_product_with_prices_in_two_currencies_is_refused(session: AsyncSession) -> None:
    with pytest.raises(MixedCurrencies):
        await update_products(session, [listed(list_price={"amount": "15.00", "currency": "EUR"})], now=MONDAY)


async def test_the_newest_word_of_a_shop_counts(session: AsyncSession) -> None:
    night = [{"days": ["sat"], "from": "22:00", "to": "02:00"}]
    await stores.remember_store(shop(hours=2, business_hours=night, time_zone="Europe/Berlin"), session, MONDAY + 2 * HOUR)
    await stores.remember_store(shop(hours=1), session, MONDAY + 2 * HOUR)

    calendars = await stores.calendars(session, ["demo", "unseen"])

    assert str(calendars["demo"].zone) == "Europe/Berlin"
    assert calendars["demo"].is_open(datetime(2026, 3, 7, 23, tzinfo=UTC))
    assert calendars["unseen"] == BusinessCalendar.default()


async def test_of_two_words_of_the_same_time_the_same_one_counts_whichever_came_first(session: AsyncSession) -> None:
    seen = set()
    for told in ((shop(name="One"), shop(name="Two")), (shop(name="Two"), shop(name="One"))):
        await session.execute(text("truncate stores"))
        for word in told:
            await stores.remember_store(word, session, MONDAY)
        seen.add(await session.scalar(text("select name from stores")))

    assert len(seen) == 1


async def test_an_offer_is_found_by_its_code_or_by_its_customer(session: AsyncSession) -> None:
    await record_offer(session, offer(1), now=MONDAY)
    await record_offer(session, offer(1, code="CHANGED"), now=MONDAY)
    await record_offer(session, offer(2, code="OTHER", percent=None, amount={"amount": "2.00", "currency": "USD"}), now=MONDAY)
    by_code, by_customer = OfferWanted("demo", "LILEI-5", "c-1"), OfferWanted("demo", None, "c-81")
    guest, elsewhere = OfferWanted("demo", None, None), OfferWanted("other", "LILEI-5", "c-81")

    found = await offers.offers_for(session, [by_code, by_customer, guest, elsewhere])

    assert [made.offer_id.int for made in found[by_code]] == [1]
    assert sorted(made.offer_id.int for made in found[by_customer]) == [1, 2]
    assert {made.amount for made in found[by_customer]} == {None, Money.parse("2.00", "USD")}
    assert found[guest] == found[elsewhere] == []


async def test_prices_that_nobody_asks_for_any_more_are_purged(session: AsyncSession) -> None:
    days = 24
    await update_products(session, [listed(hours=-800 * days), listed(hours=-700 * days), listed(hours=-2 * days)], now=MONDAY)

    superseded = await session.scalars(
        text(
            f"select valid_from from product_prices where valid_from < now() - interval '365 days' and ({catalogue.SUPERSEDED_PRICES.only})"
        )
    )

    assert superseded.all() == [MONDAY - 800 * days * HOUR]


async def test_a_held_order_that_waits_for_a_product_or_an_offer_is_checked_anew(session: AsyncSession) -> None:
    waits = {"10001": ["demo/MUG-RED"], "10002": ["demo/LILEI-5"], "10003": ["demo/PLATE"]}
    for order_id, names in waits.items():
        await session.execute(text(HELD), {"order_id": order_id, "names": names})

    await update_products(session, [listed(), listed("CUP"), listed(store_id="other")], now=MONDAY)
    await record_offer(session, offer(1), now=MONDAY)

    timers = await session.execute(text("select kind, key, due_at from timers order by key"))
    assert timers.all() == [(RECHECK, "demo/LILEI-5", MONDAY), (RECHECK, "demo/MUG-RED", MONDAY)]
