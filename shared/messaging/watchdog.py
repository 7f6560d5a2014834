"""Tells a consumer that works, or waits for something lost, from one that hangs."""

import asyncio
import time
from collections.abc import Callable, Iterable

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.telemetry import metrics

_PATIENCE = 120.0
_LOOK_EVERY = 5.0


class Watchdog:
    """Not alive: a chunk that neither ends nor waits for infrastructure, or lag while nothing is fetched, for `patience` seconds."""

    def __init__(self, patience: float = _PATIENCE, clock: Callable[[], float] = time.monotonic) -> None:
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

    def alive(self) -> bool:
        oldest = min([*self._busy_since.values(), *self._behind_since.values()], default=None)
        return oldest is None or self._clock() - oldest < self._patience

    def look(self, ends: dict[TopicPartition, int]) -> None:
        """Compares what was handled with where the partitions end."""
        for partition, end in ends.items():
            lag = end - self._handled.get(partition, end)
            metrics.consumer_lag.labels(partition.topic, str(partition.partition)).set(lag)
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
