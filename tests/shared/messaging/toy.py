"""A service that exists for the tests of messaging only: it counts what its handler was given, and says one event for each."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from sqlalchemy import BigInteger, Column, Identity, MetaData, Table, Text, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared import processes
from shared.clock import new_id
from shared.db import Database
from shared.errors import Refused
from shared.events.storefront import OrderPaid, StockChanged
from shared.messaging.consumer import Consumer
from shared.messaging.outbox import publish
from shared.messaging.relay import Relay
from shared.messaging.router import EventRouter
from shared.service import Service
from shared.settings import Settings
from tests.support import wait_until

TOPIC = "storefront-orders"
SAID_ON = "storefront-products"


def tables() -> MetaData:
    metadata = MetaData()
    Table(
        "effects",
        metadata,
        Column("store_id", Text, primary_key=True),
        Column("number", BigInteger, Identity(always=True), primary_key=True),
        Column("order_id", Text, nullable=False),
        Column("payment_id", Text, nullable=False),
    )
    return metadata


@dataclass
class Handling:
    """What the handler does beside its work; a test makes it fail and mends it again."""

    broken: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    chunks: list[list[str]] = field(default_factory=list)
    says: bool = True

    def router(self, *, many: bool) -> EventRouter:
        events = EventRouter()

        async def take(paid: Sequence[OrderPaid], session: AsyncSession) -> None:
            self.chunks.append([each.payment_id for each in paid])
            for each in paid:
                await self._take_one(each, session)

        async def take_one(paid: OrderPaid, session: AsyncSession, now: datetime) -> None:
            assert now.tzinfo is not None
            await self._take_one(paid, session)

        if many:
            events.on(OrderPaid, many=True)(take)
        else:
            events.on(OrderPaid)(take_one)
        return events

    async def _take_one(self, paid: OrderPaid, session: AsyncSession) -> None:
        if paid.payment_id in self.refused:
            raise Refused("the test refuses it")
        await session.execute(
            text("insert into effects (store_id, order_id, payment_id) values (:store, :order, :payment)"),
            {"store": paid.store_id, "order": paid.order_id, "payment": paid.payment_id},
        )
        if self.says:
            publish(session, said(paid.order_id, int(paid.payment_id.rpartition("-")[2] or 0)), caused_by=paid)
        if paid.payment_id in self.broken:
            raise RuntimeError("a bug")


def service(handling: Handling | None = None, *, many: bool = True) -> Service:
    handling = handling or Handling()
    return Service(name="toy", tables=tables(), events=handling.router(many=many))


def said(order_id: str, number: int) -> StockChanged:
    """What the toy says; its key is the order, its stock the payment's number."""
    return StockChanged.model_validate({"store_id": "demo", "sku": order_id, "stock": number, "updated_at": "2026-03-02T08:00:00Z"})


def paid(order_id: str, number: int, **changes: object) -> dict[str, object]:
    return {
        "store_id": "demo",
        "order_id": order_id,
        "paid_at": "2026-03-02T08:16:30Z",
        "amount": {"amount": "29.00", "currency": "USD"},
        "payment_id": f"{order_id}-{number}",
        "payment_method": "card",
    } | changes


def headers(event_id: str | None = None, *, kind: str = "order-paid", **changes: str) -> list[tuple[str, bytes]]:
    attributes = {"ce_specversion": "1.0", "ce_id": event_id or str(new_id()), "ce_type": kind, "ce_source": "/stores/demo"} | changes
    return [(name, value.encode()) for name, value in attributes.items()]


@dataclass
class Toy:
    """The service on its own database and topics, and the outside world beside it."""

    settings: Settings
    database: Database
    handling: Handling
    service: Service
    producer: AIOKafkaProducer

    async def send(
        self, key: str | None, value: bytes | None, sent: Sequence[tuple[str, bytes]], *, partition: int | None = None
    ) -> ConsumerRecord[bytes, bytes]:
        return await self.producer.send_and_wait(
            self.settings.topic(TOPIC), value, key=key.encode() if key else None, headers=list(sent), partition=partition
        )

    async def pay(self, order_id: str, number: int, *, event_id: str | None = None, **changes: object) -> None:
        await self.send(f"demo/{order_id}", orjson.dumps(paid(order_id, number, **changes)), headers(event_id))

    async def effects(self, order_id: str | None = None) -> list[str]:
        """The payments taken in, in the order they were."""
        asked = "select payment_id from effects where cast(:order as text) is null or order_id = :order order by number"
        async with self.database.transaction() as session:
            return list(await session.scalars(text(asked), {"order": order_id}))

    async def count(self, table: str) -> int:
        async with self.database.transaction() as session:
            return int(await session.scalar(text(f"select count(*) from {table}")) or 0)

    async def effects_become(self, count: int, within: float = 20.0) -> list[str]:
        async def there() -> bool:
            return await self.count("effects") >= count

        await wait_until(there, within=within)
        return await self.effects()

    @asynccontextmanager
    async def consuming(self, chosen: Service | None = None) -> AsyncIterator[Consumer]:
        consumer = Consumer(chosen or self.service, self.settings, self.database)
        async with running(consumer):
            yield consumer

    @asynccontextmanager
    async def relaying(self) -> AsyncIterator[Relay]:
        relay = Relay(self.settings, self.service.name)
        async with running(relay):
            yield relay

    async def published(self, expected: int, *, within: float = 20.0, topic: str = SAID_ON) -> list[ConsumerRecord[bytes, bytes]]:
        """All records of the topic once there are `expected`, and whatever more came with them."""
        async with reading(self.settings, topic) as read:
            return await read(expected, within)

    async def close(self) -> None:
        await self.producer.stop()
        await self.database.close()


@asynccontextmanager
async def running(part: Consumer | Relay) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(part.run(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 30)


@asynccontextmanager
async def reading(settings: Settings, topic: str) -> AsyncIterator["_Read"]:
    consumer = AIOKafkaConsumer(**settings.kafka(), auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    consumer.assign([TopicPartition(settings.topic(topic), number) for number in range(6)])
    try:
        yield _Read(consumer)
    finally:
        await consumer.stop()


class _Read:
    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._records: list[ConsumerRecord[bytes, bytes]] = []

    async def __call__(self, expected: int, within: float = 20.0) -> list[ConsumerRecord[bytes, bytes]]:
        async def more() -> bool:
            fetched = await self._consumer.getmany(timeout_ms=200)
            for records in fetched.values():
                self._records += records
            return len(self._records) >= expected and not fetched

        await wait_until(more, within=within, pause=0)
        return self._records


async def make(settings: Settings, handling: Handling, made: Service) -> Toy:
    producer = AIOKafkaProducer(**settings.kafka(), max_request_size=16_000_000, enable_idempotence=True)
    await producer.start()
    database = Database(settings.database_url.get_secret_value(), name=made.name)
    return Toy(settings, database, handling, made, producer)


def main() -> None:
    """`python -m tests.shared.messaging.toy worker|relay`: the toy as a process that can be killed."""
    processes.main("toy", lambda: service(Handling(says=os.environ.get("TOY_SAYS", "1") == "1")))


if __name__ == "__main__":
    main()
