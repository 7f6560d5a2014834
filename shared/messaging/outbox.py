"""The producer's half of exactly once: an event is a row of the transaction that made it true; the relay carries it to Kafka."""

import asyncio
from contextlib import suppress
from operator import itemgetter
from typing import Any

import asyncpg
import structlog
from sqlalchemy import URL, event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from shared.clock import new_id, utc_now
from shared.events.base import Event
from shared.rows import copy_rows
from shared.telemetry import saying

log = structlog.get_logger()

# each key of a transaction holds one slot of Postgres's shared lock table
MOST_EVENTS = 500

_COLUMNS = ("id", "source", "type", "topic", "key", "subject", "sequence", "time", "traceparent", "payload")
_TOPIC_AND_KEY = itemgetter(3, 4)
_PENDING = "outbox"


class TooManyEvents(Exception):
    """One transaction published more events than it may hold locks for; its work is to be split."""


def publish(session: AsyncSession, said: Event, *, caused_by: Event | None = None) -> None:
    """Says `said` when, and only when, this transaction commits; its trace goes on from `caused_by`'s, else from the current one.

    An event that was said before (a snapshot said again) keeps its `event_id`; else it gets a new one.
    """
    _add(session, said, said.event_id or str(new_id()), None, None if caused_by is None else caused_by.traceparent)


def pass_on(session: AsyncSession, heard: Event) -> None:
    """Puts somebody else's event on its topic as it is theirs: under their `ce_source` and `ce_id`, so that a repetition stays one."""
    told = heard.envelope
    assert told.event_id is not None
    _add(session, heard, told.event_id, told.source, told.traceparent)


def _add(session: AsyncSession, said: Event, event_id: str, source: str | None, cause: str | None) -> None:
    trace = saying(said.name, said.topic, cause)
    row = (event_id, source, said.name, said.topic, said.key, said.subject, said.sequence, utc_now(), trace, said.json_bytes())
    session.info.setdefault(_PENDING, []).append(row)


def published(session: AsyncSession) -> list[tuple[Any, ...]]:
    """What this transaction is going to say, in the order it was published."""
    return session.info.setdefault(_PENDING, [])  # type: ignore[no-any-return]


class OutboxSession(Session):
    """The session all transactions use: its commit carries the outbox."""


@event.listens_for(OutboxSession, "before_commit")
def _insert_outbox(session: Session) -> None:
    rows = session.info.get(_PENDING)
    if not rows:
        return
    if len(rows) > MOST_EVENTS:
        raise TooManyEvents(len(rows))
    rows.sort(key=_TOPIC_AND_KEY)  # by topic and key, stably: every transaction takes the keys' locks in the same order
    copy_rows(session, "outbox", _COLUMNS, rows)


@event.listens_for(OutboxSession, "after_commit")
def _ring(session: Session) -> None:
    if session.info.pop(_PENDING, None):
        session.info["producer"].ring()


@event.listens_for(OutboxSession, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_PENDING, None)


class Producer:
    """Wakes the relay after a commit.

    NOTIFY goes out coalesced and on a connection of its own: inside the business transaction it would serialise all commits.
    """

    def __init__(self, name: str, url: URL) -> None:
        self.name = name
        self._dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._rung = asyncio.Event()
        self._ringer: asyncio.Task[None] | None = None

    def ring(self) -> None:
        self._rung.set()
        if self._ringer is None or self._ringer.done():
            self._ringer = asyncio.get_running_loop().create_task(self._notify())

    async def _notify(self) -> None:
        """A failure only costs the relay's next poll; the next commit tries again."""
        try:
            connection = await asyncpg.connect(self._dsn, timeout=5)
            try:
                while True:
                    await self._rung.wait()
                    self._rung.clear()
                    await connection.execute(f"notify {channel(self.name)}")
            finally:
                connection.terminate()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
            log.warning("relay not notified", service=self.name, error=type(error).__name__)

    async def close(self) -> None:
        if self._ringer is not None:
            self._ringer.cancel()
            with suppress(asyncio.CancelledError):
                await self._ringer


def channel(name: str) -> str:
    """NOTIFY's channels are the whole database's, so the service is part of the name."""
    return f"{name}_outbox"
