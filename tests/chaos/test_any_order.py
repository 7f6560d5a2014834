"""Services, and what prepares them, start before there is a Kafka or a PostgreSQL: they say what they wait for, and then they work."""

import asyncio
import contextlib
import random
from pathlib import Path

import httpx
import pytest

from deploy.local.issuer import Issuer
from shared.service import Service
from shared.settings import Settings
from tests.journeys.customer import begun
from tests.journeys.four_services import NAMES, FourServices, prepared
from tests.running import ServiceProcess, ServiceProcesses, ServiceSettings
from tests.stack import KafkaServer, PostgresServer, Servers
from tests.support import wait_until

pytestmark = pytest.mark.timeout(240)
CONTENT = ""
NO_DATABASE = "the database does not answer"


@pytest.mark.parametrize("last", ["PostgreSQL", "Kafka"])
async def test_all_four_started_in_any_order_wait_for_their_servers_and_then_work(
    last: str, tmp_path: Path, issuer: Issuer, servers: Servers, service_settings: ServiceSettings, processes: ServiceProcesses
) -> None:
    postgres, kafka = servers.postgres(), servers.kafka()
    services = await nothing_there(tmp_path, issuer, service_settings, processes, postgres, kafka)
    migrations = await start_in_any_order(services)

    assert await comes_to({CONTENT}, services, "live") == {CONTENT}
    assert await comes_to({NO_DATABASE}, services, "ready") == {NO_DATABASE}

    first, second = (kafka, postgres) if last == "PostgreSQL" else (postgres, kafka)
    await first.start()
    waiting = {NO_DATABASE} if last == "PostgreSQL" else {CONTENT, without(kafka)}
    assert await comes_to(waiting, services, "ready") == waiting
    assert all(each.is_running for each in migrations)

    await second.start()
    assert [await migration.exit_code(within=60) for migration in migrations] == [0] * len(NAMES)
    await services.answer()
    async with begun(services, issuer) as story:
        await story.plays("opens", "asks", "orders")

    assert all(each.is_running for each in (*services.apis.values(), *services.workers.values()))


async def nothing_there(
    directory: Path, issuer: Issuer, settings: ServiceSettings, processes: ServiceProcesses, postgres: PostgresServer, kafka: KafkaServer
) -> FourServices:
    """A PostgreSQL has an address once it has run; it has nothing of ours, and is away again."""
    await postgres.start()
    admin = postgres.url
    await postgres.stop()
    return await prepared(directory, issuer, settings, processes, admin=admin, kafka=kafka.address, prepare=leave)


async def leave(_service: Service, _settings: Settings) -> None:
    """The processes prepare themselves."""


def without(kafka: KafkaServer) -> str:
    """What a worker says of it, for each of the two that need it."""
    away = f"Kafka does not answer: none of {kafka.address} answers"
    return f"consumer: {away}; relay: {away}"


async def start_in_any_order(services: FourServices) -> list[ServiceProcess]:
    """Those that migrate."""
    migrations = []
    for name in random.sample(NAMES, len(NAMES)):
        services.start([name])
        migrations.append(services.processes.start(f"services.{name}", "migrate", settings=services.settings[name]))
    return migrations


async def comes_to(expected: set[str], services: FourServices, probe: str) -> set[str]:
    """What the processes complain of, once it is this; after a while whatever it is. Content is an empty text."""
    seen: list[set[str]] = []

    async def there() -> bool:
        seen.append(await complaints(services, probe))
        return seen[-1] == expected

    with contextlib.suppress(AssertionError):
        await wait_until(there, within=60, pause=0.2)
    return seen[-1]


async def complaints(services: FourServices, probe: str) -> set[str]:
    try:
        async with httpx.AsyncClient() as client:
            answers = await asyncio.gather(*(client.get(f"{address}/{probe}") for address in services.probes))
    except httpx.TransportError:
        return {"does not answer"}
    return {"" if answer.is_success else answer.json()["detail"] for answer in answers}
