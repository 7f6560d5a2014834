"""What the gauges of a worker say of the tables, and that counters count what was committed."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry, Counter
from sqlalchemy import MetaData, text

from shared.clock import utc_now
from shared.counting import on_commit
from shared.db import Database
from shared.readings import Readings, overdue_timers, read_dead_letters
from shared.service import Service
from shared.timers import set_timers
from tests.figures import figure, figures
from tests.running import ServiceSettings, create_tables

HOUR = timedelta(hours=1)


@pytest_asyncio.fixture
async def database(service_settings: ServiceSettings) -> AsyncIterator[Database]:
    settings = await service_settings(Service(name="toy", tables=MetaData()), prepare=create_tables)
    database = Database(settings.database_url.get_secret_value(), name="toy")
    yield database
    await database.close()


async def lies(database: Database, kind: str, number: int, since: datetime, state: str = "open") -> None:
    async with database.transaction() as session:
        await session.execute(
            text("""
                insert into dead_letters (letter_id, kind, state, topic, partition, "offset", headers, hash, reason, set_aside_at)
                values (gen_random_uuid(), :kind, :state, 'orders', 0, :number, '[]', '', 'odd', :since)"""),
            {"kind": kind, "number": number, "since": since, "state": state},
        )


async def test_open_dead_letters_are_told_by_kind_with_the_age_of_the_oldest(database: Database) -> None:
    now = utc_now()
    await lies(database, "failed", 1, now - 2 * HOUR)
    await lies(database, "failed", 2, now - HOUR)
    await lies(database, "failed", 3, now - 3 * HOUR, state="discarded")
    async with database.transaction() as session:
        await session.execute(text("insert into parked_keys (topic, key) values ('orders', 'demo/1')"))

    await Readings(database, [read_dead_letters], lambda: now).read()

    assert figures("kefu_dead_letters", "kefu_dead_letters_oldest_age_seconds", kind="failed") == [2, 7200]
    assert figures("kefu_dead_letters", "kefu_dead_letters_oldest_age_seconds", kind="refused") == [0, 0]
    assert figure("kefu_parked_keys") == 1


async def test_of_the_timers_of_this_release_the_one_that_is_due_longest_is_told(database: Database) -> None:
    now = utc_now()
    async with database.transaction() as session:
        await set_timers(session, "ours", {"coming": now + HOUR, "due": now - HOUR})
        await set_timers(session, "of-another-release", {"due": now - 3 * HOUR})

    await Readings(database, [overdue_timers(["ours"])], lambda: now).read()
    due = figure("kefu_timers_overdue_seconds")
    await Readings(database, [overdue_timers(["ours"])], lambda: now - 2 * HOUR).read()

    assert (due, figure("kefu_timers_overdue_seconds")) == (3600, 0)


async def test_what_is_counted_in_a_transaction_counts_once_it_is_committed(database: Database) -> None:
    registry = CollectorRegistry()
    done = Counter("done", "Done", registry=registry)

    async with database.transaction() as session:
        on_commit(session, done.inc)
        inside = registry.get_sample_value("done_total")
    committed = registry.get_sample_value("done_total")
    with pytest.raises(RuntimeError):
        async with database.transaction() as session:
            on_commit(session, done.inc)
            raise RuntimeError

    assert (inside, committed, registry.get_sample_value("done_total")) == (0, 1, 1)


async def test_of_a_savepoint_that_is_rolled_back_nothing_counts(database: Database) -> None:
    registry = CollectorRegistry()
    done = Counter("done", "Done", registry=registry)

    async with database.transaction() as session:
        with pytest.raises(RuntimeError):
            async with session.begin_nested():
                on_commit(session, done.inc)
                raise RuntimeError

    assert registry.get_sample_value("done_total") == 0
