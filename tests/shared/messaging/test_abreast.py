"""Whether what was said is taken in: told from where topics end and from how far the group has come."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

import orjson
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaConnectionError
from sqlalchemy.ext.asyncio import AsyncSession

from shared.messaging.abreast import Abreast
from shared.service import Service
from shared.timers import TimerRouter
from tests.shared.messaging.toy import TOPIC, Toy, headers, paid
from tests.support import wait_until


@dataclass
class Topic:
    """As a group sees it: where its partitions end, and how far all its workers have come."""

    ends: list[int]
    committed_at: list[int | None]
    lost: bool = False
    asked: int = 0
    now: float = field(default=1_000.0)

    def partitions_for_topic(self, _topic: str) -> set[int]:
        return set(range(len(self.ends)))

    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        self.asked += 1
        if self.lost:
            raise KafkaConnectionError("gone")
        return {partition: self.ends[partition.partition] for partition in partitions}

    async def committed(self, partition: TopicPartition) -> int | None:
        number: int = partition.partition
        return self.committed_at[number]

    def clock(self) -> float:
        return self.now

    @asynccontextmanager
    async def followed(self) -> AsyncIterator[Abreast]:
        abreast = Abreast([TOPIC], self.clock)
        following = asyncio.create_task(abreast.follow(self))
        yield abreast
        following.cancel()


async def is_asked_again(topic: Topic) -> None:
    before = topic.asked
    await wait_until(lambda: topic.asked > before + 1, within=10)


@pytest.mark.parametrize("committed", [None, 4])
async def test_behind_in_one_partition_is_not_abreast_until_that_is_taken_in(committed: int | None) -> None:
    topic = Topic([7, 5], [7, committed])

    async with topic.followed() as abreast:
        await wait_until(lambda: topic.asked > 0)
        assert not abreast()
        topic.committed_at[1] = 5
        await wait_until(abreast)


async def test_what_was_caught_up_with_too_late_is_asked_again() -> None:
    topic = Topic([7], [4])

    async with topic.followed() as abreast:
        await wait_until(lambda: topic.asked > 0)
        topic.now += 31
        topic.ends, topic.committed_at = [9], [7]
        await wait_until(lambda: topic.asked > 1)
        assert not abreast()
        topic.committed_at = [9]
        await wait_until(abreast)


async def test_nobody_knows_while_kafka_is_lost() -> None:
    topic = Topic([7], [7], lost=True)

    async with topic.followed() as abreast:
        await is_asked_again(topic)
        assert not abreast()
        topic.lost = False
        await wait_until(abreast)
        topic.lost = True
        topic.now += 29
        assert abreast()
        topic.now += 2
        assert not abreast()


def test_a_service_whose_timers_wait_for_nothing_is_always_abreast() -> None:
    assert Abreast([])()


async def test_a_worker_is_abreast_when_all_is_taken_in_whatever_marks_a_transaction_left_behind(shop: Toy) -> None:
    async with AIOKafkaProducer(**shop.settings.kafka(), transactional_id=shop.settings.kafka_topic_prefix) as producer:
        for number in range(20):
            async with producer.transaction():
                order_id = f"o-{number}"
                value, key = orjson.dumps(paid(order_id, 1)), f"demo/{order_id}".encode()
                await producer.send(shop.settings.topic(TOPIC), value, key=key, headers=headers())

    async with shop.consuming(waiting(shop.service)) as consumer:
        assert not consumer.is_abreast()
        await wait_until(consumer.is_abreast, within=20)
        assert await shop.count("effects") == 20


def waiting(service: Service) -> Service:
    """With a timer that comes after the news."""
    timers = TimerRouter()

    @timers.on("look", after=TOPIC)
    async def look(session: AsyncSession, keys: Sequence[str], now: datetime) -> None: ...

    return replace(service, timers=timers)
