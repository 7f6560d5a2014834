"""One partition that this worker was given."""

import asyncio

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.messaging.gathering import Gathering
from shared.messaging.partition import CHUNK
from shared.messaging.watchdog import Watchdog

log = structlog.get_logger()


class Follower:
    """Fetches one partition of this worker, has its records taken in and commits their offsets."""

    def __init__(self, consumer: AIOKafkaConsumer, partition: TopicPartition, gathering: Gathering, watchdog: Watchdog) -> None:
        self._consumer = consumer
        self._partition = partition
        self._gathering = gathering
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
            await self._commit(records[-1].offset + 1)
            self._busy = False

    async def _commit(self, offset: int) -> None:
        """A commit that fails, or comes after the partition went to another worker, only means that records come again."""
        try:
            await self._consumer.commit({self._partition: offset})
        except KafkaError as error:
            log.info("offset not committed", topic=self._partition.topic, partition=self._partition.partition, error=type(error).__name__)
        self._watchdog.end(self._partition, offset)
