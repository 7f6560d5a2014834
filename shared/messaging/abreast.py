"""Whether a service has taken in what was said, all its workers together."""

import asyncio
import math
import time
from collections.abc import Callable, Collection

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError

_LOOK_EVERY = 5.0
_LOOK_AGAIN = 0.5
_LATEST = 30.0


class Abreast:
    """Of `topics`, by their full names: everything that was said there half a minute ago, or before, is taken in.

    Where they end is asked first, and then, until it gets there, how far the group has committed. While Kafka is lost nobody knows.
    """

    def __init__(self, topics: Collection[str], clock: Callable[[], float] = time.monotonic) -> None:
        self._topics = topics
        self._clock = clock
        self._until = -math.inf

    def __call__(self) -> bool:
        return not self._topics or self._clock() - self._until < _LATEST

    async def follow(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            try:
                self._until = await self._reached(consumer)
            except KafkaError:
                await asyncio.sleep(_LOOK_AGAIN)
            await asyncio.sleep(_LOOK_EVERY if self() else _LOOK_AGAIN)

    async def _reached(self, consumer: AIOKafkaConsumer) -> float:
        """When it was asked how far that is, as soon as it has been reached."""
        asked_at = self._clock()
        ahead: dict[TopicPartition, int] = await consumer.end_offsets(self._partitions(consumer)) if self._topics else {}
        while ahead:
            ahead = {partition: end for partition, end in ahead.items() if end > (await consumer.committed(partition) or 0)}
            if ahead:
                await asyncio.sleep(_LOOK_AGAIN)
        return asked_at

    def _partitions(self, consumer: AIOKafkaConsumer) -> list[TopicPartition]:
        found = []
        for topic in self._topics:
            if not (numbers := consumer.partitions_for_topic(topic)):
                raise UnknownTopicOrPartitionError(topic)
            found += [TopicPartition(topic, number) for number in sorted(numbers)]
        return found
