from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from deploy.local.issuer import Issuer
from services.inquiry.service import service as inquiry_service
from shared.db import Database
from shared.http.app import create_app
from shared.service import Service
from shared.settings import Settings
from tests.identity import as_role, running_issuer
from tests.services.inquiry.shop import Clock, Shop


@pytest.fixture
def service() -> Service:
    return inquiry_service


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def shop(clean_database: Database, clock: Clock) -> Shop:
    """The demo store, open around the clock, on real Postgres."""
    opened = Shop(clean_database, clock)
    await opened.opens()
    return opened


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    directory: Path = tmp_path_factory.mktemp("issuer")
    with running_issuer(directory) as issuer:
        yield issuer


@pytest.fixture
def app(clean_database: Database, issuer: Issuer, clock: Clock) -> FastAPI:
    return create_app(inquiry_service, Settings(oidc_issuer=issuer.url), clean_database, clock)


@pytest_asyncio.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Its paths are below the store `demo`."""
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://inquiry/v1/stores/demo") as client,
    ):
        yield client


@pytest.fixture
def agent(issuer: Issuer) -> dict[str, str]:
    return as_role(issuer, "agent", sub="wang")


@pytest.fixture
def colleague(issuer: Issuer) -> dict[str, str]:
    return as_role(issuer, "agent", sub="zhao")


@pytest.fixture
def supervisor(issuer: Issuer) -> dict[str, str]:
    return as_role(issuer, "supervisor", sub="chen")


@pytest_asyncio.fixture
async def widget(client: httpx.AsyncClient, issuer: Issuer) -> dict[str, str]:
    """The shop's own key."""
    key = (await client.post("/api-keys", headers=as_role(issuer, "admin"))).json()["secret"]
    return {"X-API-Key": key}
