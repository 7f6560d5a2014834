"""What processes take: a worker far behind, an api that has nothing to do."""

from collections.abc import AsyncIterator
from itertools import chain, repeat

from tests.bench.ground import Ground
from tests.bench.intake import WORKER
from tests.bench.relay import watched
from tests.bench.report import Figure, below
from tests.bench.sample import records
from tests.bench.scale import Scale

_SENT_AGAIN = 10


async def measure(ground: Ground, scale: Scale) -> AsyncIterator[Figure]:
    yield below(250, f"worker with {scale.lag} records of lag", await behind(ground, scale.lag, scale.seconds), "MB")
    yield below(150, "idle api process", await idle(ground), "MB")


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
    async with ground.round() as measured:
        api = measured.start("services.orders", "api")
        await measured.answers(api, measured.settings.port, "/healthz/ready")
        await api.lives(2)
        return api.memory
