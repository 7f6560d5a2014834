"""What was committed reaches Kafka, per key in the order of the commits; what was not committed never does."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence

import orjson
import pytest
from aiokafka import ConsumerRecord
from sqlalchemy import text

from shared.messaging.outbox import MOST_EVENTS, TooManyEvents, publish
from shared.messaging.relay import Relay
from tests.running import ServiceSettings
from tests.shared.messaging import toy
from tests.shared.messaging.conftest import prepare
from tests.shared.messaging.toy import Toy, said
from tests.stack import KafkaServer
from tests.support import wait_until


def numbers(records: Sequence[ConsumerRecord[bytes, bytes]]) -> dict[str, list[int]]:
    """Per key, what was said, repetitions left out."""
    found: dict[str, list[int]] = defaultdict(list)
    for record in records:
        number = orjson.loads(record.value)["stock"]
        key = record.key.decode().removeprefix("demo/")
        if number not in found[key]:
            found[key].append(number)
    return found


async def test_a_committed_event_reaches_kafka_as_a_cloudevent_and_leaves_the_table(shop: Toy) -> None:
    async with shop.database.transaction() as session:
        publish(session, said("1", 7))

    async with shop.relaying():
        (record,) = await shop.published(1)

        async def empty() -> bool:
            return await shop.count("outbox") == 0

        await wait_until(empty)
    headers = {name: value.decode() for name, value in record.headers}
    assert record.key == b"demo/1"
    assert headers["ce_specversion"] == "1.0"
    assert headers["ce_type"] == "stock-changed"
    assert headers["ce_source"] == "/kefu/toy"
    assert headers["ce_subject"] == "1"
    assert headers["ce_sequence"] == "1"
    assert headers["ce_time"].endswith("Z")
    assert headers["ce_dataschema"] == f"{shop.settings.public_url}/schemas/stock-changed.json"
    assert headers["content-type"] == "application/json"
    assert len(headers["traceparent"]) == 55
    assert headers["ce_id"]


async def test_what_is_rolled_back_is_never_said(shop: Toy) -> None:
    with pytest.raises(ZeroDivisionError):
        async with shop.database.transaction() as session:
            publish(session, said("1", 1))
            raise ZeroDivisionError
    async with shop.database.transaction() as session:
        publish(session, said("1", 2))

    async with shop.relaying():
        records = await shop.published(1)

    assert numbers(records) == {"1": [2]}


async def test_a_transaction_says_at_most_as_many_events_as_it_may_lock_keys(shop: Toy) -> None:
    with pytest.raises(TooManyEvents):
        async with shop.database.transaction() as session:
            for number in range(MOST_EVENTS + 1):
                publish(session, said(str(number), number))

    assert await shop.count("outbox") == 0


async def test_an_event_that_commits_late_with_a_smaller_number_is_neither_lost_nor_overtaken_within_its_key(shop: Toy) -> None:
    async with shop.relaying():
        async with shop.database.transaction() as early:
            publish(early, said("a", 1))
            await early.run_sync(lambda session: session.dispatch.before_commit(session))  # draws its number now, commits later
            early.info.pop("outbox")
            async with shop.database.transaction() as late:
                publish(late, said("b", 1))
            blocked = asyncio.create_task(_say(shop, "a", 2))
            await shop.published(1)
            assert not blocked.done()
        await blocked
        records = await shop.published(3)

    assert numbers(records) == {"a": [1, 2], "b": [1]}


async def _say(shop: Toy, key: str, number: int) -> None:
    async with shop.database.transaction() as session:
        publish(session, said(key, number))


async def test_many_writers_at_once_keep_the_order_of_every_key(shop: Toy) -> None:
    counters: dict[str, int] = defaultdict(int)

    async def write(writer: int) -> None:
        for turn in range(15):
            async with shop.database.transaction() as session:
                for key in {f"k{(writer + turn) % 4}", f"k{(writer * turn) % 4}"}:
                    # the row is what makes a version: whoever has it says the next number
                    await session.execute(text("select pg_advisory_xact_lock(hashtext(:key))"), {"key": "x"})
                    counters[key] += 1
                    publish(session, said(key, counters[key]))

    async with shop.relaying():
        await asyncio.gather(*[write(writer) for writer in range(8)])
        records = await shop.published(sum(counters.values()))

    assert numbers(records) == {key: list(range(1, count + 1)) for key, count in counters.items()}


async def test_a_second_relay_stands_by_and_takes_over_within_three_seconds(shop: Toy) -> None:
    async with shop.relaying() as _standby:
        async with shop.relaying():
            await _say(shop, "1", 1)
            await shop.published(1)
        started = asyncio.get_running_loop().time()
        await _say(shop, "1", 2)
        records = await shop.published(2)
        took = asyncio.get_running_loop().time() - started

    assert numbers(records) == {"1": [1, 2]}
    assert took < 3.0


async def test_writes_go_on_while_kafka_is_away_and_are_published_when_it_is_back(
    shop: Toy, private_kafka: KafkaServer, service_settings: ServiceSettings
) -> None:
    settings = await service_settings(shop.service, prepare=prepare, kafka=private_kafka.address)
    lonely = await toy.make(settings, shop.handling, shop.service)
    stop = asyncio.Event()
    relay = asyncio.create_task(Relay(settings, "toy").run(stop))
    try:
        await _say(lonely, "1", 1)
        await lonely.published(1)
        await private_kafka.stop()
        for number in range(2, 30):
            await _say(lonely, "1", number)
        await private_kafka.start()
        records = await lonely.published(29, within=40)
    finally:
        stop.set()
        await relay
        await lonely.close()

    assert numbers(records) == {"1": list(range(1, 30))}
