"""The run's own PostgreSQL, as durable as that of `make up`, and Kafka; every round has a database, topics and processes of its own."""

import asyncio
import pickle
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx
import psutil

from deploy.local.children import ROOT, free_port, together
from deploy.local.kafka import LocalKafka
from deploy.local.postgres import LocalPostgres
from services.orders.service import service as orders
from shared.clock import utc_now
from shared.db import Database
from shared.service import Service
from shared.settings import Settings
from tests.bench.outbox import plain
from tests.bench.sample import listings
from tests.bench.topics import Topics
from tests.databases import Databases
from tests.running import ServiceProcess, ServiceSettings, delete_topics
from tests.support import wait_until

LOCAL = ROOT / ".local"
MEGABYTE = 1_000_000


def kept(file: Path, value: object) -> str:
    """For another process; the file's path."""
    file.write_bytes(pickle.dumps(value))
    return str(file)


class Process(ServiceProcess):
    @property
    def memory(self) -> float:
        """Its share of physical memory, in MB (PSS)."""
        return float(psutil.Process(self._running.pid).memory_full_info().pss) / MEGABYTE

    @property
    def cpu(self) -> float:
        """Seconds of a core that it has taken."""
        return sum(psutil.Process(self._running.pid).cpu_times()[:2])

    async def lives(self, seconds: float) -> None:
        """Lets it work for a while."""
        await asyncio.sleep(seconds)
        self.check()

    def check(self) -> None:
        if not self.is_running:
            raise ProcessDied(f"{self.module} {' '.join(self.arguments)} died:\n{self.output[-3000:]}")


class ProcessDied(Exception):
    """A measured process ended by itself."""


@dataclass
class Round:
    """One service with nothing in it but a shop's two hundred products, where it hears of them."""

    service: Service
    settings: Settings
    topics: Topics
    database: Database
    _processes: list[Process] = field(default_factory=list)

    def start(self, module: str, *arguments: str, **variables: str) -> Process:
        process = Process(module, arguments, self.settings, {"HEALTH_PORT": str(free_port())} | variables)
        self._processes.append(process)
        process.start()
        return process

    async def relay(self) -> Process:
        """Running, and the active one."""
        relay = self.start(f"services.{self.service.name}", "relay")
        await wait_until(lambda: "relay is active" in relay.output, within=30)
        return relay

    async def as_admin(self, *statements: str) -> None:
        connection = await asyncpg.connect(plain(self.settings.admin_database_url.get_secret_value()))
        try:
            await connection.execute(f"set search_path to {self.service.name}")
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def answers(self, process: Process, port: int, path: str) -> None:
        async def ready() -> bool:
            process.check()
            try:
                return (await client.get(f"http://127.0.0.1:{port}{path}")).is_success
            except httpx.TransportError:
                return False

        async with httpx.AsyncClient() as client:
            await wait_until(ready, within=30)

    async def has_rows(self, table: str, count: int) -> None:
        async def there() -> bool:
            async with self.database.engine.connect() as connection:
                return int((await connection.exec_driver_sql(f"select count(*) from {table}")).scalar_one()) >= count

        await wait_until(there, within=300, pause=0.3)

    async def stop_processes(self) -> None:
        for process in self._processes:
            await process.remove()
        self._processes.clear()


class Ground:
    """`directory` is the run's own and goes when it ends."""

    def __init__(self, postgres: LocalPostgres, kafka: LocalKafka, directory: Path) -> None:
        self._postgres = postgres
        self._kafka = kafka
        self.directory = directory

    @asynccontextmanager
    async def round(self, service: Service = orders, *, oidc_issuer: str = "http://127.0.0.1:1") -> AsyncIterator[Round]:
        databases = Databases(self._postgres.url)
        settings = await ServiceSettings(databases, self._kafka.address)(service, oidc_issuer=oidc_issuer)
        database = service.database(settings)
        measured = Round(service, settings, Topics(settings), database)
        try:
            if "storefront-products" in service.topics_heard:
                async with database.transaction() as session:
                    await service.events.handle(listings(), session, utc_now())
            yield measured
        finally:
            await measured.stop_processes()
            await database.close()
            await delete_topics(settings.kafka_bootstrap_servers, settings.kafka_topic_prefix)
            await databases.drop()


@asynccontextmanager
async def ground() -> AsyncIterator[Ground]:
    LOCAL.mkdir(exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="bench-", dir=LOCAL))
    postgres = LocalPostgres(directory / "postgres", free_port())
    kafka = LocalKafka(directory / "kafka", free_port(), for_hours=True)
    try:
        await together(postgres.start(), kafka.start())
        yield Ground(postgres, kafka, directory)
    finally:
        await kafka.kill()
        await postgres.kill()
        shutil.rmtree(directory, ignore_errors=True)
