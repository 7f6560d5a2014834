"""One run of the active relay: rows are read in order, sent without waiting for each answer, and deleted once Kafka has them."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import TYPE_CHECKING

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.structs import RecordMetadata

from shared.telemetry import metrics, relayed

if TYPE_CHECKING:
    from shared.settings import Settings

_BATCH = 500
_MOST_IN_FLIGHT = 1_000
_POLL = 0.25
_BREATH = 0.002
_SMALL = 50
_FLOOR_EVERY = 0.3
_MEASURE_EVERY = 2.0
_DRAIN_WITHIN = 10.0

_TOPIC_AND_TYPE = itemgetter("topic", "type")

_WAITING = """
    select number, id, source, type, topic, key, subject, sequence, time, traceparent, payload
    from outbox where number > $1 and not (number = any($3::bigint[])) order by number limit $2
"""

# a sequence nobody has drawn from says 1 as its last value, and the first number is going to be that 1
_DRAWN = "select last_value - (not is_called)::int from outbox_number"


class Shipping:
    """What is in flight lives here and dies with the run; nothing but the table is believed afterwards.

    Late commits: a row may become visible below numbers that were sent already, so every look starts at the *floor*, below which no
    transaction can still be open, and leaves out what is in flight. The floor also keeps the look off the dead index entries that an old
    reader holds back from vacuum.
    """

    def __init__(
        self, settings: "Settings", service: str, producer: AIOKafkaProducer, may_write: Callable[[set[str]], Awaitable[None]]
    ) -> None:
        """`may_write` is asked of each topic before anything goes to it, and raises what ends the run."""
        self._topic = settings.topic
        self._may_write = may_write
        self._writable: set[str] = set()
        self._producer = producer
        self._static: list[tuple[str, bytes]] = [
            ("ce_specversion", b"1.0"),
            ("content-type", b"application/json"),
        ]
        self._source = f"/kefu/{service}"
        self._schemas = f"{settings.public_url}/schemas/"
        self._in_flight: dict[int, asyncio.Future[RecordMetadata]] = {}
        self._sent: asyncio.Queue[Sequence[asyncpg.Record]] = asyncio.Queue()
        self._floor = 0
        self._woken = asyncio.Event()
        self._room = asyncio.Event()
        self._observing = asyncio.Lock()

    def on_commit(self, *_: object) -> None:
        """Somebody committed events."""
        self._woken.set()

    async def send_waiting(self, reader: asyncpg.Connection, stop: asyncio.Event) -> None:
        waiting = await reader.prepare(_WAITING)
        while not stop.is_set():
            await self._has_room()
            self._woken.clear()
            rows = await waiting.fetch(self._floor, _BATCH, list(self._in_flight))
            if rows:
                await self._send(rows)
                if len(rows) < _SMALL:
                    await asyncio.sleep(_BREATH)  # a few more may join the next look
            else:
                await self._wake_up()

    async def _has_room(self) -> None:
        while len(self._in_flight) >= _MOST_IN_FLIGHT:
            self._room.clear()
            await self._room.wait()

    async def _wake_up(self) -> None:
        """A notification, or the poll that makes up for one that was lost."""
        try:
            async with asyncio.timeout(_POLL):
                await self._woken.wait()
        except TimeoutError:
            pass

    async def _send(self, rows: Sequence[asyncpg.Record]) -> None:
        if not (topics := {row["topic"] for row in rows}) <= self._writable:
            await self._may_write(topics)
            self._writable |= topics
        for row in rows:
            sent = await self._producer.send(self._topic(row["topic"]), row["payload"], row["key"].encode(), headers=self._headers(row))
            self._in_flight[row["number"]] = sent
        self._sent.put_nowait(rows)

    def _headers(self, row: asyncpg.Record) -> list[tuple[str, bytes]]:
        name: str = row["type"]
        return [
            *self._static,
            ("ce_id", row["id"].encode()),
            ("ce_source", (row["source"] or self._source).encode()),
            ("ce_type", name.encode()),
            ("ce_time", row["time"].strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()),
            ("ce_subject", row["subject"].encode()),
            ("ce_sequence", b"%d" % row["sequence"]),
            ("ce_dataschema", f"{self._schemas}{name}.json".encode()),
            ("traceparent", row["traceparent"].encode()),
        ]

    async def delete_acknowledged(self, deleter: asyncpg.Connection) -> None:
        delete = await deleter.prepare("delete from outbox where number = any($1::bigint[])")
        while True:
            rows = list(await self._sent.get())
            while not self._sent.empty():
                rows += self._sent.get_nowait()
            numbers = [row["number"] for row in rows]
            for number in numbers:
                await self._in_flight[number]
            await delete.fetch(numbers)
            for number in numbers:
                del self._in_flight[number]
            self._room.set()
            _count(rows)

    async def drained(self) -> None:
        """What is in flight gets a last chance; the rest stays in the table."""
        try:
            async with asyncio.timeout(_DRAIN_WITHIN):
                while self._in_flight:
                    self._room.clear()
                    await self._room.wait()
        except TimeoutError:
            pass

    def abandon(self) -> None:
        """The run is over: whether the rest arrived does not matter, it will be sent again."""
        for waiting in self._in_flight.values():
            waiting.add_done_callback(_ignore)

    async def raise_floor(self, observer: asyncpg.Connection) -> None:
        """Below the floor all is decided: whoever drew a number up to `drawn` had a transaction id before ours, and all those have ended.

        Our own fresh id is the horizon. `pg_snapshot_xmax` would not do: an id assigned but not yet seen could be above it, and its rows
        would be lost.
        """
        while True:
            async with self._observing:
                drawn = await observer.fetchval(_DRAWN)
                horizon = await observer.fetchval("select pg_current_xact_id()::text::bigint")
            await self._until_all_ended(observer, horizon)
            async with self._observing:
                first = await observer.fetchval("select number from outbox where number > $1 order by number limit 1", self._floor)
            self._floor = max(self._floor, drawn if first is None else min(drawn, first - 1))

    async def _until_all_ended(self, observer: asyncpg.Connection, horizon: int) -> None:
        oldest = -1
        while oldest < horizon:
            await asyncio.sleep(_FLOOR_EVERY)
            async with self._observing:
                oldest = await observer.fetchval("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint")

    async def measure(self, observer: asyncpg.Connection) -> None:
        while True:
            async with self._observing:
                row = await observer.fetchrow("select count(*) as rows, min(time) as oldest from outbox")
            metrics.outbox_rows.set(row["rows"])
            metrics.outbox_age.set((datetime.now(UTC) - row["oldest"]).total_seconds() if row["oldest"] else 0)
            await asyncio.sleep(_MEASURE_EVERY)


def _count(rows: Sequence[asyncpg.Record]) -> None:
    now = datetime.now(UTC)
    said = Counter(map(_TOPIC_AND_TYPE, rows))
    for (topic, name), count in said.items():
        metrics.relay_published.labels(topic, name).inc(count)
    metrics.relay_delay.observe((now - rows[-1]["time"]).total_seconds())
    relayed(rows, now)


def _ignore(sent: "asyncio.Future[RecordMetadata]") -> None:
    if not sent.cancelled():
        sent.exception()
