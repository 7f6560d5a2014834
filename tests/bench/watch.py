"""The watch on open shipments: what it takes while nothing happens but time, and how it catches up with a day."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import islice

import orjson
import psutil
from sqlalchemy import text

from tests.bench import parcels
from tests.bench.ground import Ground, Round
from tests.bench.intake import WORKER
from tests.bench.parcels import DAY
from tests.bench.report import Figure, below, told
from tests.bench.scale import Scale
from tests.support import wait_until

_SETTLES_IN = 5.0
_LONGEST = 600.0
_LEFT = text("select count(*) from timers where kind = 'watch' and due_at < now() - interval '1 second'")
_HEARD = text("select count(*) from inbox")
_TOLD = text("select payload from outbox where type = 'customer-message'")
_OWN_PROCESS = text("select pg_backend_pid()")


@dataclass(frozen=True)
class CaughtUp:
    """`worker` and `postgres` are seconds of a core; `late` and `outdated` customers who were told of a delay, rightly and wrongly."""

    seconds: float
    worker: float
    postgres: float
    late: int
    outdated: int


async def measure(ground: Ground, scale: Scale) -> AsyncIterator[Figure]:
    shipments = f"{scale.watched} open shipments"
    async with ground.round() as measured:
        await parcels.stock(measured, scale.watched, 0 * DAY)
        worker, postgres = await _watches(measured, scale)
    yield below(5, f"worker that watches {shipments}, each seen once a day", worker, "% of a core")
    yield told(f"PostgreSQL while {shipments} are watched", postgres, "% of a core")
    async with ground.round() as measured:
        await parcels.stock(measured, scale.watched, DAY)
        caught_up = await _catches_up(measured, scale.watched)
    assert caught_up.late >= parcels.silent_since(scale.watched, DAY), f"{caught_up.late} customers were told"
    yield below(120, f"{shipments} after a day of downtime, until everything due and heard is done", caught_up.seconds, "s")
    yield told("what the worker computes for that", caught_up.worker, "s of a core")
    yield told("what PostgreSQL does for that", caught_up.postgres, "s of a core")
    yield below(1, f"customers who were told of a delay that is over, {caught_up.late} of one that is not", caught_up.outdated, "messages")


async def _watches(measured: Round, scale: Scale) -> tuple[float, float]:
    """What the worker and PostgreSQL take, in percent of a core, at the rate at which shipments are seen and thresholds come."""
    seconds, per_second = 3 * scale.seconds, scale.watched / DAY.total_seconds()
    news = list(islice(parcels.news(scale.watched), int(seconds * per_second)))
    postgres, worker = await _server(measured), measured.start(*WORKER)
    await measured.topics.joined(measured.service.name, worker.check)
    await worker.lives(_SETTLES_IN)
    before = worker.cpu, _cpu(postgres)
    await asyncio.gather(measured.topics.trickle("storefront-orders", news, per_second), worker.lives(seconds))
    after = worker.cpu, _cpu(postgres)
    ours, servers = [100 * (now - then) / seconds for now, then in zip(after, before, strict=True)]
    return ours, servers


async def _catches_up(measured: Round, shipments: int) -> CaughtUp:
    """From the worker's start."""
    await measured.topics.fill("storefront-orders", parcels.news(shipments))
    expected = sum(1 for _ in parcels.news(shipments))
    postgres = await _server(measured)
    began, before, worker = time.perf_counter(), _cpu(postgres), measured.start(*WORKER)

    async def done() -> bool:
        worker.check()
        async with measured.database.transaction() as session:
            left, heard = await session.scalar(_LEFT), await session.scalar(_HEARD)
        return not left and int(heard or 0) >= expected

    await wait_until(done, within=_LONGEST, pause=0.5)
    seconds, ours, servers = time.perf_counter() - began, worker.cpu, _cpu(postgres) - before
    async with measured.database.transaction() as session:
        messages = [orjson.loads(payload) for payload in await session.scalars(_TOLD)]
    delays = [parcels.is_silent(int(each["about"]["id"].partition("-")[2])) for each in messages if each["template"] == "parcel-not-online"]
    return CaughtUp(seconds, ours, servers, sum(delays), len(delays) - sum(delays))


async def _server(measured: Round) -> psutil.Process:
    """PostgreSQL's first process."""
    async with measured.database.transaction() as session:
        server = psutil.Process(await session.scalar(_OWN_PROCESS)).parent()
    assert server is not None
    return server


def _cpu(server: psutil.Process) -> float:
    """Of all its processes, those that ended included."""
    return sum(server.cpu_times()[:4]) + sum(sum(child.cpu_times()[:2]) for child in server.children())
