"""A consumer with nothing around it: `bare_worker TOPIC FILE` sends the statements of ours for each message, and commits."""

import pickle
import sys
from pathlib import Path

import asyncpg
import uvloop
from aiokafka import AIOKafkaConsumer

from shared.settings import Settings, read
from tests.bench.outbox import plain
from tests.bench.recording import OWN, Recorded

GROUP = "bare"


async def main(settings: Settings, topic: str, recorded: Recorded) -> None:
    connection = await asyncpg.connect(plain(settings.database_url.get_secret_value()))
    group = settings.kafka_topic_prefix + GROUP
    kafka = settings.kafka()
    async with AIOKafkaConsumer(
        settings.topic(topic), **kafka, group_id=group, enable_auto_commit=False, auto_offset_reset="earliest"
    ) as consumer:
        while True:
            for records in (await consumer.getmany(timeout_ms=1_000)).values():
                for record in records:
                    await recorded.again(connection, dict(record.headers)[OWN].decode().split(","))
                await consumer.commit()


if __name__ == "__main__":
    settings = read(Settings, "database_url", "kafka_bootstrap_servers")
    uvloop.run(main(settings, sys.argv[1], pickle.loads(Path(sys.argv[2]).read_bytes())))
