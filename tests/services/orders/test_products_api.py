"""Products as their storefronts listed them, over HTTP (INQ-10)."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import pytest_asyncio

from deploy.local.issuer import Issuer
from services.orders.api import products
from services.orders.models import Base
from services.orders.usecases.catalogue import update_products
from shared.clock import utc_now
from shared.db import Database
from shared.events.storefront import ProductListed, StockChanged
from shared.http.app import create_app
from shared.service import Service
from shared.settings import Settings
from tests.databases import Databases
from tests.identity import as_role, running_issuer

PRODUCTS = "/v1/stores/demo/products"


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    directory: Path = tmp_path_factory.mktemp("issuer")
    with running_issuer(directory) as issuer:
        yield issuer


@pytest_asyncio.fixture
async def client(databases: Databases, issuer: Issuer) -> AsyncIterator[httpx.AsyncClient]:
    """Of a store with mugs A (4 left), B (3 left) and plate C, and a stock without a listing."""
    database = Database(await databases.create("products"), name="orders")
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    told: list[ProductListed | StockChanged] = [listed("A", stock=4), listed("B", stock=3), listed("C", category="plates"), unlisted("D")]
    async with database.transaction() as session:
        await update_products(session, told, now=utc_now())
    service = Service(name="orders", tables=Base.metadata, routers=[products.router])
    app = create_app(service, Settings(oidc_issuer=issuer.url), database)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://orders", headers=as_role(issuer, "agent")) as opened:
        yield opened
    await database.close()


def listed(sku: str, **changed: Any) -> ProductListed:
    return ProductListed.model_validate_json(orjson.dumps({**ProductListed.example, "sku": sku, **changed}))


def unlisted(sku: str) -> StockChanged:
    return StockChanged.model_validate_json(orjson.dumps({**StockChanged.example, "sku": sku}))


async def test_a_product_is_shown_as_its_storefront_listed_it(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{PRODUCTS}/A")

    assert answer.status_code == 200
    assert answer.json() == {
        "sku": "A",
        "name": "Red mug",
        "category": "mugs",
        "price": {"amount": "12.50", "currency": "USD"},
        "list_price": {"amount": "15.00", "currency": "USD"},
        "wholesale_price": {"amount": "9.00", "currency": "USD"},
        "discounted": True,
        "attributes": {"colour": "red", "volume_ml": 330},
        "url": "https://demo.example/mug-red",
        "stock": 4,
        "available": True,
        "listed_at": "2026-03-01T00:00:00Z",
        "stock_updated_at": "2026-03-01T00:00:00Z",
    }


@pytest.mark.parametrize("sku", ["D", "NONE"])
async def test_a_product_that_was_never_listed_is_not_found(client: httpx.AsyncClient, sku: str) -> None:
    answer = await client.get(f"{PRODUCTS}/{sku}")

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("narrowed", "skus"),
    [
        ({}, ["A", "B", "C"]),
        ({"category": "mugs"}, ["A", "B"]),
        ({"available": "true"}, ["A", "C"]),
        ({"available": "false"}, ["B"]),
        ({"sku": "B"}, ["B"]),
        ({"sku": "D"}, []),
    ],
)
async def test_products_are_narrowed_by_sku_category_and_availability(
    client: httpx.AsyncClient, narrowed: dict[str, str], skus: list[str]
) -> None:
    answer = await client.get(PRODUCTS, params=narrowed)

    assert [product["sku"] for product in answer.json()["items"]] == skus


async def test_products_come_in_pages(client: httpx.AsyncClient) -> None:
    first = (await client.get(PRODUCTS, params={"limit": 2})).json()
    second = (await client.get(PRODUCTS, params={"limit": 2, "cursor": first["next"]})).json()

    assert [[product["sku"] for product in page["items"]] for page in (first, second)] == [["A", "B"], ["C"]]
    assert second["next"] is None


async def test_products_are_the_stores_own(client: httpx.AsyncClient, issuer: Issuer) -> None:
    elsewhere = await client.get(PRODUCTS, headers=as_role(issuer, "agent", stores=("other",)))

    assert elsewhere.status_code == 404
