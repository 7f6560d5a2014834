"""The stack from the first server to the last process, and down again in the reverse order."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import httpx

from deploy.local.children import LocalStackError, complaint, finished, free_port, spawn, stop, together, until
from deploy.local.issuer import Issuer
from deploy.local.kafka import LocalKafka
from deploy.local.launcher import settings
from deploy.local.launcher.settings import ADDRESSES, AUDIENCE, LOGS, SERVICES, STATE, STORE_ID, TARGETS, Ports, Secrets, Servers
from deploy.local.launcher.story import Story, follow_events, follow_metrics
from deploy.local.launcher.supervisor import Restartable, Supervised
from deploy.local.launcher.view import View
from deploy.local.postgres import LocalPostgres
from shared.auth.actor import EVERY_STORE, STAFF, Role

READY_WITHIN = 60.0
FIRST = ("orders worker", "orders relay")


async def run(view: View, *, demo: bool) -> None:
    """Until it is cancelled; then nothing of it runs any more."""
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir()
    ports, known, story = Ports.choose(), Secrets(STATE / "secrets.json"), Story(SERVICES)
    async with AsyncExitStack() as up:
        up.enter_context(view.showing(story))
        servers = await up.enter_async_context(_servers(story.note, view))
        issuer = Issuer(f"http://127.0.0.1:{ports.issuer}", STATE / "issuer", audience=AUDIENCE)
        environments = {name: settings.service_environment(name, servers, ports, issuer.url, known) for name in SERVICES}
        with view.step("schemas and topics"):
            await together(*(_migrate(name, environment, servers.postgres) for name, environment in environments.items()))
        await up.enter_async_context(_background(follow_events(story, servers.kafka)))
        processes = [_issuer_process(ports), *(each for name in SERVICES for each in _processes_of(name, environments[name]))]
        shop, others = _outsiders(servers.kafka) if demo else ([], [])
        with view.step("services"):
            for wave in _waves(processes, shop):
                await up.enter_async_context(_supervised(wave, story.note))
                await _all_answer(wave)
        _write_addresses(servers, ports, tokens := _tokens(issuer))
        up.callback(ADDRESSES.unlink, missing_ok=True)
        _write_targets(processes)
        up.callback(TARGETS.unlink, missing_ok=True)
        await up.enter_async_context(_background(follow_metrics(story, _metrics(processes))))
        await up.enter_async_context(_supervised(others, story.note))
        view.ready(_addresses(servers, ports, issuer.url), tokens)
        await asyncio.Event().wait()


@asynccontextmanager
async def _servers(tell: Callable[[str], None], view: View) -> AsyncIterator[Servers]:
    """Those the environment names, else our own, which are kept up."""
    postgres, kafka = LocalPostgres(STATE / "postgres", free_port()), LocalKafka(STATE / "kafka", free_port())
    given_postgres, given_kafka = settings.given_postgres(), settings.given_kafka()
    own = [] if given_postgres else [("PostgreSQL", postgres)]
    ours: list[tuple[str, LocalPostgres | LocalKafka]] = [*own, *([] if given_kafka else [("Kafka", kafka)])]
    try:
        if ours:
            with view.step(" and ".join(name for name, _ in ours)):
                await together(*(server.start() for _, server in ours))
        kept_up = [Restartable(name, server.is_running, server.start).keep_up(tell) for name, server in ours]
        async with _background(*kept_up):
            yield Servers(given_postgres or postgres.url, given_kafka or kafka.address)
    finally:
        await together(*(server.stop() for _, server in ours))


async def _migrate(service: str, environment: dict[str, str], admin_url: str) -> None:
    log = LOGS / f"{service}-migrate.log"
    process = spawn([sys.executable, "-m", f"services.{service}", "migrate"], log=log, env=environment | {"ADMIN_DATABASE_URL": admin_url})
    try:
        if await finished(process) != 0:
            raise LocalStackError(f"{service} could not be migrated: {complaint(log)}")
    finally:
        await stop(process)


def _processes_of(service: str, environment: dict[str, str]) -> list[Supervised]:
    def process(kind: str, port: int) -> Supervised:
        own = {"HEALTH_PORT": str(port), "KAFKA_GROUP_INSTANCE_ID": f"{service}-{kind}"} if kind != "api" else {}
        probe = f"http://127.0.0.1:{port}/healthz/ready"
        return Supervised(f"{service} {kind}", (f"services.{service}", kind), environment | own, LOGS, probe)

    return [process("api", int(environment["PORT"])), process("worker", free_port()), process("relay", free_port())]


def _issuer_process(ports: Ports) -> Supervised:
    arguments = ("deploy.local.issuer", "--port", str(ports.issuer), "--dir", str(STATE / "issuer"), "--audience", AUDIENCE)
    probe = f"http://127.0.0.1:{ports.issuer}/.well-known/openid-configuration"
    return Supervised("issuer", arguments, settings.shared_environment(), LOGS, probe)


def _waves(processes: list[Supervised], shop: list[Supervised]) -> Iterator[list[Supervised]]:
    """On two cores importing is what takes the time, so what an order's way needs goes first and the shop trades while the rest comes."""
    first = [process for process in processes if process.name in FIRST]
    yield [*first, *shop]
    yield [process for process in processes if process not in first]


