"""Commits how far partitions were taken in, of all of them together, while the next records are on their way."""

import asyncio

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

log = structlog.get_logger()


class Offsets:
    """A commit that fails, or comes after its partition went to another worker, only means that records come again."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._due: dict[TopicPartition, int] = {}
        self._committing: asyncio.Task[None] | None = None

    def reached(self, partition: TopicPartition, offset: int) -> None:
        """The offset of the next record."""
        self._due[partition] = offset
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit(), name="offsets")

    async def settle(self) -> None:
        """Returns when nothing is to be committed any more."""
        if self._committing is not None:
            await self._committing

    async def _commit(self) -> None:
        while self._due:
            due, self._due = self._due, {}
            try:
                await self._consumer.commit(due)
            except KafkaError as error:
                log.info("offsets not committed", partitions=len(due), error=type(error).__name__)
