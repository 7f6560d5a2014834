import asyncio
import json
import os
import uuid
from collections import Counter
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.listening import Heard, Json, listening
from deploy.local.simulator import finance
from deploy.local.simulator.running import speaking
from shared.events.finance import RefundFailed, RefundRejected, RefundSettled
from tests.running import delete_topics, fresh_prefix
from tests.stack import Stack
from tests.support import wait_until

CONTRACTS = {contract.name: contract for contract in (RefundSettled, RefundRejected, RefundFailed)}
AMOUNT: Json = {"amount": "11.50", "currency": "USD"}


def _refund(number: int, store_id: str = "demo") -> Json:
    return {"refund_id": str(uuid.UUID(int=number)), "store_id": store_id, "amount": AMOUNT}


def test_most_refunds_of_a_moody_store_are_settled_and_each_other_way_happens() -> None:
    last = Counter(list(finance.answers(_refund(number), frozenset({"demo"})))[-1].name for number in range(500))

    assert last["refund-settled"] > 400
    assert last["refund-rejected"] > 10
    assert last["refund-failed"] > 5


def test_a_refund_that_failed_for_now_is_settled_later() -> None:
    told = [[answer.name for answer in finance.answers(_refund(number), frozenset({"demo"}))] for number in range(500)]

    assert ["refund-failed", "refund-settled"] in told


def test_other_stores_refunds_are_simply_settled_within_five_seconds() -> None:
    for number in range(100):
        (answer,) = finance.answers(_refund(number, "story"), frozenset({"demo"}))

        assert (answer.name, answer.content["amount"]) == ("refund-settled", AMOUNT)
        assert 1 <= answer.after <= 5


@pytest_asyncio.fixture
async def topics(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """Their prefix."""
    prefix = fresh_prefix()
    monkeypatch.setenv("KAFKA_TOPIC_PREFIX", prefix)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", stack.kafka)
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka)
    await admin.start()
    names = [prefix + name for name in ("refunds", "finance-refunds")]
    await admin.create_topics([NewTopic(name, 1, 1) for name in names])

    async def led() -> bool:
        described = await admin.describe_topics(names)
        return all(topic["error_code"] == 0 and all(each["leader"] >= 0 for each in topic["partitions"]) for topic in described)

    await wait_until(led)  # made is not yet there: a speaker skips what it does not see
    await admin.close()
    yield prefix
    await delete_topics(stack.kafka, prefix)


async def test_what_is_asked_for_on_kafka_is_answered_there_in_the_words_of_the_contract(topics: str) -> None:
    heard: list[Heard] = []
    async with listening(os.environ["KAFKA_BOOTSTRAP_SERVERS"], topics, ["finance-refunds", "not-there"]) as events:
        hearing = asyncio.create_task(_collect(events, heard))
        paying = asyncio.create_task(finance.run(frozenset()))
        async with speaking("/kefu/aftersales") as aftersales:
            await aftersales.say("refunds", "refund-closed", "r", "r", {"refund_id": "other"})
            await aftersales.say("refunds", "refund-requested", "r", "r", _refund(1))
        await wait_until(lambda: heard)
        hearing.cancel()
        paying.cancel()
        await asyncio.wait([hearing, paying])

    assert [event.name for event in heard] == ["refund-settled"]
    assert heard[0].source == "/finance"
    assert CONTRACTS[heard[0].name].read(json.dumps(heard[0].content).encode()) is not None


async def test_the_story_sees_whether_somebody_is_finance_already(topics: str) -> None:
    kafka = os.environ["KAFKA_BOOTSTRAP_SERVERS"]
    assert not await finance.is_there(kafka)

    paying = asyncio.create_task(finance.run(frozenset()))
    await wait_until(lambda: finance.is_there(kafka))

    paying.cancel()
    await asyncio.wait([paying])


async def test_an_answer_said_again_after_a_restart_has_its_old_id(topics: str) -> None:
    async def at_once(_seconds: float) -> None:
        return

    heard: list[Heard] = []
    async with listening(os.environ["KAFKA_BOOTSTRAP_SERVERS"], topics, ["finance-refunds"]) as events, speaking("/finance") as speaker:
        hearing = asyncio.create_task(_collect(events, heard))
        for _ in range(2):
            await finance.settle(speaker, _refund(1), frozenset(), at_once)
        await speaker.flush()
        await wait_until(lambda: len(heard) == 2)
        hearing.cancel()

    assert heard[0].event_id == heard[1].event_id


async def _collect(events: AsyncIterator[Heard], heard: list[Heard]) -> None:
    async for event in events:
        heard.append(event)  # noqa: PERF401 - what was heard is looked at before the last was
