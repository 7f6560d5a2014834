"""The runbooks of docs/operations/secrets.md: a database login is changed while people work, and none of them notices."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from deploy.local.children import free_port
from deploy.local.issuer import Issuer
from services.orders.service import service as orders
from shared.settings import Settings
from tests.bench.outbox import plain
from tests.databases import Databases
from tests.running import ServiceProcess, ServiceProcesses, ServiceSettings
from tests.support import wait_until

pytestmark = pytest.mark.timeout(180)


@dataclass
class People:
    """Write a note and read it, over and over, at one of the addresses that are in service."""

    token: str
    addresses: list[str]
    answers: list[int] = field(default_factory=list)
    waiting: Counter[str] = field(default_factory=Counter)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        working = [asyncio.create_task(self._work(number)) for number in range(8)]
        yield
        for work in working:
            work.cancel()
        await asyncio.gather(*working, return_exceptions=True)

    async def get_on(self) -> None:
        """Every one of them has been answered some times more."""
        done = len(self.answers)
        await wait_until(lambda: len(self.answers) > done + 80, within=30)

    async def move(self, to: str) -> None:
        """As behind a balancer: nobody is at the other addresses any more."""
        self.addresses[:] = [to]
        await wait_until(lambda: not any(self.waiting[address] for address in self.waiting if address != to), within=30)

    async def _work(self, number: int) -> None:
        headers = {"Authorization": f"Bearer {self.token}", "If-Match": "*"}
        async with httpx.AsyncClient(headers=headers, timeout=20) as client:
            while True:
                address = self.addresses[number % len(self.addresses)]
                self.waiting[address] += 1
                answer = await client.put(f"{address}/v1/stores/shop-{number}/policies", json={"values": {}, "reason": "so it is"})
                self.waiting[address] -= 1
                self.answers.append(answer.status_code)


@dataclass
class Release:
    """An api, and a worker with the relay in it, by one login."""

    settings: Settings
    processes: ServiceProcesses
    running: list[ServiceProcess] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    def by(self, user: str, password: str) -> "Release":
        login = self.settings.login.set(username=user, password=password).render_as_string(hide_password=False)
        changed = {"database_url": SecretStr(login), "port": free_port(), "health_port": free_port()}
        return Release(self.settings.model_copy(update=changed), self.processes)

    async def migrates(self) -> None:
        migration = self.processes.start("services.orders", "migrate", settings=self.settings)
        assert await migration.exit_code(within=60) == 0, migration.output

    async def starts(self) -> None:
        self.running = [self.processes.start("services.orders", *what, settings=self.settings) for what in (["api"], ["worker", "--all"])]
        await wait_until(self.is_ready, within=60, pause=0.2)

    async def stops(self) -> list[int]:
        return await asyncio.gather(*(each.stop() for each in self.running))

    async def is_ready(self) -> bool:
        return [await self.probe(port) for port in (self.settings.port, self.settings.health_port)] == [200, 200]

    async def is_refused(self) -> bool:
        return await self.probe(self.settings.port) == 503

    async def probe(self, port: int) -> int | None:
        async with httpx.AsyncClient() as client:
            try:
                return (await client.get(f"http://127.0.0.1:{port}/healthz/ready")).status_code
            except httpx.TransportError:
                return None


@pytest_asyncio.fixture
async def release(
    tmp_path: Path, issuer: Issuer, databases: Databases, service_settings: ServiceSettings, processes: ServiceProcesses
) -> Release:
    """Running and ready."""
    made = Release(await service_settings(orders, oidc_issuer=issuer.url), processes)
    await made.starts()
    return made


@pytest.fixture
def people(issuer: Issuer, release: Release) -> People:
    return People(issuer.mint("admin-1", "admin", ["admin"], ["*"], timedelta(hours=1)), [release.address])


async def test_a_second_login_takes_over_from_the_first_and_nobody_notices(release: Release, people: People, databases: Databases) -> None:
    old = str(release.settings.login.username)
    admin = release.settings.admin_database_url.get_secret_value()
    second = release.by(str(make_url(databases.login(admin, "orders")).username), "a new password")

    async with people.at_work():
        await people.get_on()
        await second.migrates()
        await second.starts()
        await people.get_on()
        await people.move(second.address)
        ended = await release.stops()
        await as_admin(admin, f'drop owned by "{old}"', f'drop role "{old}"')
        await people.get_on()

    assert ended == [0, 0]
    assert set(people.answers) == {200}
    await second.migrates()


async def test_with_a_new_password_open_connections_go_on_and_new_ones_need_it(release: Release, people: People) -> None:
    user, admin = str(release.settings.login.username), release.settings.admin_database_url.get_secret_value()
    changed, late = release.by(user, "a new password"), release.by(user, str(release.settings.login.password))

    async with people.at_work():
        await people.get_on()
        await changed.migrates()
        await people.get_on()
    late.running = [late.processes.start("services.orders", "api", settings=late.settings)]

    assert set(people.answers) == {200}
    await wait_until(late.is_refused, within=60, pause=0.2)
    await as_admin(admin, f"select pg_terminate_backend(pid) from pg_stat_activity where usename = '{user}'")
    await wait_until(release.is_refused, within=60, pause=0.2)
    await changed.starts()


async def as_admin(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(plain(url))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
