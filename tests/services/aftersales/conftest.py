from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from deploy.local.issuer import Issuer
from services.aftersales.service import service as aftersales_service
from shared.db import Database
from shared.http.app import create_app
from shared.service import Service
from shared.settings import Settings
from tests.identity import running_issuer
from tests.services.aftersales.desk import Clock, Desk


@pytest.fixture
def service() -> Service:
    return aftersales_service


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(clean_database: Database, clock: Clock) -> Desk:
    """A store's aftersales desk on real Postgres."""
    return Desk(clean_database, clock)


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    directory: Path = tmp_path_factory.mktemp("issuer")
    with running_issuer(directory) as issuer:
        yield issuer


@pytest.fixture
def app(clean_database: Database, issuer: Issuer, clock: Clock) -> FastAPI:
    return create_app(aftersales_service, Settings(oidc_issuer=issuer.url), clean_database, clock)


@pytest_asyncio.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Its paths are below the store `demo`."""
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://aftersales/v1/stores/demo") as client,
    ):
        yield client
