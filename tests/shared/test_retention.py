from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest_asyncio
from sqlalchemy import Column, DateTime, Integer, MetaData, Table, text

from shared.db import Database
from shared.retention import Retention, purge
from tests.databases import Databases

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
ROWS = MetaData()
Table("visits", ROWS, Column("id", Integer, primary_key=True), Column("at", DateTime(timezone=True)))


@pytest_asyncio.fixture
async def database(databases: Databases) -> AsyncIterator[Database]:
    database = Database(await databases.create("retention"), name="retention")
    async with database.engine.begin() as connection:
        await connection.run_sync(ROWS.create_all)
    yield database
    await database.close()


async def visited(database: Database, first: int, last: int, at: datetime | None) -> None:
    async with database.transaction() as session:
        await session.execute(
            text("insert into visits select number, :at from generate_series(cast(:first as int), :last) as number"),
            {"at": at, "first": first, "last": last},
        )


async def left(database: Database) -> list[int]:
    async with database.transaction() as session:
        return list((await session.execute(text("select id from visits order by id"))).scalars())


async def test_rows_over_their_time_go_and_the_others_stay(database: Database) -> None:
    await visited(database, 1, 1, NOW - timedelta(days=30, seconds=1))
    await visited(database, 2, 2, NOW - timedelta(days=30) + timedelta(seconds=1))
    await visited(database, 3, 3, None)

    assert await purge(database, [Retention("visits", "at", days=30)], NOW) == 1
    assert await left(database) == [2, 3]


async def test_a_condition_narrows_what_goes(database: Database) -> None:
    await visited(database, 1, 4, NOW - timedelta(days=2))

    await purge(database, [Retention("visits", "at", days=1, only="id > 2")], NOW)

    assert await left(database) == [1, 2]


async def test_more_than_a_batch_goes_at_once(database: Database) -> None:
    await visited(database, 1, 4500, NOW - timedelta(days=2))

    assert await purge(database, [Retention("visits", "at", days=1)], NOW) == 4500


async def test_only_one_process_purges_at_a_time(database: Database) -> None:
    await visited(database, 1, 1, NOW - timedelta(days=2))

    async with database.transaction() as other:
        await other.execute(text("select pg_advisory_xact_lock(hashtextextended(current_schema() || '/retention', 0))"))
        while_other_is_at_it = await purge(database, [Retention("visits", "at", days=1)], NOW)

    assert while_other_is_at_it == 0
    assert await purge(database, [Retention("visits", "at", days=1)], NOW) == 1
