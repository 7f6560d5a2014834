import asyncio
from collections.abc import AsyncIterator, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from sqlalchemy import MetaData, text
from structlog.testing import capture_logs

from deploy.local.issuer import Issuer
from shared.db import Database
from shared.frame import NAMING, frame_tables
from shared.http.app import create_app
from shared.settings import Settings
from tests.databases import Databases
from tests.identity import running_issuer
from tests.shared import toy
from tests.stack import Stack


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    """What was logged, which is not printed: a process configures that when it starts."""
    with capture_logs() as logged:
        yield logged


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    directory: Path = tmp_path_factory.mktemp("issuer")
    with running_issuer(directory) as issuer:
        yield issuer


@pytest.fixture(scope="session")
def toy_url(stack: Stack) -> Iterator[str]:
    """A database with the toy service's tables and the frame's."""
    databases = Databases(stack.admin_url)
    url = asyncio.run(_made(databases))
    yield url
    asyncio.run(databases.drop())


@pytest_asyncio.fixture
async def toy_database(toy_url: str) -> AsyncIterator[Database]:
    """Empty."""
    database = Database(toy_url, name="toy")
    async with database.engine.begin() as connection:
        await connection.execute(text("truncate things, idempotency_keys, api_keys, policies, audit"))
    yield database
    await database.close()


async def _made(databases: Databases) -> str:
    url = await databases.create("toy")
    database = Database(url, name="toy")
    metadata = MetaData(naming_convention=NAMING)
    frame_tables(metadata)
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        await connection.run_sync(toy.tables.create_all)
    await database.close()
    return url


@pytest.fixture
def clock() -> toy.TestClock:
    return toy.TestClock()


@pytest.fixture
def app(toy_database: Database, issuer: Issuer, clock: toy.TestClock) -> FastAPI:
    return create_app(toy.service, Settings(oidc_issuer=issuer.url), toy_database, clock)


@pytest.fixture
def offline_app(issuer: Issuer) -> FastAPI:
    """Its Postgres is not there."""
    return create_app(toy.service, Settings(oidc_issuer=issuer.url), Database("postgresql://nobody:x@127.0.0.1:1/none", name="toy"))


@pytest_asyncio.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with toy.client_of(app) as client:
        yield client


@pytest_asyncio.fixture
async def offline_client(offline_app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with toy.client_of(offline_app) as client:
        yield client
