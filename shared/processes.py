"""Runs one process of a service until it is told to stop: `python -m services.orders api`."""

import argparse
import asyncio
import gc
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

import structlog
import uvicorn
import uvloop
from starlette.types import ASGIApp

from shared import commands, telemetry
from shared.clock import utc_now
from shared.db import Database
from shared.errors import BusinessError
from shared.health import health_app
from shared.obstacles import CannotServe
from shared.readiness import Loop, Readiness, Run, name_of
from shared.settings import Settings, read

if TYPE_CHECKING:
    from shared.service import Service

# ruff: noqa: PLC0415 - each process loads what it runs and no more: a relay needs neither the service's rules nor what answers HTTP

log = structlog.get_logger()

# Asked of every process that serves alike, whether it uses all of it or not: a deployment that lacks one fails with its first process.
_SERVING = ("database_url", "kafka_bootstrap_servers")
_NEEDED = {
    "api": (*_SERVING, "oidc_issuer"),
    "worker": _SERVING,
    "relay": _SERVING,
    "migrate": (*_SERVING, "admin_database_url"),
    "rights": (),
}
# together with closing the pool and sending the last spans less than the 20 s a process has
_DRAIN_WITHIN = 13.0
_CLOSE_WITHIN = 2.0


def main(name: str, load: Callable[[], "Service"], *, rebuilds: Sequence[str] = ()) -> NoReturn:
    """Exit codes: 0 stopped or done, 1 it could not go on, 2 called or configured wrongly."""
    asked = _parser(name, rebuilds).parse_args()
    service = None if asked.process == "relay" else load()
    needed = _NEEDED.get(asked.process) or commands.needs(asked.process)
    settings = read(Settings, *needed) if service is None else read(service.settings, *needed, *_own_needs(service, asked.process))
    # what a command says is its answer, so its logs go beside it
    is_command = asked.process in (*commands.NAMES, *rebuilds)
    telemetry.configure(name, asked.process, settings, sys.stderr.buffer if is_command else sys.stdout.buffer)
    _let_garbage_lie()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        code = runner.run(_run(name, service, settings, asked))
    telemetry.flush()
    raise SystemExit(code)


def _own_needs(service: "Service", process: str) -> Sequence[str]:
    return service.needs if process in ("api", "worker") else ()


