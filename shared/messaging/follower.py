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
        following = await self._consumer.committed(self._partition)
        while not self._leaving:
            fetched = await self._consumer.getmany(self._partition, timeout_ms=1_000, max_records=CHUNK)
            records = fetched.get(self._partition)
            if not records:
                following = await self._pass_over(following)
                continue
            await self._notice_missed(following, records[0].offset)
            self._busy = True
            await self._gathering.take_in(self._partition, records)
            self._offsets.reached(self._partition, following := records[-1].offset + 1)
            self._watchdog.end(self._partition, following)
            self._busy = False

    async def _pass_over(self, following: int | None) -> int:
        """What is no record lies behind us too: the marks of a producer's transactions, and what is gone."""
        reached: int = await self._consumer.position(self._partition)
        if reached > (following or 0):
            await self._notice_missed(following, reached)
            self._offsets.reached(self._partition, reached)
            self._watchdog.end(self._partition, reached)
        return reached

    async def _notice_missed(self, following: int | None, first: int) -> None:
        """Offsets skip without loss where a producer uses transactions; what lies before the beginning of the log is gone."""
        if following is not None and first > following:
            begins = await self._consumer.beginning_offsets([self._partition])
            if (missed := begins[self._partition] - following) > 0:
                self._watchdog.missed(self._partition, missed)
