"""One member of a service's consumer group: joins, follows the partitions it is given, waits for a lost Kafka."""

import asyncio
import contextlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError

from shared import rights
from shared.clock import Clock, utc_now
from shared.db import Database
from shared.messaging import access
from shared.messaging.abreast import Abreast
from shared.messaging.envelope import MOST_BYTES
from shared.messaging.follower import Follower
from shared.messaging.gathering import Gathering
from shared.messaging.offsets import Offsets
from shared.messaging.partition import CHUNK, Intake
from shared.messaging.watchdog import Watchdog
from shared.obstacles import NotPermitted, Obstacle
from shared.retries import insist, until
from shared.telemetry import metrics

if TYPE_CHECKING:
    from shared.service import Service
    from shared.settings import Settings

_SESSION_MS = 6_000
_REBALANCE_MS = 60_000
_LONGEST_CHUNK = 20.0
# a partition that waits for a lost Postgres is not fetched from, and that is no reason to be put out of the group
_POLL_MS = 24 * 3600 * 1000


class Consumer:
    """`run` ends when `stop` is set, and raises when only another deployment can help (a table that is not there)."""

    def __init__(self, service: "Service", settings: "Settings", database: Database, clock: Clock = utc_now) -> None:
        self._settings = settings
        prefix = settings.kafka_topic_prefix
        self._group = rights.group_of(service.name, settings)
        self._rights = rights.to_run(service, settings)
        self._topics = [prefix + topic for topic in service.events.topics]
        metrics.from_zero(metrics.consumer_missed, service.events.topics)
        self._watchdog = Watchdog(prefix)
        self._intake = Intake(service.events, database, clock, prefix, self._watchdog)
        self.is_abreast = Abreast([prefix + topic for topic in sorted(service.timers.waited_for)])
        self._obstacle = Obstacle("consumer")
        self._joined = False

    def alive(self) -> bool:
        return self._watchdog.alive()

    def waits_for(self) -> str | None:
        return None if self._joined or not self._topics else self._obstacle.why or "it joins its group"

    async def run(self, stop: asyncio.Event) -> None:
        joining = insist(lambda: self._join(stop), on=self._waits, first=0.2) if self._topics else stop.wait()
        await until(stop, joining, at_work=lambda: self._joined)

    def _waits(self, error: Exception) -> bool:
        if not isinstance(error, KafkaError | NotPermitted):
            return False
        self._obstacle.met(access.obstacle_of(error, self._settings, rights.Operation.READ))
        return True

    async def _join(self, stop: asyncio.Event) -> None:
        await self._may_begin()
        consumer = self._member()
        followers = _Followers(consumer, self._intake, self._watchdog, self._settings.worker_chunks)
        consumer.subscribe(self._topics, listener=followers)
        watching = [asyncio.create_task(follow(consumer)) for follow in (self._watchdog.follow, self.is_abreast.follow)]
        stopping = asyncio.create_task(stop.wait())
        try:
            await consumer.start()
            self._joined = True
            self._obstacle.gone()
            waited_for: set[asyncio.Future[Any]] = {stopping, *watching, followers.failed}
            await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
            for ended in (followers.failed, *watching):
                if ended.done():
                    ended.result()
        finally:
            self._joined = False
            for task in (*watching, stopping):
                task.cancel()
            await followers.leave(consumer.assignment())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await consumer.stop()

    async def _may_begin(self) -> None:
        """A member that subscribes before its topics are made would not hear of them for minutes."""
        missing = await access.require(self._settings, self._rights)
        if missing := missing.intersection(self._topics):
            raise UnknownTopicOrPartitionError(*sorted(missing))

    def _member(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            **self._settings.kafka(),
            group_id=self._group,
            group_instance_id=self._settings.kafka_group_instance_id,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            partition_assignment_strategy=[RoundRobinPartitionAssignor],
            session_timeout_ms=_SESSION_MS,
            heartbeat_interval_ms=_SESSION_MS // 4,
            rebalance_timeout_ms=_REBALANCE_MS,
            max_poll_interval_ms=_POLL_MS,
            max_partition_fetch_bytes=MOST_BYTES,
            fetch_max_bytes=8 * MOST_BYTES,
            max_poll_records=CHUNK,
        )


class _Followers(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka leaves it untyped
    """Follows the partitions this worker was given and lets go of those it was not; `failed` tells of the first that cannot go on."""

    def __init__(self, consumer: AIOKafkaConsumer, intake: Intake, watchdog: Watchdog, side_by_side: int) -> None:
        self._consumer = consumer
        self._gathering = Gathering(intake, side_by_side)
        self._offsets = Offsets(consumer)
        self._watchdog = watchdog
        self._followers: dict[TopicPartition, Follower] = {}
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        for partition in assigned:
            follower = Follower(self._consumer, partition, self._gathering, self._offsets, self._watchdog)
            follower.task.add_done_callback(self._ended)
            self._followers[partition] = follower

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        await self.leave(revoked)

    async def leave(self, partitions: Iterable[TopicPartition]) -> None:
        """Running chunks may end; one cut short is rolled back and comes again."""
        leaving = [self._followers.pop(partition) for partition in partitions if partition in self._followers]
        self._watchdog.leave(partitions)
        for follower in leaving:
            follower.leave()
        if leaving:
            _, late = await asyncio.wait([follower.task for follower in leaving], timeout=_LONGEST_CHUNK / 2)
            if late:
                self._gathering.cancel()
            for task in late:
                task.cancel()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await self._offsets.settle()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None and not self.failed.done():
            self.failed.set_exception(error)
