"""The outbox's way to Kafka: one relay of a service is active, others stand by; a row leaves the table when Kafka has it."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError

from shared.db import is_fatal
from shared.messaging import access
from shared.messaging.outbox import channel
from shared.messaging.shipping import Shipping
from shared.obstacles import NotPermitted, Obstacle
from shared.retries import insist, until
from shared.rights import Operation, on_topic
from shared.telemetry import metrics

if TYPE_CHECKING:
    from shared.settings import Settings

log = structlog.get_logger()

_TRY_LOCK_EVERY = 0.5
_LOST = (KafkaError, NotPermitted, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)
# a relay cut off from Postgres must not hold the lock of those that stand by
_KEEPALIVE = {"tcp_keepalives_idle": "2", "tcp_keepalives_interval": "1", "tcp_keepalives_count": "2", "application_name": "kefu-relay"}


class Relay:
    """`run` ends when `stop` is set.

    A failed send or a lost connection throws away producer, connections and all that was in flight; the next try reads it from the table.
    """

    def __init__(self, settings: "Settings", service: str) -> None:
        self._settings = settings
        self._service = service
        self._dsn = settings.login.set(drivername="postgresql").render_as_string(hide_password=False)
        self._ready = False
        self._obstacle = Obstacle("relay")
        self._topics: set[str] = set()

    def alive(self) -> bool:
        return True

    def waits_for(self) -> str | None:
        return None if self._ready else self._obstacle.why or "it begins"

    async def run(self, stop: asyncio.Event) -> None:
        await until(stop, insist(lambda: self._stand_by(stop), on=self._is_lost, first=0.2), at_work=lambda: self._ready)

    def _is_lost(self, error: Exception) -> bool:
        metrics.relay_active.set(0)
        metrics.relay_restarts.inc()
        errors = error.exceptions if isinstance(error, ExceptionGroup) else (error,)
        for each in errors:
            if isinstance(each, KafkaError | NotPermitted):
                self._obstacle.met(access.obstacle_of(each, self._settings, Operation.WRITE))
        return all(isinstance(each, _LOST) and not is_fatal(each) for each in errors)

    async def _stand_by(self, stop: asyncio.Event) -> None:
        """Asks for the lock again and again: a session that waits for it inside Postgres would hold back vacuum."""
        await self._may_write(set())
        reader, deleter, observer = await self._connections(3)
        try:
            while not await reader.fetchval("select pg_try_advisory_lock(hashtextextended($1, 0))", f"relay/{self._service}"):
                self._goes_on()  # standing by
                if await _set_within(stop, _TRY_LOCK_EVERY):
                    return
            await self._publish(reader, deleter, observer, stop)
        finally:
            self._ready = False
            for gauge in (metrics.relay_active, metrics.outbox_rows, metrics.outbox_age):
                gauge.set(0)  # whoever takes over tells
            for connection in (reader, deleter, observer):
                connection.terminate()

    def _goes_on(self) -> None:
        self._ready = True
        self._obstacle.gone()

    async def _may_write(self, topics: set[str]) -> None:
        """Asked of each topic before its first event of a run: one refused in the middle would have the others sent again and again."""
        self._topics |= topics
        named = [self._settings.topic(topic) for topic in sorted(self._topics)]
        if missing := await access.require(self._settings, [on_topic(Operation.WRITE, topic) for topic in named]):
            raise UnknownTopicOrPartitionError(*sorted(missing))

    async def _connections(self, count: int) -> Sequence[asyncpg.Connection]:
        opened: list[asyncpg.Connection] = []
        try:
            while len(opened) < count:
                opened.append(await asyncpg.connect(self._dsn, timeout=5, command_timeout=30, server_settings=_KEEPALIVE))
        except BaseException:
            for connection in opened:
                connection.terminate()
            raise
        return opened

    async def _publish(
        self, reader: asyncpg.Connection, deleter: asyncpg.Connection, observer: asyncpg.Connection, stop: asyncio.Event
    ) -> None:
        producer = AIOKafkaProducer(
            **self._settings.kafka(), enable_idempotence=True, max_batch_size=262_144, max_request_size=8_388_608, request_timeout_ms=10_000
        )
        shipping = Shipping(self._settings, self._service, producer, self._may_write)
        try:
            async with asyncio.timeout(15):
                await producer.start()
            self._goes_on()
            metrics.relay_active.set(1)
            log.info("relay is active")
            await observer.add_listener(channel(self._service), shipping.on_commit)
            async with asyncio.TaskGroup() as tasks:
                working = [
                    tasks.create_task(shipping.delete_acknowledged(deleter)),
                    tasks.create_task(shipping.raise_floor(observer)),
                    tasks.create_task(shipping.measure(observer)),
                ]
                await shipping.send_waiting(reader, stop)
                await shipping.drained()
                for task in working:
                    task.cancel()
        finally:
            shipping.abandon()
            await _abandon(producer)


async def _abandon(producer: AIOKafkaProducer) -> None:
    """Stops a producer that may have lost its broker: what it has not delivered is still in the table."""
    try:
        async with asyncio.timeout(2):
            await producer.stop()
    except (TimeoutError, KafkaError):
        log.info("producer abandoned with records in flight")


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
