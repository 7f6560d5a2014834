"""One partition, chunk by chunk: each chunk one transaction; only the guilty event is set aside."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.clock import Clock
from shared.db import Database, is_fatal, is_transient
from shared.messaging import intake
from shared.messaging.envelope import Delivery
from shared.messaging.outbox import TooManyEvents
from shared.messaging.router import EventRouter
from shared.messaging.watchdog import Watchdog
from shared.retries import insist
from shared.telemetry import consuming, metrics

if TYPE_CHECKING:
    from aiokafka import ConsumerRecord

log = structlog.get_logger()

CHUNK = 500
T = TypeVar("T")


class Intake:
    """Takes the records of any partition in, each chunk in a transaction of its own."""

    def __init__(self, events: EventRouter, database: Database, clock: Clock, prefix: str, watchdog: Watchdog) -> None:
        self._events = events
        self._database = database
        self._clock = clock
        self._prefix = prefix
        self._watchdog = watchdog

    async def take_in(self, partition: TopicPartition, records: "Sequence[ConsumerRecord[bytes, bytes]]") -> None:
        started = time.perf_counter()
        deliveries = [Delivery.of(record, self._prefix) for record in records]
        await self._chunk(partition, deliveries)
        metrics.chunk_duration.labels(deliveries[0].topic).observe(time.perf_counter() - started)

    async def _chunk(self, partition: TopicPartition, deliveries: Sequence[Delivery]) -> None:
        """The whole chunk at once; if its content does not allow that, in parts."""
        try:
            await self._patiently(partition, deliveries)
        except TooManyEvents:
            if len(deliveries) == 1:
                raise
            middle = len(deliveries) // 2
            await self._chunk(partition, deliveries[:middle])
            await self._chunk(partition, deliveries[middle:])
        except Exception as error:
            if is_fatal(error):
                raise
            await self._one_by_one(partition, deliveries, error)

    async def _one_by_one(self, partition: TopicPartition, deliveries: Sequence[Delivery], error: Exception) -> None:
        metrics.chunk_reruns.labels(deliveries[0].topic).inc()
        log.warning("chunk is run one by one", topic=deliveries[0].topic, partition=partition.partition, error=type(error).__name__)
        for delivery in deliveries:
            try:
                await self._patiently(partition, [delivery])
            except Exception as guilty:
                if is_fatal(guilty):
                    raise
                await self._give_up(partition, delivery, guilty)

    async def _give_up(self, partition: TopicPartition, delivery: Delivery, error: Exception) -> None:
        log.warning("event set aside", topic=delivery.topic, type=delivery.type, event_id=delivery.event_id, error=type(error).__name__)

        async def set_aside() -> intake.Result:
            async with self._database.transaction() as session:
                return await intake.give_up(session, delivery, error)

        result = await self._insist(partition, set_aside)
        metrics.consumed.labels(delivery.topic, _name(delivery), result).inc()

    async def _patiently(self, partition: TopicPartition, deliveries: Sequence[Delivery]) -> None:
        """One transaction, done again for as long as the infrastructure fails."""

        async def take_in() -> list[intake.Result]:
            with consuming(deliveries):
                async with self._database.transaction() as session:
                    return await intake.take_in(session, self._events, deliveries, self._clock())

        results = await self._insist(partition, take_in)
        for (name, result), count in Counter(zip((_name(each) for each in deliveries), results, strict=True)).items():
            metrics.consumed.labels(deliveries[0].topic, name, result).inc(count)

    async def _insist(self, partition: TopicPartition, work: Callable[[], Awaitable[T]]) -> T:
        def waits(error: Exception) -> bool:
            self._watchdog.begin(partition)  # waiting for a lost Postgres counts as progress
            return is_transient(error)

        self._watchdog.begin(partition)
        return await insist(work, on=waits)


def _name(delivery: Delivery) -> str:
    """A declared one: what a sender made up would make labels without end."""
    return delivery.event.name if delivery.event else "unknown"


class Follower:
    """Fetches one partition of this worker, takes its chunks in and commits their offsets."""

    def __init__(
        self, consumer: AIOKafkaConsumer, partition: TopicPartition, intake: Intake, slots: asyncio.Semaphore, watchdog: Watchdog
    ) -> None:
        self._consumer = consumer
        self._partition = partition
        self._intake = intake
        self._slots = slots
        self._watchdog = watchdog
        self._busy = False
        self._leaving = False
        self.task = asyncio.create_task(self._follow(), name=f"{partition.topic}/{partition.partition}")

    def leave(self) -> None:
        """A running chunk ends first."""
        self._leaving = True
        if not self._busy:
            self.task.cancel()

    async def _follow(self) -> None:
        while not self._leaving:
            fetched = await self._consumer.getmany(self._partition, timeout_ms=1_000, max_records=CHUNK)
            records = fetched.get(self._partition)
            if not records:
                continue
            async with self._slots:
                self._busy = True
                await self._intake.take_in(self._partition, records)
            await self._commit(records[-1].offset + 1)
            self._busy = False

    async def _commit(self, offset: int) -> None:
        """A commit that fails, or comes after the partition went to another worker, only means that records come again."""
        try:
            await self._consumer.commit({self._partition: offset})
        except KafkaError as error:
            log.info("offset not committed", topic=self._partition.topic, partition=self._partition.partition, error=type(error).__name__)
        self._watchdog.end(self._partition, offset)
