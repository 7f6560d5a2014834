import asyncio
import dataclasses
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from deploy.local.children import LocalStackError
from tests.databases import Databases
from tests.stack import Choice, KafkaServer, PostgresServer, RunningStack, Servers, Stack, choose

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from shared.db import Database
    from shared.service import Service
    from tests.collector import Collector
    from tests.running import Migrated, ServiceProcesses, ServiceSettings

_CHOICE = pytest.StashKey[Choice]()
_RUNNING = pytest.StashKey[RunningStack]()


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        config.stash[_CHOICE] = choose()
        if config.getoption("numprocesses", default=None):
            os.environ["KEFU_TEST_STACK"] = json.dumps(dataclasses.asdict(_start(config)))
    except LocalStackError as problem:
        raise pytest.UsageError(str(problem)) from problem


def pytest_report_header(config: pytest.Config) -> str:
    return str(config.stash.get(_CHOICE, ""))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()):
            item.add_marker("integration")


def pytest_unconfigure(config: pytest.Config) -> None:
    running = config.stash.get(_RUNNING, None)
    if running is not None:
        os.environ.pop("KEFU_TEST_STACK", None)
        running.stop()


def _start(config: pytest.Config) -> Stack:
    config.stash[_RUNNING] = RunningStack(config.stash[_CHOICE].kind)
    return config.stash[_RUNNING].start()


@pytest.fixture(scope="session")
def stack(pytestconfig: pytest.Config) -> Stack:
    """The run's PostgreSQL and Kafka, shared by its workers; without workers it starts with the first test that asks for it."""
    shared = os.environ.get("KEFU_TEST_STACK")
    return Stack(**json.loads(shared)) if shared else _start(pytestconfig)


@pytest.fixture
def servers(stack: Stack) -> Iterator[Servers]:
    made = Servers(stack.kind)
    yield made
    asyncio.run(made.remove())


@pytest_asyncio.fixture
async def private_postgres(servers: Servers) -> PostgresServer:
    """This test's own PostgreSQL, running: it may stop, kill and start it."""
    server = servers.postgres()
    await server.start()
    return server


@pytest_asyncio.fixture
async def private_kafka(servers: Servers) -> KafkaServer:
    """This test's own Kafka, running: it may stop, kill and start it."""
    server = servers.kafka()
    await server.start()
    return server


@pytest_asyncio.fixture
async def databases(stack: Stack) -> AsyncIterator[Databases]:
    """Makes databases and login roles on the run's PostgreSQL, gone after the test."""
    made = Databases(stack.admin_url)
    yield made
    await made.drop()


@pytest_asyncio.fixture
async def service_settings(stack: Stack, databases: Databases) -> AsyncIterator["ServiceSettings"]:
    """`await service_settings(service)`: Settings of a service that is migrated into a fresh database, under a fresh topic prefix."""
    from tests.running import ServiceSettings, delete_topics  # noqa: PLC0415 - a test that needs no service does not wait for its imports

    made = ServiceSettings(databases, stack.kafka)
    yield made
    await delete_topics(stack.kafka, made.prefix)


@pytest_asyncio.fixture
async def processes() -> AsyncIterator["ServiceProcesses"]:
    """`processes.start("services.orders", "worker", settings=settings)`: a real process, killed when the test ends."""
    from tests.running import ServiceProcesses  # noqa: PLC0415 - as above

    started = ServiceProcesses()
    yield started
    await started.remove()


@pytest.fixture
def collector() -> Iterator["Collector"]:
    """Takes the spans of processes that are given its `url`."""
    from tests.collector import collecting  # noqa: PLC0415 - as above

    with collecting() as made:
        yield made


@pytest.fixture
def service() -> "Service":
    """Whose database `database` and `session` are; a service's own tests override it."""
    raise NotImplementedError


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def migrated(stack: Stack) -> AsyncIterator["Migrated"]:
    from tests.running import Migrated  # noqa: PLC0415 - as above

    made = Migrated(stack)
    yield made
    await made.drop()


@pytest_asyncio.fixture
async def database(service: "Service", migrated: "Migrated") -> AsyncIterator["Database"]:
    """The service's database of this worker: migrated once, empty at the start of a test that commits nothing."""
    opened = service.database(await migrated.settings(service))
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def clean_database(service: "Service", migrated: "Migrated", database: "Database") -> AsyncIterator["Database"]:
    """For a test that commits: `database`, emptied when the test is over."""
    yield database
    await migrated.empty(service)


@pytest_asyncio.fixture
async def session(database: "Database") -> AsyncIterator["AsyncSession"]:
    """In a transaction that is rolled back; a commit in it is a savepoint, before which the outbox is written."""
    from tests.running import rolled_back  # noqa: PLC0415 - as above

    async with rolled_back(database) as opened:
        yield opened
