"""How long an event of another takes until what it made is committed, ours and a bare consumer's."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

import asyncpg
from aiokafka import AIOKafkaProducer

from shared.messaging.consumer import Consumer
from tests.bench.bare_worker import GROUP
from tests.bench.ground import Round, kept
from tests.bench.outbox import plain
from tests.bench.recording import Recorded, recording
from tests.bench.sample import Record
from tests.bench.statements import recorded
from tests.support import wait_until

_SEEN = "seen"


@dataclass(frozen=True, slots=True)
class Arrival:
    """Events of `topic` make rows of `table`, whose `column` has what `records` are known by."""

    topic: str
    table: str
    column: str
    record: Callable[[int], tuple[str, Record]]


async def recorded_arrival(measured: Round, arrival: Arrival) -> Recorded:
    """What our worker sends for one event, for the bare one to send."""
    own, record = arrival.record(0)
    await measured.topics.fill(arrival.topic, [record])
    stop = asyncio.Event()
    with recorded(measured.database.engine) as transactions:
        consuming = asyncio.create_task(Consumer(measured.service, measured.settings, measured.database).run(stop))
        await measured.has_rows(arrival.table, 1)
        stop.set()
        await consuming
    return recording(transactions, own)


async def ours(measured: Round, arrival: Arrival, first: int, per_second: int, seconds: float) -> tuple[float, float]:
    name = measured.service.name
    worker = measured.start(f"services.{name}", "worker")
    await measured.topics.joined(name, worker.check)
    delays = await _delays(measured, arrival, first, per_second, seconds)
    await worker.stop()
    return delays


async def bare(measured: Round, arrival: Arrival, done: Recorded, file: Path, per_second: int, seconds: float) -> tuple[float, float]:
    worker = measured.start("tests.bench.bare_worker", arrival.topic, kept(file, done))
    await measured.topics.joined(GROUP, worker.check)
    return await _delays(measured, arrival, 1, per_second, seconds)


async def _delays(measured: Round, arrival: Arrival, first: int, per_second: int, seconds: float) -> tuple[float, float]:
    """p50 and p99 in ms, from just before the record is sent until its row can be read; the first fifth warms up."""
    count = int(per_second * seconds)
    told = [arrival.record(number) for number in range(first, first + count)]
    sent: dict[str, float] = {}
    async with _rows_seen(measured, arrival) as seen:
        await _say(measured, arrival.topic, told, per_second, sent)
        await wait_until(lambda: len(seen) >= count, within=60)
    delays = [1000 * (seen[own] - sent[own]) for own, _ in told]
    cuts = quantiles(delays[count // 5 :], n=100)
    return cuts[49], cuts[98]


async def _say(measured: Round, topic: str, told: Sequence[tuple[str, Record]], per_second: int, sent: dict[str, float]) -> None:
    async with AIOKafkaProducer(**measured.settings.kafka()) as producer:
        due = time.perf_counter()
        for own, record in told:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            due += 1 / per_second
            sent[own] = time.perf_counter()
            await producer.send(measured.settings.topic(topic), record.value, record.key, headers=record.headers)


@asynccontextmanager
async def _rows_seen(measured: Round, arrival: Arrival) -> AsyncIterator[dict[str, float]]:
    """When each row could be read: PostgreSQL notifies at the commit."""
    await measured.as_admin(
        f"create or replace function {_SEEN}() returns trigger language plpgsql as "
        f"$$ begin perform pg_notify('{_SEEN}', new.{arrival.column}); return null; end $$",
        f"create or replace trigger {_SEEN} after insert on {arrival.table} for each row execute function {_SEEN}()",
    )
    seen: dict[str, float] = {}
    listener = await asyncpg.connect(plain(measured.settings.database_url.get_secret_value()))
    await listener.add_listener(_SEEN, lambda *notified: seen.setdefault(notified[3], time.perf_counter()))
    try:
        yield seen
    finally:
        await listener.close()
