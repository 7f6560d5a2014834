import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest
import pytest_asyncio

from deploy.local.children import free_port
from deploy.local.issuer import Issuer
from shared.migrations import migrate
from tests.databases import Databases
from tests.shared.installed import PROJECT, environment, services, settings_of
from tests.stack import Stack
from tests.support import wait_until

SERVICE = services()[0]


class Process:
    def __init__(self, arguments: tuple[str, ...], environment: dict[str, str], log: Path) -> None:
        self.port = free_port()
        self.log = log
        known = {**os.environ, **environment, "PORT": str(self.port), "HEALTH_PORT": str(self.port)}
        with log.open("wb") as output:
            command = [sys.executable, "-m", f"services.{SERVICE.name}", *arguments]
            self.child = subprocess.Popen(command, cwd=PROJECT, env=known, stdout=output, stderr=output)

    async def answers(self, path: str, status: int = 200) -> httpx.Response:
        """Its answer, once it has that status."""

        async def asked() -> httpx.Response | None:
            assert self.child.poll() is None, self.log.read_text()
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", trust_env=False) as client:
                try:
                    answer = await client.get(path)
                except httpx.TransportError:
                    return None
            return answer if answer.status_code == status else None

        answer: httpx.Response | None = await wait_until(asked, within=60)
        assert answer is not None
        return answer

    def end(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Seconds until it was gone."""
        begun = time.monotonic()
        self.child.send_signal(number)
        self.child.wait(30)
        return time.monotonic() - begun

    def exit_code(self) -> int:
        return self.child.wait(60)

    def events(self) -> list[str]:
        return [json.loads(line)["event"] for line in self.log.read_text().splitlines() if line.startswith("{")]


class Processes:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._started: list[Process] = []

    def start(self, *arguments: str, environment: dict[str, str]) -> Process:
        process = Process(arguments, environment, self._directory / f"{len(self._started)}.log")
        self._started.append(process)
        return process

    def stop(self) -> None:
        for process in self._started:
            process.child.kill()
            process.child.wait()


def run(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """One that ends by itself."""
    command = [sys.executable, "-m", f"services.{SERVICE.name}", *arguments]
    known = {**os.environ, **environment}
    return subprocess.run(command, cwd=PROJECT, env=known, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    processes = Processes(tmp_path)
    yield processes
    processes.stop()


@pytest_asyncio.fixture
async def empty(databases: Databases, stack: Stack, issuer: Issuer) -> dict[str, str]:
    return {**await environment(databases, stack, SERVICE.name), "OIDC_ISSUER": issuer.url}


@pytest_asyncio.fixture
async def migrated(empty: dict[str, str]) -> dict[str, str]:
    await migrate(SERVICE, settings_of(empty))
    return empty


@pytest.mark.parametrize("arguments", [("api",), ("worker",), ("relay",), ("worker", "--all")], ids=" ".join)
async def test_a_process_answers_its_probes_and_ends_with_0_when_it_is_told_to(
    arguments: tuple[str, ...], processes: Processes, migrated: dict[str, str]
) -> None:
    process = processes.start(*arguments, environment=migrated)

    for probe in ("startup", "live", "ready"):
        await process.answers(f"/healthz/{probe}")
    figures = (await process.answers("/metrics")).text
    seconds = process.end()

    assert "kefu_outbox_rows" in figures
    assert process.exit_code() == 0, process.log.read_text()
    assert seconds < 20


async def test_without_kafka_a_worker_says_what_it_waits_for_and_needs_no_time_to_end(
    processes: Processes, migrated: dict[str, str]
) -> None:
    process = processes.start("worker", "--all", environment={**migrated, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"})
    away = "Kafka does not answer: none of 127.0.0.1:1 answers"

    async def told() -> bool:
        return bool((await process.answers("/healthz/ready", 503)).json()["detail"] == f"consumer: {away}; relay: {away}")

    await process.answers("/healthz/live")
    await wait_until(told, within=30)
    seconds = process.end(signal.SIGINT)

    assert process.exit_code() == 0, process.log.read_text()
    assert seconds < 5


async def test_startup_waits_for_the_schema(processes: Processes, empty: dict[str, str]) -> None:
    settings = settings_of(empty)
    await migrate(SERVICE, settings)
    admin = await asyncpg.connect(empty["ADMIN_DATABASE_URL"])
    await admin.execute(f"create table kept as select * from {SERVICE.name}.alembic_version")
    await admin.execute(f"delete from {SERVICE.name}.alembic_version")
    process = processes.start("api", environment=empty)

    await process.answers("/healthz/startup", 503)
    await process.answers("/healthz/live")
    await admin.execute(f"insert into {SERVICE.name}.alembic_version select * from kept")
    await process.answers("/healthz/startup")
    await admin.close()


async def test_a_worker_whose_tables_are_not_there_ends_at_once(processes: Processes, migrated: dict[str, str]) -> None:
    admin = await asyncpg.connect(migrated["ADMIN_DATABASE_URL"])
    await admin.execute(f"drop table {SERVICE.name}.dead_letters")
    await admin.close()

    process = processes.start("worker", environment=migrated)

    assert process.exit_code() == 1
    assert "the process ends" in process.events()


async def test_a_taken_port_is_one_line(processes: Processes, migrated: dict[str, str]) -> None:
    first = processes.start("relay", environment=migrated)
    await first.answers("/healthz/live")

    ran = run("relay", environment={**migrated, "HEALTH_PORT": str(first.port)})

    assert ran.returncode == 1
    assert ran.stderr.startswith(f"kefu: HEALTH_PORT {first.port} cannot be listened on")
    assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize("process", ["api", "worker", "relay", "migrate"])
def test_a_process_without_its_database_says_so_in_one_line_and_ends_with_2(process: str) -> None:
    ran = run(process, environment=dict.fromkeys(("DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS", "OIDC_ISSUER", "ADMIN_DATABASE_URL"), ""))

    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("kefu: DATABASE_URL is missing")
    assert ran.stderr.count("\n") == 1


def test_migrate_waits_as_long_as_it_may_and_ends_with_one_line(migrated: dict[str, str]) -> None:
    ran = run("migrate", environment={**migrated, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "MIGRATE_WITHIN": "0.5"})

    assert (ran.returncode, ran.stderr) == (1, "kefu: Kafka at 127.0.0.1:1 did not answer within 0.5 s\n")
    assert '"because":"Kafka at 127.0.0.1:1 does not answer"' in ran.stdout


def test_rights_are_told_one_a_line_and_need_no_server() -> None:
    nothing = dict.fromkeys(("DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS"), "")

    run_by = run("rights", environment={**nothing, "KAFKA_TOPIC_PREFIX": "eu."})
    migrated_by = run("rights", "--migrate", environment=nothing)

    assert (run_by.returncode, run_by.stderr) == (0, "")
    assert {f"READ group eu.{SERVICE.name}", "READ topic eu.storefront-orders", "WRITE topic eu.orders"} <= set(run_by.stdout.splitlines())
    assert {"DESCRIBE topic orders", "CREATE topic orders"} <= set(migrated_by.stdout.splitlines())


def test_commands_answer_with_json_lines(migrated: dict[str, str]) -> None:
    listed = run("dead-letters", "list", environment=migrated)
    unknown = run("dead-letters", "show", "0198f0c0-0000-7000-8000-000000000000", environment=migrated)

    assert (listed.returncode, listed.stdout) == (0, "")
    assert (unknown.returncode, unknown.stderr) == (1, "kefu: there is no such dead letter\n")
