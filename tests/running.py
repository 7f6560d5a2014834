"""A service's settings on databases and topics of its own, and its processes as real processes."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient
from alembic.migration import MigrationContext
from alembic.operations import Operations
from pydantic import SecretStr
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import AsyncSession

from deploy.local.children import finished, free_port, spawn, stop
from shared.clock import new_id
from shared.db import Database
from shared.direct import DirectSession
from shared.frame import create_frame
from shared.messaging.outbox import OutboxSession
from shared.migrations import migrate
from shared.migrations.connection import admin_engine
from shared.migrations.roles import create_role_and_schema
from shared.migrations.schema import upgrade
from shared.migrations.topics import create_topics
from shared.service import Service
from shared.settings import Settings
from tests.databases import Databases
from tests.stack import Stack
from tests.support import wait_until

Prepare = Callable[[Service, Settings], Awaitable[None]]
_RESTART = "select setval(oid::regclass, 1, false) from pg_class where relkind = 'S' and relnamespace = current_schema()::regnamespace"
SIGNING_KEY = "a key of at least thirty-two characters"


def fresh_prefix() -> str:
    """Before every topic and group of one test, so that it sees nobody else's records."""
    return f"t{new_id().hex[-12:]}-"


class ServiceSettings:
    """Makes settings for a service: fresh database and login, a topic prefix (and with it groups) of their own, all prepared."""

    def __init__(self, databases: Databases, kafka: str) -> None:
        self._databases = databases
        self._kafka = kafka
        self.prefix = fresh_prefix()

    async def __call__(
        self, service: Service, *, prepare: Prepare = migrate, admin_url: str = "", kafka: str = "", **variables: str
    ) -> Settings:
        """`prepare` is `create_tables` for a service without migrations. `admin_url` and `kafka` name servers of the test's own."""
        admin = admin_url or await self._databases.create(service.name)
        settings = service.settings.model_validate(
            {
                "database_url": self._databases.login(admin, service.name),
                "admin_database_url": admin,
                "kafka_bootstrap_servers": kafka or self._kafka,
                "kafka_topic_prefix": self.prefix,
                "oidc_issuer": "http://127.0.0.1:1",
                "signing_keys": SIGNING_KEY,
                "port": free_port(),
                "health_port": free_port(),
            }
            | variables
        )
        await prepare(service, settings)
        return settings


class Migrated:
    """One database per service for all tests of a worker, migrated when it is first asked for."""

    def __init__(self, stack: Stack) -> None:
        self._databases = Databases(stack.admin_url)
        self._make = ServiceSettings(self._databases, stack.kafka)
        self._settings: dict[str, Settings] = {}

    async def settings(self, service: Service) -> Settings:
        if service.name not in self._settings:
            self._settings[service.name] = await self._make(service, prepare=_migrate_tables_only)
        return self._settings[service.name]

    async def empty(self, service: Service) -> None:
        """Table by table where there are rows: to truncate them all, filled or not, takes as long as a test."""
        connection = await asyncpg.connect(self._settings[service.name].admin_database_url.get_secret_value())
        try:
            await connection.execute(f'set search_path to "{service.name}"')
            names = [table.name for table in reversed(service.tables.sorted_tables)]
            are_filled = await connection.fetchrow(f"select {', '.join(f'exists (select from {name})' for name in names)}")
            filled = [name for name, is_filled in zip(names, are_filled, strict=True) if is_filled]
            await connection.execute("; ".join([*[f"delete from {name}" for name in filled], _RESTART]))
        finally:
            await connection.close()

    async def drop(self) -> None:
        await self._databases.drop()


async def _migrate_tables_only(service: Service, settings: Settings) -> None:
    admin = settings.admin_database_url.get_secret_value()
    await create_role_and_schema(admin, settings.login, service.name)
    await upgrade(admin, service.name, service.tables)


@asynccontextmanager
async def rolled_back(database: Database) -> AsyncIterator[AsyncSession]:
    async with database.engine.connect() as connection:
        outer = await connection.begin()
        async with DirectSession(
            bind=connection,
            join_transaction_mode="create_savepoint",
            expire_on_commit=False,
            sync_session_class=OutboxSession,
            info={"producer": database.producer},
        ) as session:
            yield session
        await outer.rollback()


async def create_tables(service: Service, settings: Settings) -> None:
    """As `migrate` would, for a service that exists in a test only: its frame and its own tables, straight from the metadata."""
    admin = settings.admin_database_url.get_secret_value()
    await create_role_and_schema(admin, settings.login, service.name)
    async with admin_engine(admin, schema=service.name) as engine, engine.begin() as connection:
        await connection.run_sync(_create_all, service.tables)
    await create_topics(settings, {*service.topics_heard, *service.topics_said})


def _create_all(connection: Connection, tables: MetaData) -> None:
    create_frame(Operations(MigrationContext.configure(connection)))
    tables.create_all(connection)


async def delete_topics(kafka: str, prefix: str) -> None:
    client = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await client.start()
    try:
        await client.delete_topics([topic for topic in await client.list_topics() if topic.startswith(prefix)])
    finally:
        await client.close()


def environment(settings: Settings) -> dict[str, str]:
    """The variables that make a process read these very settings."""
    return {name.upper(): _plain(value) for name, value in settings if value is not None and _plain(value)}


def _plain(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


@dataclass
class ServiceProcess:
    """`python -m MODULE ARGUMENTS` with the environment of `settings`; its output is collected. Killed at the test's end."""

    module: str
    arguments: tuple[str, ...]
    settings: Settings
    extra: Mapping[str, str] = field(default_factory=dict)
    _log: Path = field(default_factory=lambda: Path(tempfile.mkstemp(prefix="kefu-test-")[1]))
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        inherited = {name: value for name, value in os.environ.items() if name not in environment(self.settings)}
        command = [sys.executable, "-m", self.module, *self.arguments]
        self._process = spawn(command, log=self._log, env=inherited | environment(self.settings) | dict(self.extra))

    def signal(self, sign: signal.Signals) -> None:
        self._running.send_signal(sign)

    async def kill(self) -> None:
        """kill -9."""
        await stop(self._running, signal.SIGKILL)

    async def stop(self, *, within: float = 20.0) -> int:
        """SIGTERM; its exit code, -9 when it did not end in time."""
        await stop(self._running, within=within)
        return self._running.returncode

    async def exit_code(self, *, within: float = 30.0) -> int:
        """Of a process that ends by itself."""
        await wait_until(lambda: self._running.poll() is not None, within=within)
        return await finished(self._running)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def output(self) -> str:
        return self._log.read_text(errors="replace")

    async def remove(self) -> None:
        if self.is_running:
            await self.kill()
        self._log.unlink(missing_ok=True)

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "start() comes first"
        return self._process


class ServiceProcesses:
    """Starts processes for one test and removes them all."""

    def __init__(self) -> None:
        self._started: list[ServiceProcess] = []

    def start(self, module: str, *arguments: str, settings: Settings, **extra: str) -> ServiceProcess:
        process = ServiceProcess(module, arguments, settings, extra)
        self._started.append(process)
        process.start()
        return process

    async def remove(self) -> None:
        for process in self._started:
            await process.remove()