def _let_garbage_lie() -> None:
    """What was imported lives as long as the process, and what a chunk or a request makes is freed by counting; cycles are rare here."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _parser(name: str, rebuilds: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m services.{name}")
    processes = parser.add_subparsers(dest="process", required=True)
    processes.add_parser("api", help="answers HTTP on PORT")
    worker = processes.add_parser("worker", help="consumes events and fires timers; probes on HEALTH_PORT")
    worker.add_argument("--all", action="store_true", help="runs the relay too")
    processes.add_parser("relay", help="carries the outbox to Kafka; probes on HEALTH_PORT")
    processes.add_parser("migrate", help="makes role, schema, tables and topics; may be run again")
    commands.add_to(processes)
    commands.add_rebuilds_to(processes, rebuilds)
    return parser


async def _run(name: str, service: "Service | None", settings: Settings, asked: argparse.Namespace) -> int:
    try:
        await (_process(service, settings, asked) if service else _relay(name, settings))
    except (BusinessError, CannotServe) as refused:
        print(f"kefu: {refused}", file=sys.stderr)
        return 1
    except Exception as error:
        log.critical("the process ends", exc_info=error)
        return 1
    return 0


async def _process(service: "Service", settings: Settings, asked: argparse.Namespace) -> None:
    if asked.process == "migrate":
        from shared.migrations import migrate

        await migrate(service, settings)
        return
    if asked.process == "rights":
        commands.say_rights(service, settings, asked)
        return
    async with _open(service.database(settings)) as database:
        match asked.process:
            case "api":
                await _serve_api(service, settings, database)
            case "worker":
                await _work(service, settings, database, relay_too=asked.all)
            case _:
                await commands.run(service, settings, database, asked)


@asynccontextmanager
async def _open(database: Database) -> AsyncIterator[Database]:
    try:
        yield database
    finally:
        with suppress(TimeoutError):
            await asyncio.wait_for(database.close(), _CLOSE_WITHIN)


async def _relay(name: str, settings: Settings) -> None:
    from shared.messaging.relay import Relay

    async with _open(Database(settings.database_url.get_secret_value(), name=name, pool_size=settings.database_pool_size)) as database:
        await _serve(name, settings, database, [Relay(settings, name)], {})


async def _serve_api(service: "Service", settings: Settings, database: Database) -> None:
    from shared.http.app import authenticator_of, create_app

    readiness, authenticator = Readiness(service.name, database), authenticator_of(settings, database)
    app = create_app(service, settings, database, health=readiness.health([authenticator]), authenticator=authenticator)
    api, bound = _server(app), _bound(settings.port, "PORT")
    listening: dict[str, Run] = {"api": lambda stop: _listen(api, bound, stop), "authenticator": authenticator.run}
    await _until_stopped({**listening, "readiness": readiness.once_there(_until_told)})


async def _work(service: "Service", settings: Settings, database: Database, *, relay_too: bool) -> None:
    from shared.messaging.consumer import Consumer
    from shared.messaging.relay import Relay
    from shared.readings import Readings, overdue_timers, read_dead_letters
    from shared.retention import Housekeeping
    from shared.timers import TimerRunner

    consumer = Consumer(service, settings, database)
    loops: list[Loop] = [consumer, TimerRunner(service.timers, database, utc_now, consumer.is_abreast)]
    if relay_too:
        loops.append(Relay(settings, service.name))
    readings = [read_dead_letters, overdue_timers(service.timers.kinds), *service.readings]
    beside = {"housekeeping": Housekeeping(database, service.retention, utc_now).run, "readings": Readings(database, readings, utc_now).run}
    await _serve(service.name, settings, database, loops, beside)


async def _serve(name: str, settings: Settings, database: Database, loops: list[Loop], beside: Mapping[str, Run]) -> None:
    """The loops, with their probes on HEALTH_PORT."""
    readiness = Readiness(name, database)
    probes = _server(health_app(readiness.health(loops)))
    health = _bound(settings.health_port, "HEALTH_PORT")
    working: dict[str, Run] = {**{name_of(loop): loop.run for loop in loops}, **beside}
    running = {part: readiness.once_there(run) for part, run in working.items()}
    await _until_stopped({**running, "probes": lambda stop: _listen(probes, health, stop)})


async def _until_told(stop: asyncio.Event) -> None:
    await stop.wait()


async def _until_stopped(parts: dict[str, Run]) -> None:
    """All parts until SIGTERM or SIGINT, or until one of them ends; then all are told to end and given the time to do so."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    tasks = {asyncio.create_task(run(stop), name=name) for name, run in parts.items()}
    stopping = asyncio.create_task(stop.wait())
    log.info("started", parts=sorted(parts))
    await asyncio.wait({*tasks, stopping}, return_when=asyncio.FIRST_COMPLETED)
    log.info("stopping", asked=stop.is_set())
    died = [task for task in tasks if task.done()] if not stop.is_set() else []
    stop.set()
    _, late = await asyncio.wait({*tasks, stopping}, timeout=_DRAIN_WITHIN)
    for task in late:
        log.warning("cut short", part=task.get_name())
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    for error in ended:
        if isinstance(error, Exception):
            raise error
    if died:
        raise CannotServe(f"{died[0].get_name()} ended by itself")


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the process's, which has more to stop than a server."""
        yield


def _server(app: ASGIApp) -> _Server:
    return _Server(
        uvicorn.Config(app, log_config=None, access_log=False, server_header=False, timeout_keep_alive=75, timeout_graceful_shutdown=10)
    )


async def _listen(server: _Server, bound: socket.socket, stop: asyncio.Event) -> None:
    async def end() -> None:
        await stop.wait()
        server.should_exit = True

    ending = asyncio.create_task(end())
    try:
        await server.serve([bound])
    finally:
        ending.cancel()


def _bound(port: int, variable: str) -> socket.socket:
    try:
        return socket.create_server(("0.0.0.0", port), backlog=2048)  # noqa: S104 - a container's only address is not known beforehand
    except OSError as error:
        raise CannotServe(f"{variable} {port} cannot be listened on: {error.strerror}") from None
