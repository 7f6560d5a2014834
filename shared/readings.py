"""Gauges of what lies in the tables. Every worker reads all of its service, so of several workers' figures the largest is the one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clock import Clock
from shared.db import Database, is_transient
from shared.messaging.dead_letters import Kind
from shared.telemetry import metrics

log = structlog.get_logger()

_LOOK_EVERY = 15.0
_LETTERS = text("select kind, count(*), min(set_aside_at) from dead_letters where state = 'open' group by kind")
_PARKED = text("select count(*) from parked_keys")
_FIRST_DUE = text("select min(retry_at) from timers where retry_at <= :now and kind = any(cast(:kinds as text[]))")

Reading = Callable[[AsyncSession, datetime], Awaitable[None]]
"""Asks an index for a few figures and sets gauges."""


class Readings:
    """Reads every 15 seconds; while PostgreSQL is away the figures stay as they were."""

    def __init__(self, database: Database, readings: Sequence[Reading], clock: Clock) -> None:
        self._database = database
        self._readings = readings
        self._clock = clock

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.read()
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("figures are not read", exc_info=error)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _LOOK_EVERY)

    async def read(self) -> None:
        for reading in self._readings:
            async with self._database.transaction() as session:
                await reading(session, self._clock())


async def read_dead_letters(session: AsyncSession, now: datetime) -> None:
    found = {kind: (count, first) for kind, count, first in await session.execute(_LETTERS)}
    for kind in Kind:
        count, first = found.get(kind, (0, now))
        metrics.dead_letters.labels(kind).set(count)
        metrics.dead_letters_age.labels(kind).set(age(first, now))
    metrics.parked_keys.set(await session.scalar(_PARKED) or 0)


def overdue_timers(kinds: Sequence[str]) -> Reading:
    async def read_timers(session: AsyncSession, now: datetime) -> None:
        metrics.timers_overdue.set(age(await session.scalar(_FIRST_DUE, {"now": now, "kinds": list(kinds)}), now))

    return read_timers


def age(since: datetime | None, now: datetime) -> float:
    """In seconds; 0 where there is nothing."""
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
