"""Partitions, chunk by chunk: each chunk one transaction; only the guilty event is set aside."""

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

import structlog
from aiokafka import TopicPartition

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

    Records = Sequence[ConsumerRecord[bytes, bytes]]

log = structlog.get_logger()

CHUNK = 500
T = TypeVar("T")


class Intake:
    """Takes records of any partitions of one topic in, each chunk in a transaction of its own."""

    def __init__(self, events: EventRouter, database: Database, clock: Clock, prefix: str, watchdog: Watchdog) -> None:
        self._events = events
        self._database = database
        self._clock = clock
        self._prefix = prefix
        self._watchdog = watchdog
        metrics.from_zero(metrics.chunk_reruns, events.topics)
        for kind in events.heard:
            metrics.from_zero(metrics.consumed, [kind.topic], [kind.name], [intake.Result.TAKEN, intake.Result.SET_ASIDE])

    async def take_in(self, fetched: "Mapping[TopicPartition, Records]") -> None:
        started = time.perf_counter()
        deliveries = [Delivery.of(record, self._prefix) for records in fetched.values() for record in records]
        await self._chunk(fetched.keys(), deliveries)
        metrics.chunk_duration.labels(deliveries[0].topic).observe(time.perf_counter() - started)

    async def _chunk(self, partitions: Collection[TopicPartition], deliveries: Sequence[Delivery]) -> None:
        """The whole chunk at once; if its content does not allow that, in parts."""
        try:
            await self._patiently(partitions, deliveries)
        except TooManyEvents:
            if len(deliveries) == 1:
                raise
            middle = len(deliveries) // 2
            await self._chunk(partitions, deliveries[:middle])
            await self._chunk(partitions, deliveries[middle:])
        except Exception as error:
            if is_fatal(error):
                raise
            await self._one_by_one(partitions, deliveries, error)

    async def _one_by_one(self, partitions: Collection[TopicPartition], deliveries: Sequence[Delivery], error: Exception) -> None:
        metrics.chunk_reruns.labels(deliveries[0].topic).inc()
        log.warning("chunk is run one by one", topic=deliveries[0].topic, records=len(deliveries), error=type(error).__name__)
        for delivery in deliveries:
            try:
                await self._patiently(partitions, [delivery])
            except Exception as guilty:
                if is_fatal(guilty):
                    raise
                await self._give_up(partitions, delivery, guilty)

    async def _give_up(self, partitions: Collection[TopicPartition], delivery: Delivery, error: Exception) -> None:
        log.warning("event set aside", topic=delivery.topic, type=delivery.type, event_id=delivery.event_id, error=type(error).__name__)

        async def set_aside() -> intake.Result:
            async with self._database.transaction() as session:
                return await intake.give_up(session, delivery, error)

        result = await self._insist(partitions, set_aside)
        metrics.consumed.labels(delivery.topic, _name(delivery), result).inc()

    async def _patiently(self, partitions: Collection[TopicPartition], deliveries: Sequence[Delivery]) -> None:
        """One transaction, done again for as long as the infrastructure fails."""

        async def take_in() -> list[intake.Result]:
            with consuming(deliveries):
                async with self._database.transaction() as session:
                    return await intake.take_in(session, self._events, deliveries, self._clock())

        results = await self._insist(partitions, take_in)
        for (name, result), count in Counter(zip((_name(each) for each in deliveries), results, strict=True)).items():
            metrics.consumed.labels(deliveries[0].topic, name, result).inc(count)

    async def _insist(self, partitions: Collection[TopicPartition], work: Callable[[], Awaitable[T]]) -> T:
        def waits(error: Exception) -> bool:
            self._watchdog.begin(partitions)  # waiting for a lost Postgres counts as progress
            return is_transient(error)

        self._watchdog.begin(partitions)
        return await insist(work, on=waits)


def _name(delivery: Delivery) -> str:
    """A declared one: what a sender made up would make labels without end."""
    return delivery.event.name if delivery.event else "unknown"
