"""Commits small transactions of outbox rows at a steady rate, as a process of its own; each row's `time` is that just before its commit."""

import asyncio
import sys
import time

import asyncpg
import uvloop

from services.orders.service import service
from shared.messaging.outbox import Producer
from shared.settings import Settings, read
from tests.bench.outbox import Row, plain, rows

_PER_TRANSACTION = 10
_CONNECTIONS = 4
_INSERT = f"""
    insert into outbox ({", ".join(Row._fields)})
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::timestamptz[], $8::text[],
                         $9::bytea[])
"""


async def write(dsn: str, producer: Producer, per_second: float, until: float) -> None:
    connection = await asyncpg.connect(dsn)
    insert = await connection.prepare(_INSERT)
    due = time.perf_counter()
    while due < until:
        await asyncio.sleep(due - time.perf_counter())
        await insert.fetch(*map(list, zip(*rows(_PER_TRANSACTION), strict=True)))
        producer.ring()
        due += _PER_TRANSACTION / per_second
    await connection.close()


async def main(settings: Settings, per_second: float, seconds: float) -> None:
    dsn = plain(settings.database_url.get_secret_value())
    producer = Producer(service.name, settings.login)
    until = time.perf_counter() + seconds
    await asyncio.gather(*[write(dsn, producer, per_second / _CONNECTIONS, until) for _ in range(_CONNECTIONS)])
    await producer.close()


if __name__ == "__main__":
    uvloop.run(main(read(Settings, "database_url"), float(sys.argv[1]), float(sys.argv[2])))
