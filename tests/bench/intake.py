"""Orders from `storefront-orders` to stored, checked and said on Kafka."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from statistics import median

import asyncpg

from services.orders.service import service
from shared.messaging.consumer import Consumer
from tests.bench.ground import Ground, Round
from tests.bench.outbox import plain
from tests.bench.report import Figure, at_least
from tests.bench.sample import Record, records
from tests.bench.scale import Scale
from tests.bench.statements import Transaction, recorded, send

WORKER = ("services.orders", "worker")
ONE_BY_ONE = ("tests.bench.one_by_one",)
WITHOUT_FIGURES = ("tests.bench.without_figures", "worker")
FASTSTREAM = ("tests.bench.faststream_reference",)
_NAME = "intake of {} orders, placed and paid, until confirmed on Kafka, against {}"


async def measure(ground: Ground, scale: Scale) -> AsyncIterator[Figure]:
    told, few = records(scale.orders), records(scale.orders_one_by_one)
    transactions = await statements(ground, records(scale.orders_recorded))
    worker, sql, faststream, one_by_one, without_figures = [], [], [], [], []
    for _ in range(scale.rounds):
        worker.append(await _in_a_round(ground, told, WORKER))
        sql.append(2 * scale.orders_recorded / await replayed(ground, transactions))
        faststream.append(await _in_a_round(ground, told, FASTSTREAM))
        one_by_one.append(await _in_a_round(ground, few, ONE_BY_ONE))
        without_figures.append(await _in_a_round(ground, told, WITHOUT_FIGURES))
    ours = median(worker)
    for must, name, others in (
        (15, "the same consumer committing per message", one_by_one),
        (0.7, "the same SQL without our code", sql),
        (1.3, "FastStream with a hand-written batch", faststream),
        (0.95, "the same without sales figures", without_figures),
    ):
        yield at_least(must, _NAME.format(scale.orders, name), ours, median(others), "messages/s")


async def _in_a_round(ground: Ground, told: Sequence[Record], consumer: tuple[str, ...]) -> float:
    async with ground.round() as measured:
        await measured.relay()
        return await rate(measured, told, consumer)


async def nothing() -> None:
    pass


async def rate(
    measured: Round, told: Sequence[Record], consumer: tuple[str, ...], *, meanwhile: Callable[[], Awaitable[None]] = nothing
) -> float:
    """Messages a second, from when the consumer has its partitions until all the orders are confirmed on Kafka."""
    before = await measured.topics.size("orders")
    await measured.topics.fill("storefront-orders", told)
    process = measured.start(*consumer)
    started = await measured.topics.joined(service.name, process.check)
    await meanwhile()
    ended, found = await measured.topics.reaches("orders", before + len(told) // 2, process.check)
    said = await measured.topics.types("orders", found)
    assert {name: len(keys) for name, keys in said.items()} == {"order-confirmed": found}, f"said {said.keys()}, {found} times"
    await process.stop()
    return len(told) / (ended - started)


async def statements(ground: Ground, told: Sequence[Record]) -> list[Transaction]:
    """What our consumer sends to take these records in."""
    async with ground.round() as measured:
        await measured.topics.fill("storefront-orders", told)
        stop = asyncio.Event()
        with recorded(measured.database.engine) as transactions:
            consuming = asyncio.create_task(Consumer(service, measured.settings, measured.database).run(stop))
            await measured.has_rows("inbox", len(told))
            stop.set()
            await consuming
    return transactions


async def replayed(ground: Ground, transactions: Sequence[Transaction]) -> float:
    """Seconds."""
    async with ground.round() as measured:
        connection = await asyncpg.connect(plain(measured.settings.database_url.get_secret_value()))
        started = time.perf_counter()
        await send(connection, transactions)
        ended = time.perf_counter()
        await connection.close()
    return ended - started
