from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from deploy.local.issuer import Issuer
from services.orders.service import service as orders_service
from shared.db import Database
from shared.http.app import create_app
from shared.service import Service
from shared.settings import Settings
from tests.identity import as_role, running_issuer
from tests.services.orders.desk import Desk
from tests.services.orders.shop import Clock, Shop


@pytest.fixture
def service() -> Service:
    return orders_service


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def shop(clean_database: Database, clock: Clock) -> Shop:
    """A store whose mugs are listed, on real Postgres."""
    opened = Shop(clean_database, clock)
    await opened.lists("MUG-RED", "12.50", stock=100)
    await opened.lists("MUG-BLUE", "8.00", stock=100)
    return opened


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop)


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    directory: Path = tmp_path_factory.mktemp("issuer")
    with running_issuer(directory) as issuer:
        yield issuer


@pytest.fixture
def app(clean_database: Database, issuer: Issuer, clock: Clock) -> FastAPI:
    return create_app(orders_service, Settings(oidc_issuer=issuer.url), clean_database, clock)


@pytest_asyncio.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Its paths are below the store `demo`."""
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://orders/v1/stores/demo") as client,
    ):
        yield client


@pytest.fixture
def admin(issuer: Issuer) -> dict[str, str]:
    return as_role(issuer, "admin")


@pytest.fixture
def boss(issuer: Issuer) -> dict[str, str]:
    return as_role(issuer, "supervisor")