def _outsiders(kafka: str) -> tuple[list[Supervised], list[Supervised]]:
    """The sample shop; and who works for it, and finance unless FINANCE=0: somebody else may want to be finance."""
    environment = settings.shared_environment() | {"KAFKA_BOOTSTRAP_SERVERS": kafka, "KEFU_STACK": str(ADDRESSES)}

    def outsider(name: str, *arguments: str) -> Supervised:
        return Supervised(name, arguments, environment, LOGS)

    shop = outsider("sample shop", "deploy.local.simulator", "--store", STORE_ID)
    agents = outsider("agents", "deploy.local.simulator.agents", "--store", STORE_ID)
    finance = outsider("finance", "deploy.local.simulator.finance", "--moody", STORE_ID)
    pays = "aftersales" in SERVICES and os.environ.get("FINANCE") != "0"
    return [shop], [agents, *([finance] if pays else [])]


@asynccontextmanager
async def _supervised(processes: list[Supervised], tell: Callable[[str], None]) -> AsyncIterator[None]:
    try:
        async with _background(*(process.run(tell) for process in processes)):
            yield
    finally:
        await together(*(process.stop() for process in processes))


@asynccontextmanager
async def _background(*work: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Beside what the block does. Its failure ends the block, and the block's end ends it."""
    block = asyncio.current_task()
    assert block is not None
    failures: list[BaseException] = []

    def failed(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (problem := task.exception()):
            failures.append(problem)
            block.cancel()

    tasks = [asyncio.create_task(each) for each in work]
    for task in tasks:
        task.add_done_callback(failed)
    try:
        yield
    except asyncio.CancelledError:
        if failures:
            raise failures[0] from None
        raise
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks) if tasks else None


async def _all_answer(processes: list[Supervised]) -> None:
    waiting = list(processes)
    async with httpx.AsyncClient(timeout=5, trust_env=False) as http:

        async def all_do() -> bool:
            waiting[:] = [process for process in waiting if not await process.answers(http)]
            return not waiting

        try:
            await until(all_do, within=READY_WITHIN, pause=0.1)
        except TimeoutError:
            late = waiting[0]
            raise LocalStackError(f"{late.name} is not ready after {READY_WITHIN:.0f} s: {complaint(late.log)}") from None


def _tokens(issuer: Issuer) -> dict[str, str]:
    def token(role: Role) -> str:
        stores = [EVERY_STORE] if role is Role.ADMIN else [STORE_ID]
        return issuer.mint(f"{role}-1", role.capitalize(), [role], stores, timedelta(days=365))

    return {role.value: token(role) for role in Role if role in STAFF}


def _write_addresses(servers: Servers, ports: Ports, tokens: dict[str, str]) -> None:
    """For the programs of outsiders; whoever can read it may do everything here."""
    services = {name: f"http://127.0.0.1:{port}" for name, port in ports.api.items()}
    content = {"postgres": servers.postgres, "kafka": servers.kafka, "services": services, "tokens": tokens, "store_id": STORE_ID}
    coming = ADDRESSES.with_suffix(".coming")
    coming.unlink(missing_ok=True)
    coming.touch(mode=0o600)
    coming.write_text(json.dumps(content, indent=2))
    coming.rename(ADDRESSES)


def _write_targets(processes: list[Supervised]) -> None:
    """For deploy/monitoring/prometheus.yaml: where each process tells its figures, and the labels its alerts go by."""
    told = [
        {"targets": [urlsplit(each.probe).netloc], "labels": {"service": service, "process": kind}}
        for each in processes
        for service, _, kind in [each.name.partition(" ")]
        if each.probe and service in SERVICES
    ]
    TARGETS.write_text(json.dumps(told, indent=2))


def _addresses(servers: Servers, ports: Ports, issuer: str) -> dict[str, str]:
    services = {name: f"http://127.0.0.1:{port}/docs" for name, port in ports.api.items()}
    return services | {"kafka": servers.kafka, "postgres": servers.postgres, "issuer": issuer, "logs": os.path.relpath(LOGS)}


def _metrics(processes: list[Supervised]) -> dict[str, list[str]]:
    """Where the processes of each service tell their figures."""
    pages: dict[str, list[str]] = {service: [] for service in SERVICES}
    for process in processes:
        service = process.name.partition(" ")[0]
        if process.probe and service in pages:
            pages[service].append(process.probe.replace("/healthz/ready", "/metrics"))
    return pages
