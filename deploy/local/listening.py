"""Reads Kafka as an outsider does: CloudEvents in binary mode, from now on, in no consumer group."""

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

if TYPE_CHECKING:
    from pydantic import JsonValue

# its name only: loading pydantic would take each of these small programs longer than everything else
Json = dict[str, "JsonValue"]


@dataclass(frozen=True, slots=True)
class Heard:
    """One event and what its headers say of it."""

    topic: str
    event_id: str
    name: str
    source: str
    subject: str
    content: Json

    @classmethod
    def of(cls, record: "ConsumerRecord[bytes, bytes]", prefix: str) -> "Heard":
        said = {name: value.decode(errors="replace") for name, value in record.headers}
        content = cast("Json", json.loads(record.value or b"{}"))
        topic = str(record.topic).removeprefix(prefix)
        return cls(topic, said.get("ce_id", ""), said.get("ce_type", ""), said.get("ce_source", ""), said.get("ce_subject", ""), content)

    @property
    def service(self) -> str:
        """Which service of ours said it; empty where it was somebody else."""
        head, _, name = self.source.removeprefix("/").partition("/")
        return name if head == "kefu" else ""

    def text(self, name: str) -> str:
        """A field as text; empty where it is null or not there."""
        found = self.content.get(name)
        return "" if found is None else str(found)

    def part(self, name: str) -> Json:
        """A field that is an object; empty where it is null or not there."""
        found = self.content.get(name)
        return found if isinstance(found, dict) else {}


@asynccontextmanager
async def listening(kafka: str, prefix: str, topics: Iterable[str]) -> AsyncIterator[AsyncIterator[Heard]]:
    """What is said from here on, on those of the topics that are there."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = await _partitions(consumer, {prefix + topic for topic in topics})
        if partitions:
            consumer.assign(partitions)
            await consumer.seek_to_end(*partitions)
            # the end is looked up when it is first asked for, and must not lie behind what the caller causes next
            for partition in partitions:
                await consumer.position(partition)
        yield _events(consumer, prefix)
    finally:
        await consumer.stop()


async def _partitions(consumer: "AIOKafkaConsumer[bytes, bytes]", wanted: set[str]) -> list[TopicPartition]:
    cluster = await consumer._client.fetch_all_metadata()  # noqa: SLF001 - the public way waits for topics that are not there
    return [TopicPartition(topic, number) for topic in sorted(wanted) for number in sorted(cluster.partitions_for_topic(topic) or ())]


async def _events(consumer: "AIOKafkaConsumer[bytes, bytes]", prefix: str) -> AsyncIterator[Heard]:
    async for record in consumer:
        yield Heard.of(record, prefix)
