"""One partition that this worker was given."""

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.messaging.gathering import Gathering
from shared.messaging.offsets import Offsets
from shared.messaging.partition import CHUNK
from shared.messaging.watchdog import Watchdog


class Follower:
    """Fetches one partition of this worker, has its records taken in and commits their offsets."""

    def __init__(
        self, consumer: AIOKafkaConsumer, partition: TopicPartition, gathering: Gathering, offsets: Offsets, watchdog: Watchdog
    ) -> None:
        self._consumer = consumer
        self._partition = partition
        self._gathering = gathering
        self._offsets = offsets
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
            self._busy = True
            await self._gathering.take_in(self._partition, records)
            self._offsets.reached(self._partition, following := records[-1].offset + 1)
            self._watchdog.end(self._partition, following)
            self._busy = False
