"""Deadlines in Postgres: set, moved and cancelled in the business transaction; any number of processes, one firing in effect."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clock import Clock, utc_now
from shared.db import Database, is_fatal, is_transient
from shared.retries import insist, until
from shared.rows import as_json, told
from shared.telemetry import metrics

log = structlog.get_logger()

_LOOK_EVERY = 0.25
_CHUNK = 200
_LONGEST_WAIT = timedelta(hours=1)

Firing = Callable[[AsyncSession, Sequence[str], datetime], Awaitable[None]]
F = TypeVar("F", bound=Firing)

_TIMER = {"kind": "text", "key": "text", "due_at": "timestamptz"}
_SET = text(f"""
    insert into timers (kind, key, due_at, retry_at) select kind, key, due_at, due_at from {told(_TIMER, "due")}
    on conflict (kind, key) do update set due_at = excluded.due_at, retry_at = excluded.due_at, attempts = 0
""")  # noqa: S608
_START = text(f"""
    insert into timers (kind, key, due_at, retry_at) select kind, key, due_at, due_at from {told(_TIMER, "due")}
    on conflict (kind, key) do nothing
""")  # noqa: S608
_KEY = {"kind": "text", "key": "text"}
_CANCEL = text(f"delete from timers using {told(_KEY, 'ended')} where timers.kind = ended.kind and timers.key = ended.key")  # noqa: S608
_DUE = text("""
    select kind, key, due_at from timers where retry_at <= :now and kind = any(cast(:kinds as text[])) order by retry_at limit :limit
""")
_TAKE = text("delete from timers where kind = :kind and key = any(cast(:keys as text[])) and due_at <= :now returning key")
_PUT_OFF = text("""
    update timers set attempts = attempts + 1, retry_at = :now + least(power(2, attempts) * interval '1 second', :longest)
    where kind = :kind and key = any(cast(:keys as text[])) and due_at <= :now
