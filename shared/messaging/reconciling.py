"""After a database was restored: what its service said before, as Kafka has it, against what it knows now."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from shared.clock import utc_now
from shared.db import Database, is_transient
from shared.errors import NotFound
from shared.events.base import Event
from shared.events.registry import contracts
from shared.messaging.envelope import Delivery
from shared.retries import insist

if TYPE_CHECKING:
    from shared.service import Reconcile, Service
    from shared.settings import Settings

_BATCH = 250


class NothingToReconcile(NotFound):
    pass


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How many things were spoken of since, and the last word on those that the database does not know, or not so far."""

    things: int
    lost: Sequence[Event]


async def reconcile(service: "Service", settings: "Settings", database: Database, since: datetime) -> Reconciled:
    """Of what stands otherwise than it was said, the service says anew how it stands, above every version anybody heard.

    Once the events since the restore point are taken in again. Run twice it finds nothing more to say.
    """
    if service.reconcile is None:
        raise NothingToReconcile(f"{service.name} says nothing that could have been outdone")
    lost: list[Event] = []
    newest = await _newest_said(service, settings, since)
    for first in range(0, len(newest), _BATCH):
        work = partial(_reconcile_some, service.reconcile, database, newest[first : first + _BATCH])
        lost += await insist(work, on=is_transient)
    return Reconciled(len(newest), lost)


async def _reconcile_some(reconcile: "Reconcile", database: Database, said: Sequence[Event]) -> Sequence[Event]:
    async with database.transaction() as session:
        return await reconcile(session, said, utc_now())


async def _newest_said(service: "Service", settings: "Settings", since: datetime) -> Sequence[Event]:
    """Of each thing the event with the highest version; of two with the same the first, which is the one that listeners went by."""
    newest: dict[tuple[str, str, str, bool], Event] = {}
    async for record in _records(settings, _own_topics(service, settings), since):
        event = Delivery.of(record, settings.kafka_topic_prefix).event
        if event is not None and event.source == f"/kefu/{service.name}":
            thing = event.topic, str(getattr(event, "store_id", "")), event.subject, "version" in type(event).model_fields
            if thing not in newest or event.sequence > newest[thing].sequence:
                newest[thing] = event
    return list(newest.values())


def _own_topics(service: "Service", settings: "Settings") -> Sequence[str]:
    return sorted({settings.topic(contract.topic) for contract in contracts() if contract.said_by == service.name})


async def _records(settings: "Settings", topics: Sequence[str], since: datetime) -> AsyncIterator["ConsumerRecord[bytes, bytes]"]:
    """From that time to where the topics end now; those of one partition in their order."""
    consumer = AIOKafkaConsumer(*topics, **settings.kafka(), enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, number) for topic in topics for number in consumer.partitions_for_topic(topic) or ()]
        ends = await consumer.end_offsets(partitions)
        begins = await consumer.offsets_for_times(dict.fromkeys(partitions, int(since.timestamp() * 1000)))
        unread = {partition for partition in partitions if begins[partition] is not None}
        for partition in partitions:
            consumer.seek(partition, begins[partition].offset if partition in unread else ends[partition])
        while unread:
            for records in (await consumer.getmany(*unread, timeout_ms=1_000)).values():
                for record in records:
                    yield record
            unread = {partition for partition in unread if await consumer.position(partition) < ends[partition]}
    finally:
        await consumer.stop()
