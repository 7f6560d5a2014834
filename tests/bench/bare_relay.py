"""The relay's work without its care: rows are read in order, sent without waiting for each answer, and deleted."""

import asyncio
from collections.abc import Sequence

import asyncpg
import uvloop
from aiokafka import AIOKafkaProducer

from services.orders.service import service
from shared.settings import Settings, read
from tests.bench.outbox import plain

_BATCH = 1_000
_READ = """
    select number, id, type, topic, key, subject, sequence, time, traceparent, payload from outbox
    where number > $1 order by number limit $2
"""
_DELETE = "delete from outbox where number = any($1::bigint[])"
Sent = tuple[list[int], list["asyncio.Future[object]"]]


def headers(row: asyncpg.Record, schemas: str) -> list[tuple[str, bytes]]:
    return [
        ("ce_specversion", b"1.0"),
        ("ce_source", f"/kefu/{service.name}".encode()),
        ("content-type", b"application/json"),
        ("ce_id", str(row["id"]).encode()),
        ("ce_type", row["type"].encode()),
        ("ce_time", row["time"].isoformat().encode()),
        ("ce_subject", row["subject"].encode()),
        ("ce_sequence", str(row["sequence"]).encode()),
        ("ce_dataschema", f"{schemas}{row['type']}.json".encode()),
        ("traceparent", row["traceparent"].encode()),
    ]


async def delete_sent(deleter: asyncpg.Connection, sent: "asyncio.Queue[Sent]") -> None:
    while True:
        numbers, answers = await sent.get()
        await asyncio.gather(*answers)
        await deleter.execute(_DELETE, numbers)
        sent.task_done()


async def main(settings: Settings) -> None:
    reader, deleter = [await asyncpg.connect(plain(settings.database_url.get_secret_value())) for _ in range(2)]
    producer = AIOKafkaProducer(**settings.kafka(), enable_idempotence=True, max_batch_size=262_144, max_request_size=8_388_608)
    sent: asyncio.Queue[Sent] = asyncio.Queue(maxsize=4)
    async with producer:
        deleting = asyncio.create_task(delete_sent(deleter, sent))
        last, rows = 0, await _next(reader, 0)
        while rows:
            last = rows[-1]["number"]
            schemas = f"{settings.public_url}/schemas/"
            answers = [
                await producer.send(settings.topic(row["topic"]), row["payload"], row["key"].encode(), headers=headers(row, schemas))
                for row in rows
            ]
            await sent.put(([row["number"] for row in rows], answers))
            rows = await _next(reader, last)
        await sent.join()
        deleting.cancel()


async def _next(reader: asyncpg.Connection, last: int) -> Sequence[asyncpg.Record]:
    rows: Sequence[asyncpg.Record] = await reader.fetch(_READ, last, _BATCH)
    return rows


if __name__ == "__main__":
    uvloop.run(main(read(Settings, "database_url", "kafka_bootstrap_servers")))
