"""Tells a consumer that works, or waits for something lost, from one that hangs."""

import asyncio
import time
from collections.abc import Callable, Iterable

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.telemetry import metrics

log = structlog.get_logger()

_PATIENCE = 120.0
_LOOK_EVERY = 5.0


class Watchdog:
    """Not alive: a chunk that neither ends nor waits for infrastructure, or lag while nothing is fetched, for `patience` seconds.

    It also tells what it sees: how far each partition is, without `prefix` in its topic's name, and what went before it was read.
    """

    def __init__(self, prefix: str = "", *, patience: float = _PATIENCE, clock: Callable[[], float] = time.monotonic) -> None:
        self._prefix = prefix
        self._patience = patience
        self._clock = clock
        self._busy_since: dict[TopicPartition, float] = {}
        self._handled: dict[TopicPartition, int] = {}
        self._behind_since: dict[TopicPartition, float] = {}

    def begin(self, partitions: Iterable[TopicPartition]) -> None:
        """Their chunk starts, or is about to be tried again."""
        self._busy_since.update(dict.fromkeys(partitions, self._clock()))

    def end(self, partition: TopicPartition, offset: int) -> None:
        self._busy_since.pop(partition, None)
        self._behind_since.pop(partition, None)
        self._handled[partition] = offset

    def leave(self, partitions: Iterable[TopicPartition]) -> None:
        for partition in partitions:
            self._busy_since.pop(partition, None)
            self._behind_since.pop(partition, None)
            self._handled.pop(partition, None)
            for gauge in (metrics.consumer_lag, metrics.consumer_position):
                gauge.remove(*self._labels(partition))  # whoever has it now tells

    def missed(self, partition: TopicPartition, count: int) -> None:
        """So many records were deleted before they were read."""
        metrics.consumer_missed.labels(self._topic(partition)).inc(count)
        log.error("records were gone before they were read", topic=partition.topic, partition=partition.partition, records=count)

    def alive(self) -> bool:
        oldest = min([*self._busy_since.values(), *self._behind_since.values()], default=None)
        return oldest is None or self._clock() - oldest < self._patience

    def look(self, ends: dict[TopicPartition, int]) -> None:
        """Compares what was handled with where the partitions end."""
        for partition, end in ends.items():
            if (position := self._handled.get(partition)) is None:
                continue  # it went to another worker meanwhile
            lag = end - position
            metrics.consumer_lag.labels(*self._labels(partition)).set(lag)
            metrics.consumer_position.labels(*self._labels(partition)).set(position)
            if lag <= 0 or partition in self._busy_since:
                self._behind_since.pop(partition, None)
            else:
                self._behind_since.setdefault(partition, self._clock())

    async def follow(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            partitions = consumer.assignment()
            if not partitions:
                await consumer.getmany()  # raises what a member that follows nothing would not hear of, and then never does anything
            try:
                for partition in partitions - self._handled.keys():
                    self._handled[partition] = await consumer.position(partition)
                self.look(await consumer.end_offsets(partitions) if partitions else {})
            except KafkaError:
                self._behind_since.clear()  # a lost Kafka is waited for, not hung upon

    def _labels(self, partition: TopicPartition) -> tuple[str, str]:
        return self._topic(partition), str(partition.partition)

    def _topic(self, partition: TopicPartition) -> str:
        return str(partition.topic).removeprefix(self._prefix)
