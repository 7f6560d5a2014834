"""A group is set back to a time: what the database knows is ignored, what it lost comes again."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from sqlalchemy import text

from shared.errors import BusinessError
from shared.messaging.rewinding import GroupAtWork, KafkaAway, NobodyListens, Rewound, rewind
from tests.running import ServiceProcesses
from tests.shared.messaging.toy import TOPIC, Toy, headers, paid

NOON = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
HOUR = timedelta(hours=1)


async def pay(shop: Toy, number: int, at: datetime, *, partition: int = 0) -> None:
    """The order's payment of this number, said at that time."""
    value, known = orjson.dumps(paid("1", number)), headers(f"1-{number}")
    topic, moment = shop.settings.topic(TOPIC), int(at.timestamp() * 1000)
    await shop.producer.send_and_wait(topic, value, b"demo/1", partition, headers=known, timestamp_ms=moment)


async def take_in(shop: Toy, count: int) -> None:
    async with shop.consuming():
        await shop.effects_become(count)


async def forget(shop: Toy, numbers: Collection[int]) -> None:
    """As a database that was restored to the time before them."""
    async with shop.database.transaction() as session:
        for number in numbers:
            await session.execute(text("delete from effects where payment_id = :id"), {"id": f"1-{number}"})
            await session.execute(text("delete from inbox where id = :id"), {"id": f"1-{number}"})


def moved(rewound: Sequence[Rewound]) -> list[tuple[int, int, int]]:
    return [(each.partition, each.before, each.after) for each in rewound if each.records]


async def test_what_the_database_lost_is_taken_in_again_and_what_it_has_is_not(shop: Toy) -> None:
    for number, at in enumerate((NOON - HOUR, NOON, NOON + HOUR), 1):
        await pay(shop, number, at)
    await take_in(shop, 3)
    await forget(shop, [3])

    rewound = await rewind(shop.service, shop.settings, [TOPIC], NOON)
    await take_in(shop, 3)

    assert rewound == [Rewound(TOPIC, 0, before=3, after=1, whole=True)]
    assert rewound[0].records == 2
    assert await shop.effects() == ["1-1", "1-2", "1-3"]


async def test_no_partition_moves_forward_and_one_nobody_read_is_left_out(shop: Toy) -> None:
    await pay(shop, 1, NOON)
    await pay(shop, 2, NOON, partition=1)
    await take_in(shop, 2)
    await pay(shop, 3, NOON + HOUR, partition=1)

    later = await rewind(shop.service, shop.settings, [], NOON + 2 * HOUR)
    earlier = await rewind(shop.service, shop.settings, [], NOON - HOUR)

    assert [(each.partition, each.before, each.after) for each in later] == [(0, 1, 1), (1, 1, 1)]
    assert moved(earlier) == [(0, 1, 0), (1, 1, 0)]


async def test_a_group_at_work_is_left_alone_and_may_be_asked_what_would_be_done(shop: Toy) -> None:
    await pay(shop, 1, NOON)

    async with shop.consuming():
        await shop.effects_become(1)
        with pytest.raises(GroupAtWork, match="has members: 1; stop the service's workers first"):
            await rewind(shop.service, shop.settings, [], NOON, within=0.5)
        await rewind(shop.service, shop.settings, [], NOON, dry_run=True)

    assert moved(await rewind(shop.service, shop.settings, [], NOON, dry_run=True)) == [(0, 1, 0)]
    assert moved(await rewind(shop.service, shop.settings, [], NOON)) == [(0, 1, 0)]
    assert moved(await rewind(shop.service, shop.settings, [], NOON)) == []


async def test_it_is_told_where_kafka_does_not_hold_everything_since_the_time_any_more(shop: Toy) -> None:
    for number, at in enumerate((NOON - HOUR, NOON, NOON + HOUR), 1):
        await pay(shop, number, at)
    await take_in(shop, 3)
    await retained(shop, 1)

    since_noon = await rewind(shop.service, shop.settings, [], NOON, dry_run=True)
    since_one = await rewind(shop.service, shop.settings, [], NOON + HOUR, dry_run=True)

    assert [(each.after, each.whole) for each in (*since_noon, *since_one)] == [(1, False), (2, True)]


async def retained(shop: Toy, first: int) -> None:
    """Kafka lets go of what came before."""
    admin = AIOKafkaAdminClient(bootstrap_servers=shop.settings.kafka_bootstrap_servers)
    await admin.start()
    await admin.delete_records({TopicPartition(shop.settings.topic(TOPIC), 0): RecordsToDelete(first)}, timeout_ms=10_000)
    await admin.close()


@pytest.mark.parametrize(
    ("topics", "kafka", "refusal"),
    [
        (["refunds", TOPIC], "", NobodyListens("toy does not hear refunds")),
        ([], "127.0.0.1:1", KafkaAway("Kafka does not answer at 127.0.0.1:1")),
    ],
    ids=["nobody listens", "Kafka is away"],
)
async def test_what_cannot_be_done_is_refused(shop: Toy, topics: Sequence[str], kafka: str, refusal: BusinessError) -> None:
    settings = shop.settings.model_copy(update={"kafka_bootstrap_servers": kafka or shop.settings.kafka_bootstrap_servers})

    with pytest.raises(type(refusal), match=refusal.detail):
        await rewind(shop.service, settings, topics, NOON)


async def test_on_the_command_line_each_partition_is_a_line_and_the_act_is_audited(shop: Toy, processes: ServiceProcesses) -> None:
    await pay(shop, 1, NOON)
    await take_in(shop, 1)

    command = ("rewind", "--topic", TOPIC, "--to", NOON.isoformat(), "--reason", "restored to noon")
    asked = processes.start("tests.shared.messaging.toy", *command, settings=shop.settings, USER="ada")

    assert await asked.exit_code() == 0, asked.output
    assert orjson.loads(asked.output) == {"topic": TOPIC, "partition": 0, "before": 1, "after": 0, "whole": True, "records": 1}
    async with shop.database.transaction() as session:
        entry = (await session.execute(text("select by, action, subject, reason, details from audit"))).one()
    assert tuple(entry) == (
        "command-line:ada",
        "rewound",
        f"topic/{TOPIC}",
        "restored to noon",
        {"to": NOON.isoformat(), "records": 1},
    )
