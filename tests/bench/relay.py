"""From commit to Kafka: how long one event takes, and how fast a backlog goes."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from statistics import median, quantiles

from aiokafka import ConsumerRecord

from tests.bench.ground import Ground, Process
from tests.bench.outbox import fill
from tests.bench.report import Figure, at_least, below
from tests.bench.scale import Scale

_RATES = (500, 2_000, 5_000)


async def measure(ground: Ground, scale: Scale) -> AsyncIterator[Figure]:
    await latency(ground, _RATES[1], scale.seconds)  # a broker that has just started is slow
    for per_second in _RATES:
        half, nearly_all = await latency(ground, per_second, scale.seconds)
        yield below(8, f"relay: commit to consumer at {per_second} events/s, p50", half, "ms")
        yield below(25, f"relay: commit to consumer at {per_second} events/s, p99", nearly_all, "ms")
    ours: list[float] = []
    bare: list[float] = []
    memory: list[float] = []
    for _ in range(scale.rounds):
        ours.append(await drain(ground, scale.backlog, ("services.orders", "relay"), memory))
        bare.append(await drain(ground, scale.backlog, ("tests.bench.bare_relay",), []))
    yield at_least(0.7, f"relay: drain of {scale.backlog} rows, against a bare loop", median(ours), median(bare), "events/s")
    yield below(100, "relay: memory while it drains", max(memory), "MB")


async def latency(ground: Ground, per_second: int, seconds: float) -> tuple[float, float]:
    """p50 and p99 in ms; the first fifth warms up."""
    fetched = []
    async with ground.round() as measured, measured.topics.read("orders") as consumer:
        await measured.relay()
        writer = measured.start("tests.bench.writer", str(per_second), str(seconds))
        with _no_collections():
            while writer.is_running:
                records = await consumer.getmany(timeout_ms=500)
                fetched.append((time.time(), records.values()))
    delays = [1000 * (at - _committed(record)) for at, partitions in fetched for records in partitions for record in records]
    assert len(delays) > 0.8 * per_second * seconds, f"the writer was too slow: {len(delays)} events\n{writer.output}"
    cuts = quantiles(delays[len(delays) // 5 :], n=100)
    return cuts[49], cuts[98]


@contextmanager
def _no_collections() -> Iterator[None]:
    """Python's looks for garbage among all the records that are kept here would count as the relay's delay: 100 ms each, and growing."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _committed(record: "ConsumerRecord[bytes, bytes]") -> float:
    return datetime.fromisoformat(dict(record.headers)["ce_time"].decode()).timestamp()


async def drain(ground: Ground, backlog: int, relay: tuple[str, ...], memory: list[float]) -> float:
    """Events a second, from the first on Kafka to the last."""
    async with ground.round() as measured:
        await measured.as_admin(fill(backlog), "vacuum analyze outbox")
        process = measured.start(*relay)
        async with watched(process, memory):
            started, already = await measured.topics.reaches("orders", 1, process.check)
            ended, _ = await measured.topics.reaches("orders", backlog, lambda: None)
        return (backlog - already) / (ended - started)


@asynccontextmanager
async def watched(process: Process, memory: list[float]) -> AsyncIterator[None]:
    """Notes the process's memory twice a second."""

    async def look() -> None:
        while process.is_running:
            memory.append(process.memory)
            await asyncio.sleep(0.5)

    looking = asyncio.create_task(look())
    try:
        yield
    finally:
        looking.cancel()
