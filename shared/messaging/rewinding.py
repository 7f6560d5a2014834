"""A group set back to a time: after its database was restored, or when the service has learned to hear more than before."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError

from shared.errors import BusinessError, Conflict, Unprocessable

if TYPE_CHECKING:
    from shared.service import Service
    from shared.settings import Settings

# a worker that keeps its place in the group for a quick restart is a member until its session is over
_EMPTY_WITHIN = 15.0
_EMPTY = ("Empty", "Dead")


class NobodyListens(Unprocessable):
    """The service hears nothing on this topic."""


class GroupAtWork(Conflict):
    """Whoever consumes would commit its own offsets over those that are set."""


class KafkaAway(BusinessError):
    status = 503


@dataclass(frozen=True, slots=True)
class Rewound:
    """`before` and `after` are offsets of the next record, `records` come again; not `whole` where Kafka may have let older ones go."""

    topic: str
    partition: int
    before: int
    after: int
    whole: bool

    @property
    def records(self) -> int:
        return self.before - self.after


async def rewind(
    service: "Service", settings: "Settings", topics: Collection[str], to: datetime, *, dry_run: bool = False, within: float = _EMPTY_WITHIN
) -> Sequence[Rewound]:
    """Where the service's group stands after it, per partition of `topics` (none: of all it hears); a partition never moves forward.

    NobodyListens, GroupAtWork, KafkaAway. A partition nobody ever committed is left out: it is read from its start anyway.
    """
    if unheard := set(topics) - set(service.topics_heard):
        raise NobodyListens(f"{service.name} does not hear {', '.join(sorted(unheard))}")
    group = settings.topic(service.name)
    names = {settings.topic(name): name for name in topics or service.topics_heard}
    async with _clients(settings, group) as (admin, consumer):
        if not dry_run:
            await _until_empty(admin, group, within)
        rewound = await _found(admin, consumer, group, names, to)
        if not dry_run:
            await _commit(consumer, settings, rewound)
    return rewound


@asynccontextmanager
async def _clients(settings: "Settings", group: str) -> AsyncIterator[tuple[AIOKafkaAdminClient, AIOKafkaConsumer]]:
    admin = AIOKafkaAdminClient(**settings.kafka(), client_id="kefu-rewind")
    consumer = AIOKafkaConsumer(**settings.kafka(), group_id=group, enable_auto_commit=False)
    try:
        await admin.start()
        await consumer.start()
        yield admin, consumer
    except KafkaConnectionError:
        raise KafkaAway(f"Kafka does not answer at {settings.kafka_bootstrap_servers}") from None
    finally:
        await consumer.stop()
        await admin.close()


async def _until_empty(admin: AIOKafkaAdminClient, group: str, within: float) -> None:
    members = 0
    try:
        async with asyncio.timeout(within):
            while members := await _members(admin, group):  # noqa: ASYNC110 - of other processes
                await asyncio.sleep(0.5)
    except TimeoutError:
        raise GroupAtWork(f"the group {group} has members: {members}; stop the service's workers first") from None


async def _members(admin: AIOKafkaAdminClient, group: str) -> int:
    (answer,) = await admin.describe_consumer_groups([group])
    _, _, state, _, _, members, *_ = answer.groups[0]
    return 0 if state in _EMPTY else max(1, len(members))


async def _found(
    admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer, group: str, names: Mapping[str, str], to: datetime
) -> Sequence[Rewound]:
    described = await admin.describe_topics(list(names))
    partitions = sorted(TopicPartition(each["topic"], part["partition"]) for each in described for part in each["partitions"])
    committed = await admin.list_consumer_group_offsets(group, partitions=partitions)
    firsts, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
    since = await consumer.offsets_for_times(dict.fromkeys(partitions, int(to.timestamp() * 1000)))
    rewound = []
    for partition in partitions:
        before, first = committed[partition].offset, firsts[partition]
        if before >= 0:
            after = min(before, since[partition].offset if since[partition] else ends[partition])
            rewound.append(Rewound(names[partition.topic], partition.partition, before, after, whole=first == 0 or after > first))
    return rewound


async def _commit(consumer: AIOKafkaConsumer, settings: "Settings", rewound: Sequence[Rewound]) -> None:
    offsets = {TopicPartition(settings.topic(each.topic), each.partition): each.after for each in rewound if each.records}
    if offsets:
        consumer.assign(list(offsets))
        await consumer.commit(offsets)
