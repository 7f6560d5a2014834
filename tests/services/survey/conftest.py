from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from deploy.local.issuer import Issuer
from services.survey.service import service as survey_service
from shared.db import Database
from shared.http.app import create_app
from shared.service import Service
from shared.settings import Settings
from tests.identity import as_role, running_issuer
from tests.services.survey.desk import Clock, Desk


@pytest.fixture
def service() -> Service:
    return survey_service


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(clean_database: Database, clock: Clock) -> Desk:
    return Desk(clean_database, clock)


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    directory: Path = tmp_path_factory.mktemp("issuer")
    with running_issuer(directory) as issuer:
        yield issuer


@pytest.fixture
def app(clean_database: Database, issuer: Issuer, clock: Clock) -> FastAPI:
    return create_app(survey_service, Settings(oidc_issuer=issuer.url), clean_database, clock)


@pytest_asyncio.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://survey") as client,
    ):
        yield client


@pytest.fixture
def agent(issuer: Issuer) -> dict[str, str]:
    return as_role(issuer, "agent", sub="li")


@pytest.fixture
def operations(issuer: Issuer) -> dict[str, str]:
    return as_role(issuer, "operations")
