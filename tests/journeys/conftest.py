from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.local.issuer import Issuer
from tests.databases import Databases
from tests.identity import running_issuer
from tests.journeys.customer import Story, begun
from tests.journeys.four_services import FourServices, prepared
from tests.running import ServiceProcesses, ServiceSettings


@pytest.fixture
def issuer(tmp_path: Path) -> Iterator[Issuer]:
    with running_issuer(tmp_path / "issuer") as issuer:
        yield issuer


@pytest_asyncio.fixture
async def four_services(
    tmp_path: Path, issuer: Issuer, databases: Databases, service_settings: ServiceSettings, processes: ServiceProcesses
) -> FourServices:
    """Running and ready."""
    made = await prepared(tmp_path, issuer, service_settings, processes, admin=await databases.create("kefu"))
    made.start()
    await made.answer()
    return made


@pytest_asyncio.fixture
async def story(four_services: FourServices, issuer: Issuer) -> AsyncIterator[Story]:
    """A customer who has done nothing yet, and all who will speak with her."""
    async with begun(four_services, issuer) as story:
        yield story
