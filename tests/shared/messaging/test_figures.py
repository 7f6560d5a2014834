"""What relay and consumer tell of themselves."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import orjson
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from shared.messaging.watchdog import Watchdog
from tests.figures import Counted, figure, figures
from tests.shared.messaging.toy import SAID_ON, TOPIC, Toy, headers, paid
from tests.support import wait_until

if TYPE_CHECKING:
    from aiokafka.structs import RecordMetadata as Record

FIRST = TopicPartition("t1-orders", 0)
LABELS = {"topic": "orders", "partition": "0"}


async def pays(shop: Toy, *numbers: int) -> "list[Record]":
    return [await shop.send("demo/1", orjson.dumps(paid("1", number)), headers()) for number in numbers]


async def keep_only_the_last(shop: Toy, sent: "Sequence[Record]") -> None:
    """As Kafka does with what is older than the topic keeps it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=shop.settings.kafka_bootstrap_servers)
    await admin.start()
    try:
        last = sent[-1]
        await admin.delete_records({TopicPartition(last.topic, last.partition): RecordsToDelete(before_offset=last.offset)})
    finally:
        await admin.close()


def test_a_partition_tells_where_it_is_by_its_topics_own_name_as_long_as_this_worker_has_it() -> None:
    watchdog = Watchdog("t1-")

    watchdog.end(FIRST, 7)
    watchdog.look({FIRST: 10})
    told = figures("kefu_consumer_position", "kefu_consumer_lag", **LABELS)
    watchdog.leave([FIRST])
    watchdog.look({FIRST: 12})

    assert told == [7, 3]
    assert figures("kefu_consumer_position", "kefu_consumer_lag", **LABELS) == [None, None]


async def test_the_relay_counts_what_kafka_has_by_topic_and_type(shop: Toy) -> None:
    counted = Counted()
    for number in range(3):
        await shop.pay("1", number)

    async with shop.consuming():
        await shop.effects_become(3)
    async with shop.relaying():
        await wait_until(lambda: counted("kefu_relay_published_total", topic=SAID_ON, type="stock-changed") == 3)

    assert counted.every("kefu_relay_published_total").keys() == {frozenset({("topic", SAID_ON), ("type", "stock-changed")})}


async def test_records_that_were_deleted_before_they_were_read_are_counted_and_no_others(shop: Toy) -> None:
    counted = Counted()
    await pays(shop, 1)
    async with shop.consuming():
        await shop.effects_become(1)

    await keep_only_the_last(shop, await pays(shop, 2, 3, 4))
    async with shop.consuming():
        effects = await shop.effects_become(2)

    assert effects == ["1-1", "1-4"]
    assert counted.every("kefu_consumer_missed_total") == {frozenset({("topic", TOPIC)}): 2}


async def test_a_group_that_starts_late_has_missed_nothing(shop: Toy) -> None:
    counted = Counted()

    await keep_only_the_last(shop, await pays(shop, 1, 2, 3))
    async with shop.consuming():
        effects = await shop.effects_become(1)

    assert effects == ["1-3"]
    assert counted.every("kefu_consumer_missed_total") == {}


async def test_what_is_heard_and_when_it_rings_is_shown_before_the_first(shop: Toy) -> None:
    async with shop.consuming():
        shown = [figure("kefu_consumer_events_total", topic=TOPIC, type="order-paid", result=result) for result in ("taken", "set-aside")]

    assert None not in shown