""")


async def set_timers(session: AsyncSession, kind: str, dues: Mapping[str, datetime]) -> None:
    """Sets, or moves, one timer per key; it holds when this transaction commits."""
    await set_timers_of(session, {kind: dues})


async def set_timers_of(session: AsyncSession, kinds: Mapping[str, Mapping[str, datetime]]) -> None:
    """Timers of several kinds in one statement. They are taken sorted, as all locks are."""
    timers = sorted((kind, key, due_at) for kind, dues in kinds.items() for key, due_at in dues.items())
    if timers:
        await session.execute(_SET, {"rows": as_json(_TIMER, timers)})


async def start_timers(session: AsyncSession, kinds: Mapping[str, Mapping[str, datetime]]) -> None:
    """Timers of several kinds; one that is set already stays as it is, and nobody waits for who else sets it."""
    timers = sorted((kind, key, due_at) for kind, dues in kinds.items() for key, due_at in dues.items())
    if timers:
        await session.execute(_START, {"rows": as_json(_TIMER, timers)})


async def cancel_timers(session: AsyncSession, kind: str, keys: Collection[str]) -> None:
    """One that is not set is nothing to cancel."""
    await cancel_timers_of(session, {kind: keys})


async def cancel_timers_of(session: AsyncSession, kinds: Mapping[str, Collection[str]]) -> None:
    """Timers of several kinds in one statement."""
    timers = sorted((kind, key) for kind, keys in kinds.items() for key in keys)
    if timers:
        await session.execute(_CANCEL, {"rows": as_json(_KEY, timers)})


@dataclass(frozen=True, slots=True)
class _Kind:
    fire: Firing
    lock: Firing | None
    after: str | None


class TimerRouter:
    """`@timers.on("hold-clock", lock=lock_orders)` registers `async def f(session, keys, now)`.

    `lock(session, keys, now)` locks the aggregates before the timers are taken: business transactions lock in that order too, so that
    they never wait for each other in a ring. With `after`, a topic, a timer waits until what was said there has been taken in: news that
    make its function needless may be among it.
    """

    def __init__(self, *parts: "TimerRouter") -> None:
        self._kinds: dict[str, _Kind] = {}
        for part in parts:
            for kind, known in part._kinds.items():  # noqa: SLF001 - of its own kind
                self._add(kind, known)

    def on(self, kind: str, *, lock: Firing | None = None, after: str | None = None) -> Callable[[F], F]:
        def register(function: F) -> F:
            self._add(kind, _Kind(function, lock, after))
            return function

        return register

    def _add(self, kind: str, known: _Kind) -> None:
        if self._kinds.setdefault(kind, known) != known:
            raise TypeError(f"two functions for the timer {kind}")

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(self._kinds)

    @property
    def waited_for(self) -> frozenset[str]:
        """The topics that some of them come after."""
        return frozenset(known.after for known in self._kinds.values() if known.after is not None)

    def kinds_that_fire(self, *, abreast: bool) -> list[str]:
        return [kind for kind, known in self._kinds.items() if abreast or known.after is None]

    async def fire(self, session: AsyncSession, kind: str, keys: Sequence[str], now: datetime) -> list[str]:
        """Locks, takes those still due, and does what they are for; returns which fired."""
        known = self._kinds[kind]
        if known.lock is not None:
            await known.lock(session, keys, now)
        fired = sorted(await session.scalars(_TAKE, {"kind": kind, "keys": list(keys), "now": now}))
        if fired:
            await known.fire(session, fired, now)
        return fired


class TimerRunner:
    """Fires what is due, at most a second late; a timer that fails comes again after growing waits, and holds up no other.

    `is_abreast` tells whether what was said on the topics that some timers come after has been taken in.
    """

    def __init__(
        self, timers: TimerRouter, database: Database, clock: Clock = utc_now, is_abreast: Callable[[], bool] = lambda: True
    ) -> None:
        self._timers = timers
        self._database = database
        self._clock = clock
        self._is_abreast = is_abreast
        metrics.from_zero(metrics.timers_fired, timers.kinds, ("fired", "failed"))

    def alive(self) -> bool:
        return True

    def waits_for(self) -> None:
        return None

    async def run(self, stop: asyncio.Event) -> None:
        await until(stop, self._run(stop) if self._timers.kinds else stop.wait())

    async def _run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            if not await insist(self.fire_due, on=is_transient):
                await _pause(stop)

    async def fire_due(self) -> int:
        """One look; how many fired."""
        asked = {"now": self._clock(), "kinds": self._timers.kinds_that_fire(abreast=self._is_abreast()), "limit": _CHUNK}
        async with self._database.transaction() as session:
            rows = (await session.execute(_DUE, asked)).all()
        due: dict[str, dict[str, datetime]] = {}
        for kind, key, due_at in rows:
            due.setdefault(kind, {})[key] = due_at
        return sum([await self._fire_kind(kind, keys) for kind, keys in due.items()])

    async def _fire_kind(self, kind: str, due: Mapping[str, datetime]) -> int:
        """All at once; if that fails for its content, one by one, so that only the guilty timer waits."""
        try:
            return await self._fire(kind, due)
        except Exception as error:
            if is_transient(error) or is_fatal(error):
                raise
            log.warning("timers are fired one by one", kind=kind, error=type(error).__name__)
        return sum([await self._fire_alone(kind, {key: due_at}) for key, due_at in due.items()])

    async def _fire_alone(self, kind: str, due: Mapping[str, datetime]) -> int:
        try:
            return await self._fire(kind, due)
        except Exception as error:
            if is_transient(error) or is_fatal(error):
                raise
            log.exception("timer failed", kind=kind, key=next(iter(due)))
            metrics.timers_fired.labels(kind, "failed").inc()
            async with self._database.transaction() as session:
                await session.execute(_PUT_OFF, {"kind": kind, "keys": list(due), "now": self._clock(), "longest": _LONGEST_WAIT})
            return 0

    async def _fire(self, kind: str, due: Mapping[str, datetime]) -> int:
        now = self._clock()
        async with self._database.transaction() as session:
            fired = await self._timers.fire(session, kind, list(due), now)
        for key in fired:
            metrics.timer_lateness.labels(kind).observe(max(0.0, (now - due[key]).total_seconds()))
        metrics.timers_fired.labels(kind, "fired").inc(len(fired))
        return len(fired)


async def _pause(stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(_LOOK_EVERY):
            await stop.wait()
    except TimeoutError:
        pass
