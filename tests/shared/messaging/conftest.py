from collections.abc import AsyncIterator

import pytest_asyncio

from shared.migrations.topics import create_topics
from shared.service import Service
from shared.settings import Settings
from tests.running import ServiceSettings, create_tables
from tests.shared.messaging import toy
from tests.shared.messaging.toy import SAID_ON, TOPIC, Handling, Toy


async def prepare(service: Service, settings: Settings) -> None:
    await create_tables(service, settings)
    await create_topics(settings, {TOPIC, SAID_ON})


@pytest_asyncio.fixture
async def shop(service_settings: ServiceSettings) -> AsyncIterator[Toy]:
    """The toy service with tables and topics of its own; nothing runs yet."""
    handling = Handling()
    made = toy.service(handling)
    running = await toy.make(await service_settings(made, prepare=prepare), handling, made)
    yield running
    await running.close()
