"""Partitions of a topic go in together: what came while a chunk was running is the next one."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiokafka import TopicPartition

from shared.messaging.partition import CHUNK, Intake

if TYPE_CHECKING:
    from shared.messaging.partition import Records

# so many records are a chunk of their own beside the one that is running; fewer are cheaper together
_WORTH_A_CHUNK = 100


@dataclass(eq=False, slots=True)
class _Waiting:
    records: "Records"
    begun: "asyncio.Future[asyncio.Task[None]]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Gathering:
    """At most `side_by_side` chunks at a time; a partition has its records in one of them at most, so that their order holds."""

    def __init__(self, intake: Intake, side_by_side: int) -> None:
        self._intake = intake
        self._side_by_side = side_by_side
        self._waiting: dict[TopicPartition, _Waiting] = {}
        self._running: Counter[str] = Counter()
        self._chunks: set[asyncio.Task[None]] = set()

    async def take_in(self, partition: TopicPartition, records: "Records") -> None:
        """Returns when they are in; raises what kept their chunk from it."""
        waiting = self._waiting[partition] = _Waiting(records)
        self._begin()
        try:
            await asyncio.shield(await waiting.begun)
        finally:
            self._waiting.pop(partition, None)

    def cancel(self) -> None:
        """What is not in by now is rolled back and comes again."""
        for chunk in self._chunks:
            chunk.cancel()

    def _begin(self) -> None:
        for topic in {partition.topic: None for partition in self._waiting}:
            while self._running.total() < self._side_by_side and self._is_worth_it(topic):
                self._take(topic)

    def _is_worth_it(self, topic: str) -> bool:
        waiting = sum(len(each.records) for partition, each in self._waiting.items() if partition.topic == topic)
        return waiting >= (_WORTH_A_CHUNK if self._running[topic] else 1)

    def _take(self, topic: str) -> None:
        """Those who came first, as many as one transaction takes."""
        chunk: dict[TopicPartition, _Waiting] = {}
        room = CHUNK
        for partition, waiting in self._waiting.items():
            if partition.topic == topic and len(waiting.records) <= room:
                chunk[partition] = waiting
                room -= len(waiting.records)
        taking = asyncio.create_task(self._taken(topic, {partition: waiting.records for partition, waiting in chunk.items()}), name=topic)
        self._running[topic] += 1
        self._chunks.add(taking)
        taking.add_done_callback(self._chunks.discard)
        for partition, waiting in chunk.items():
            del self._waiting[partition]
            if not waiting.begun.cancelled():
                waiting.begun.set_result(taking)

    async def _taken(self, topic: str, fetched: "dict[TopicPartition, Records]") -> None:
        try:
            await self._intake.take_in(fetched)
        finally:
            self._running[topic] -= 1
            self._begin()
