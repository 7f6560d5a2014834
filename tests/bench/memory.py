"""What processes take: a worker far behind, an api that has nothing to do, and the whole stack when nothing happens."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from itertools import chain, repeat

import psutil

from deploy.local.children import free_port, spawn, stop
from tests.bench.ground import MEGABYTE, Ground
from tests.bench.intake import WORKER
from tests.bench.relay import watched
from tests.bench.report import Figure, below
from tests.bench.sample import records
from tests.bench.scale import Scale
from tests.identity import running_issuer
from tests.support import wait_until

_SENT_AGAIN = 10
_SETTLES_IN = 10.0


async def measure(ground: Ground, scale: Scale) -> AsyncIterator[Figure]:
    yield below(250, f"worker with {scale.lag} records of lag", await behind(ground, scale.lag, scale.seconds), "MB")
    yield below(150, "idle api process", await idle(ground), "MB")
    yield below(1600, "the idle stack: four services, PostgreSQL, Kafka and their launcher", await stack(ground), "MB")


async def behind(ground: Ground, lag: int, seconds: float) -> float:
    """Its most, while it takes in the first of them; they come again and again, which it does not get to."""
    told = records(lag // 2 // _SENT_AGAIN)
    memory: list[float] = []
    async with ground.round() as measured:
        await measured.topics.fill("storefront-orders", chain.from_iterable(repeat(told, _SENT_AGAIN)))
        worker = measured.start(*WORKER)
        await measured.topics.joined("orders", worker.check)
        async with watched(worker, memory):
            await worker.lives(seconds)
    return max(memory)


async def idle(ground: Ground) -> float:
    with running_issuer(ground.directory / "issuer") as issuer:
        async with ground.round(oidc_issuer=issuer.url) as measured:
            api = measured.start("services.orders", "api")
            await measured.answers(api, measured.settings.port, "/healthz/ready")
            await api.lives(2)
            return api.memory


async def stack(ground: Ground) -> float:
    """As `DEMO=0 make up` has it, on servers of its own."""
    state = ground.directory / "stack"
    given = {"KEFU_STATE": str(state), "PORT_BASE": str(free_port() - 1), "DEMO": "0"}
    launcher = spawn([sys.executable, "-m", "deploy.local.launcher"], log=ground.directory / "launcher", env=os.environ | given)
    try:
        await wait_until(lambda: (state / "stack.json").exists() or launcher.poll() is not None, within=120)
        await asyncio.sleep(_SETTLES_IN)
        own = psutil.Process(launcher.pid)
        return sum(process.memory_full_info().pss for process in (own, *own.children(recursive=True))) / MEGABYTE
    finally:
        await stop(launcher)
