from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from deploy.local.issuer import Issuer
from shared.db import Database
from shared.http.app import create_app
from shared.settings import Settings
from tests.identity import as_role
from tests.running import ServiceSettings, create_tables
from tests.shared.tasks.bakery import Bakery, bakery_service
from tests.shared.toy import TestClock


@pytest_asyncio.fixture
async def bakery(service_settings: ServiceSettings, clock: TestClock) -> AsyncIterator[Bakery]:
    service = bakery_service()
    settings = await service_settings(service, prepare=create_tables)
    opened = Bakery(service, Database(settings.database_url.get_secret_value(), name="bakery"), clock)
    yield opened
    await opened.database.close()


@pytest.fixture
def bakery_app(bakery: Bakery, issuer: Issuer, clock: TestClock) -> FastAPI:
    return create_app(bakery.service, Settings(oidc_issuer=issuer.url), bakery.database, clock)


@pytest_asyncio.fixture
async def client(bakery_app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Its paths are below the store `demo`."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=bakery_app), base_url="http://bakery/v1/stores/demo") as client:
        yield client


@pytest.fixture
def purchasing(issuer: Issuer) -> dict[str, str]:
    return as_role(issuer, "purchasing", sub="li") | {"If-Match": "*"}


@pytest.fixture
def supervisor(issuer: Issuer) -> dict[str, str]:
    return as_role(issuer, "supervisor", sub="boss") | {"If-Match": "*"}
