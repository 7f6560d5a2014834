"""Records into a round's topics, and what came out of them."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.migrations.topics import PARTITIONS
from shared.settings import Settings
from tests.bench.sample import Record
from tests.support import wait_until

Check = Callable[[], None]


class Topics:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def fill(self, topic: str, records: Iterable[Record]) -> None:
        producer = AIOKafkaProducer(**self._settings.kafka(), linger_ms=20, max_batch_size=2**20)
        async with producer:
            for record in records:
                await producer.send(self._settings.topic(topic), record.value, record.key, headers=record.headers)
            await producer.flush()

    async def trickle(self, topic: str, records: Iterable[Record], per_second: float) -> None:
        """Each by itself, at a steady rate."""
        async with AIOKafkaProducer(**self._settings.kafka()) as producer:
            due = time.perf_counter()
            for record in records:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                due += 1 / per_second
                await producer.send(self._settings.topic(topic), record.value, record.key, headers=record.headers)

    async def joined(self, group: str, check: Check) -> float:
        """When the group's consumer had its partitions."""
        client = AIOKafkaAdminClient(**self._settings.kafka())
        await client.start()

        async def stable() -> bool:
            check()
            try:
                (answer,) = await client.describe_consumer_groups([self._settings.kafka_topic_prefix + group])
            except KafkaError:  # the broker is still making the topic groups are kept in
                return False
            return str(answer.groups[0][2]) == "Stable"

        try:
            await wait_until(stable, within=60)
        finally:
            await client.close()
        return time.perf_counter()

    async def reaches(self, topic: str, count: int, check: Check, *, within: float = 300.0) -> tuple[float, int]:
        """When the topic first held that many records, and how many it held then."""
        async with self._consumer() as consumer:
            partitions = self._partitions(topic)

            async def reached() -> int:
                check()
                found = sum((await consumer.end_offsets(partitions)).values())
                return found if found >= count else 0

            found = await wait_until(reached, within=within, pause=0.05)
            return time.perf_counter(), found

    async def size(self, topic: str) -> int:
        async with self._consumer() as consumer:
            return sum((await consumer.end_offsets(self._partitions(topic))).values())

    async def types(self, topic: str, count: int) -> dict[str, set[bytes]]:
        """Of the topic's first records: the keys that were said, by type."""
        said: dict[str, set[bytes]] = {}
        async with self.read(topic, earliest=True) as consumer:
            while count > 0:
                for records in (await consumer.getmany(timeout_ms=1_000)).values():
                    count -= len(records)
                    for record in records:
                        said.setdefault(dict(record.headers)["ce_type"].decode(), set()).add(record.key)
        return said

    @asynccontextmanager
    async def read(self, topic: str, *, earliest: bool = False) -> AsyncIterator[AIOKafkaConsumer]:
        async with self._consumer() as consumer:
            partitions = self._partitions(topic)
            consumer.assign(partitions)
            await (consumer.seek_to_beginning if earliest else consumer.seek_to_end)(*partitions)
            yield consumer

    def _consumer(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(**self._settings.kafka(), enable_auto_commit=False)

    def _partitions(self, topic: str) -> list[TopicPartition]:
        return [TopicPartition(self._settings.topic(topic), number) for number in range(PARTITIONS)]
