"""Rows are kept as long as they are needed and no longer."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import TextClause, text

from shared.clock import Clock
from shared.db import Database, is_transient
from shared.telemetry import metrics

log = structlog.get_logger()

_FIRST_AFTER = timedelta(minutes=5)
_EVERY = timedelta(hours=1)
_LOOK_EVERY = 15.0
_BATCH = 2000
_PAUSE = 0.05
_LOCK = text("select pg_try_advisory_xact_lock(hashtextextended(current_schema() || '/retention', 0))")


@dataclass(frozen=True, slots=True)
class Retention:
    """Rows of `table` go `days` after the time in `column`, those without one stay. `only` narrows them: SQL of ours, never a caller's."""

    table: str
    column: str
    days: float
    only: str = "true"


FRAME = (
    Retention("inbox", "taken_at", days=30),
    Retention("idempotency_keys", "created_at", days=1),
    Retention("dead_letters", "resolved_at", days=90),
)


async def purge(database: Database, retentions: Sequence[Retention], now: datetime) -> int:
    """Deletes what is over its time, a bounded batch a transaction; nothing while another process is at it. Answers how many rows."""
    gone = 0
    for retention in retentions:
        while (deleted := await _purge_batch(database, retention, now - timedelta(days=retention.days))) > 0:
            gone += deleted
            metrics.purged.labels(retention.table).inc(deleted)
            await asyncio.sleep(_PAUSE)
    return gone


async def _purge_batch(database: Database, retention: Retention, before: datetime) -> int:
    """One process at a time: two would only wait for each other's rows. The lock goes with the transaction."""
    async with database.transaction() as session:
        if not await session.scalar(_LOCK):
            return 0
        deleted = await session.execute(_statement(retention), {"before": before, "most": _BATCH})
        return len(deleted.all())


def _statement(retention: Retention) -> TextClause:
    table, column, only = retention.table, retention.column, retention.only
    return text(f"""
        delete from {table} where ctid = any(array(
            select ctid from {table} where {column} < :before and ({only}) limit :most for update skip locked))
        returning true
    """)  # noqa: S608


class Housekeeping:
    """Purges a few minutes after the start, and every hour from then on."""

    def __init__(self, database: Database, retentions: Sequence[Retention], clock: Clock, *, first_after: timedelta = _FIRST_AFTER) -> None:
        self._database = database
        self._retentions = (*FRAME, *retentions)
        self._clock = clock
        self._purge_at = clock() + first_after
        metrics.from_zero(metrics.purged, {retention.table for retention in self._retentions})

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self._look()
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("housekeeping waits", exc_info=error)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _LOOK_EVERY)

    async def _look(self) -> None:
        now = self._clock()
        if now >= self._purge_at:
            self._purge_at = now + _EVERY
            log.info("purged", rows=await purge(self._database, self._retentions, now))
