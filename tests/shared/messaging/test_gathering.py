"""Which records go in together, with an intake that lets the test say when a chunk ends."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest
from aiokafka import TopicPartition

from shared.messaging.gathering import Gathering
from shared.messaging.partition import CHUNK, Intake

FIRST, SECOND, THIRD = (TopicPartition("orders", number) for number in range(3))
ELSEWHERE = TopicPartition("stores", 0)


class Chunks:
    """Every chunk waits until it is ended."""

    def __init__(self) -> None:
        self.begun: list[dict[TopicPartition, int]] = []
        self._ends: list[asyncio.Future[None]] = []

    async def take_in(self, fetched: Mapping[TopicPartition, Sequence[object]]) -> None:
        self.begun.append({partition: len(records) for partition, records in fetched.items()})
        self._ends.append(asyncio.get_running_loop().create_future())
        await self._ends[-1]

    async def end(self, number: int, error: Exception | None = None) -> None:
        if error is None:
            self._ends[number].set_result(None)
        else:
            self._ends[number].set_exception(error)
        await settled()


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


class Fetching:
    def __init__(self, gathering: Gathering) -> None:
        self._gathering = gathering

    async def brings(self, partition: TopicPartition, count: int) -> "asyncio.Task[None]":
        records = cast("Any", [object()] * count)
        taking = asyncio.create_task(self._gathering.take_in(partition, records))
        await settled()
        return taking


@pytest.fixture
def chunks() -> Chunks:
    return Chunks()


@pytest.fixture
def fetching(chunks: Chunks) -> Fetching:
    return Fetching(Gathering(cast("Intake", chunks), 2))


async def test_what_comes_while_a_chunk_runs_goes_in_together(chunks: Chunks, fetching: Fetching) -> None:
    first = await fetching.brings(FIRST, 1)
    others = [await fetching.brings(SECOND, 2), await fetching.brings(THIRD, 3)]

    await chunks.end(0)
    assert (first.done(), chunks.begun) == (True, [{FIRST: 1}, {SECOND: 2, THIRD: 3}])

    await chunks.end(1)
    assert all(each.done() for each in others)


async def test_what_is_worth_a_chunk_goes_beside_the_one_that_runs_and_no_more_than_allowed(chunks: Chunks, fetching: Fetching) -> None:
    for partition in (FIRST, SECOND, THIRD):
        await fetching.brings(partition, 100)
    assert chunks.begun == [{FIRST: 100}, {SECOND: 100}]

    await chunks.end(0)
    assert chunks.begun[2:] == [{THIRD: 100}]
    await chunks.end(1)
    await chunks.end(2)


async def test_every_topic_has_a_chunk_of_its_own(chunks: Chunks, fetching: Fetching) -> None:
    await fetching.brings(FIRST, 1)
    await fetching.brings(ELSEWHERE, 1)

    assert chunks.begun == [{FIRST: 1}, {ELSEWHERE: 1}]
    await chunks.end(0)
    await chunks.end(1)


async def test_a_chunk_has_no_more_records_than_one_transaction_takes(chunks: Chunks, fetching: Fetching) -> None:
    await fetching.brings(ELSEWHERE, CHUNK)
    await fetching.brings(TopicPartition("stores", 1), CHUNK)
    await fetching.brings(FIRST, CHUNK - 1)
    await fetching.brings(SECOND, 2)
    await fetching.brings(THIRD, 1)

    await chunks.end(0)
    assert chunks.begun[2:] == [{FIRST: CHUNK - 1, THIRD: 1}]
    await chunks.end(2)
    assert chunks.begun[3:] == [{SECOND: 2}]
    await chunks.end(1)
    await chunks.end(3)


async def test_what_a_chunk_fails_of_is_told_to_all_of_it_and_the_next_one_begins(chunks: Chunks, fetching: Fetching) -> None:
    await fetching.brings(ELSEWHERE, 1)
    running = await fetching.brings(FIRST, 1)
    together = [await fetching.brings(SECOND, 1), await fetching.brings(THIRD, 1)]
    await chunks.end(1)
    await running
    lost = RuntimeError("lost")

    await chunks.end(2, lost)

    assert await asyncio.gather(*together, return_exceptions=True) == [lost, lost]
    await fetching.brings(FIRST, 1)
    assert chunks.begun[-1] == {FIRST: 1}
    await chunks.end(0)
    await chunks.end(3)
