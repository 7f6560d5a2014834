"""Timers are part of the transaction that sets them, and fire once in effect however many processes look."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import Column, MetaData, Table, Text, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clock import utc_now
from shared.db import Database
from shared.service import Service
from shared.timers import TimerRouter, TimerRunner, cancel_timers, set_timers, set_timers_of, start_timers
from tests.running import ServiceSettings, create_tables
from tests.support import wait_until


@dataclass
class Clockwork:
    database: Database
    timers: TimerRouter
    broken: set[str] = field(default_factory=set)
    lateness: dict[str, timedelta] = field(default_factory=dict)

    async def set(self, key: str, seconds: float) -> None:
        async with self.database.transaction() as session:
            await set_timers(session, "ring", {key: utc_now() + timedelta(seconds=seconds)})

    async def rung(self) -> list[str]:
        async with self.database.transaction() as session:
            return list(await session.scalars(text("select key from rings order by key")))

    async def rings(self, *keys: str) -> None:
        async def all_rung() -> bool:
            return await self.rung() == sorted(keys)

        await wait_until(all_rung)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        stop = asyncio.Event()
        task = asyncio.create_task(TimerRunner(self.timers, self.database).run(stop))
        yield
        stop.set()
        await task


@pytest_asyncio.fixture
async def clockwork(service_settings: ServiceSettings) -> AsyncIterator[Clockwork]:
    metadata = MetaData()
    Table("rings", metadata, Column("store_id", Text, primary_key=True), Column("n", Text, primary_key=True), Column("key", Text))
    timers = TimerRouter()
    settings = await service_settings(Service(name="toy", tables=metadata, timers=timers), prepare=create_tables)
    made = Clockwork(Database(settings.database_url.get_secret_value(), name="toy"), timers)

    @timers.on("ring")
    async def ring(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
        for key in keys:
            await session.execute(text("insert into rings values ('demo', gen_random_uuid()::text, :key)"), {"key": key})
            if key in made.broken:
                raise RuntimeError("a bug")

    @timers.on("hear", after="storefront-orders")
    async def hear(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
        await ring(session, keys, now)

    yield made
    await made.database.close()


async def test_a_timer_fires_once_at_most_a_second_late_with_two_processes_looking(clockwork: Clockwork) -> None:
    keys = [f"k{number:02}" for number in range(50)]
    for key in keys:
        await clockwork.set(key, 0.5)
    due = utc_now() + timedelta(seconds=0.5)

    async with clockwork.running(), clockwork.running():
        await clockwork.rings(*keys)

    assert utc_now() - due < timedelta(seconds=2)
    assert await clockwork.rung() == keys


async def test_a_timer_of_a_transaction_that_rolls_back_never_was(clockwork: Clockwork) -> None:
    with pytest.raises(ZeroDivisionError):
        async with clockwork.database.transaction() as session:
            await set_timers(session, "ring", {"never": utc_now()})
            raise ZeroDivisionError
    await clockwork.set("after", 0)

    async with clockwork.running():
        await clockwork.rings("after")


async def test_a_cancel_that_rolls_back_leaves_the_timer_and_one_that_commits_ends_it(clockwork: Clockwork) -> None:
    await clockwork.set("kept", 0)
    await clockwork.set("ended", 0)

    with pytest.raises(ZeroDivisionError):
        async with clockwork.database.transaction() as session:
            await cancel_timers(session, "ring", ["kept"])
            raise ZeroDivisionError
    async with clockwork.database.transaction() as session:
        await cancel_timers(session, "ring", ["ended", "unknown"])
    async with clockwork.running():
        await clockwork.rings("kept")


async def test_a_timer_moved_while_it_is_being_fired_fires_at_its_new_time_only(clockwork: Clockwork) -> None:
    await clockwork.set("moved", 0)
    runner = TimerRunner(clockwork.timers, clockwork.database)

    async with clockwork.database.transaction() as session:
        await set_timers(session, "ring", {"moved": utc_now() + timedelta(seconds=1)})
        firing = asyncio.create_task(runner.fire_due())  # sees the old time, waits for this transaction's row
        await asyncio.wait([firing], timeout=0.3)

    assert await firing == 0
    assert await clockwork.rung() == []
    async with clockwork.running():
        await clockwork.rings("moved")


async def test_a_timer_that_fails_holds_up_no_other_and_comes_again(clockwork: Clockwork) -> None:
    clockwork.broken.add("bad")
    await clockwork.set("bad", 0)
    await clockwork.set("good", 0)

    async with clockwork.running():
        await clockwork.rings("good")
        clockwork.broken.clear()
        await clockwork.rings("bad", "good")


async def test_a_timer_that_is_started_twice_keeps_its_first_time(clockwork: Clockwork) -> None:
    due = utc_now() + timedelta(hours=1)
    async with clockwork.database.transaction() as session:
        await set_timers(session, "ring", {"later": due})
        await start_timers(session, {"ring": {"later": utc_now(), "now": utc_now()}})

    async with clockwork.running():
        await clockwork.rings("now")

    async with clockwork.database.transaction() as session:
        assert await session.scalar(text("select due_at from timers where key = 'later'")) == due


async def test_a_timer_that_comes_after_news_waits_until_they_are_in_and_holds_up_no_other(clockwork: Clockwork) -> None:
    async with clockwork.database.transaction() as session:
        await set_timers_of(session, {"hear": {"news": utc_now()}, "ring": {"bell": utc_now()}})

    await TimerRunner(clockwork.timers, clockwork.database, is_abreast=lambda: False).fire_due()
    assert await clockwork.rung() == ["bell"]
    await TimerRunner(clockwork.timers, clockwork.database, is_abreast=lambda: True).fire_due()

    assert await clockwork.rung() == ["bell", "news"]
    assert clockwork.timers.waited_for == {"storefront-orders"}
