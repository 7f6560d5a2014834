"""A shop that keeps what it said, and a finance department that pays a refund once: outsiders as the runbooks want them."""

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from shared.events.storefront import StoreUpdated
from tests.bench.sample import STORE, listings, placed

_ANSWERS = uuid.UUID("5f0c2f0e-6a52-4c1c-9a55-5b0b60f7a3f2")
HELD, CANCELLED, SIGNED, CONFIRMED = "held", "cancelled", "signed", "confirmed"
_FATES = (CONFIRMED, HELD, CANCELLED, SIGNED, CONFIRMED, CONFIRMED, SIGNED, CONFIRMED, CANCELLED, CONFIRMED)


class Said(NamedTuple):
    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


def order_id(number: int) -> str:
    return f"B{number:08d}"


def fate(number: int) -> str:
    """Where the order ends."""
    return _FATES[number % len(_FATES)]


def facts(number: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything the shop has to say of the order."""
    about, now = {"store_id": STORE, "order_id": order_id(number)}, datetime.now(UTC)
    order = placed(number)
    if fate(number) == HELD:
        order["customer"]["phone"] = "12"
    yield "order-placed", order
    payment = {"payment_id": f"pay-{number}", "payment_method": "paypal", "paid_at": order["placed_at"], "amount": order["total"]}
    yield "order-paid", about | payment
    if fate(number) == CANCELLED:
        yield "order-cancelled", about | {"cancelled_at": now.isoformat(), "reason": "Changed my mind"}
    if fate(number) == SIGNED:
        parcel = about | {"shipment_id": "s-1"}
        lines = [{"line_id": line["line_id"], "quantity": line["quantity"]} for line in order["lines"]]
        sent = {"dispatched_at": now.isoformat(), "carrier": "SF", "tracking_number": f"SF{number}", "lines": lines}
        yield "shipment-dispatched", parcel | sent
        yield "shipment-delivered", parcel | {"delivered_at": (now + timedelta(seconds=1)).isoformat(), "signed_by": "Li Lei"}


@dataclass
class Trade:
    """`said` is everything in its order, whether Kafka took it or not; `asked` how often finance was, per refund."""

    kafka: str
    prefix: str
    said: list[Said] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    answers: dict[str, Said] = field(default_factory=dict)
    _producer: AIOKafkaProducer | None = None

    async def opens(self) -> None:
        shop = StoreUpdated.example | {"store_id": STORE, "updated_at": datetime.now(UTC).isoformat()}
        self._note("storefront-stores", "store-updated", STORE, shop)
        for listing in listings():
            self._note("storefront-products", "product-listed", f"{STORE}/{listing.sku}", listing.model_dump(mode="json"))
        await self._send(self.said)

    async def goes_on(self, numbers: range, *, per_second: float = 40) -> None:
        """An order's events come one after another, those of several at the same time."""
        async with asyncio.TaskGroup() as speaking:
            for number in numbers:
                speaking.create_task(self._trade(number, 1 / per_second))
                await asyncio.sleep(1 / per_second)  # the pace of the load, not a wait for anything

    async def cancels(self, number: int) -> None:
        told = {"store_id": STORE, "order_id": order_id(number), "cancelled_at": datetime.now(UTC).isoformat(), "reason": "Too late"}
        await self._send([self._note("storefront-orders", "order-cancelled", f"{STORE}/{order_id(number)}", told)])

    async def says_again(self) -> None:
        """All of it, under the same ids."""
        await self._send(self.said)
        await self._send([*self.answers.values()])

    async def moves(self, kafka: str) -> None:
        await self.stops()
        self.kafka = kafka

    async def stops(self) -> None:
        if self._producer is not None:
            producer, self._producer = self._producer, None
            try:
                async with asyncio.timeout(2):
                    await producer.stop()
            except (TimeoutError, KafkaError):
                pass  # what it could not send is kept

    @asynccontextmanager
    async def finance(self) -> AsyncIterator[None]:
        paying = asyncio.create_task(self._pay())
        yield
        paying.cancel()
        await asyncio.gather(paying, return_exceptions=True)

    async def _trade(self, number: int, pause: float) -> None:
        for name, content in facts(number):
            one = self._note("storefront-orders", name, f"{STORE}/{order_id(number)}", content)
            await self._send([one])
            await asyncio.sleep(pause)  # as above

    async def _pay(self) -> None:
        """Whatever is asked, from the topic's start on; the same refund again gets the same answer."""
        async with reading(self.kafka, self.prefix + "refunds") as records:
            async for record in records:
                refund = orjson.loads(record.value)
                if dict(record.headers)["ce_type"] != b"refund-requested":
                    continue
                refund_id = refund["refund_id"]
                self.asked[refund_id] += 1
                if refund_id not in self.answers:
                    settled = {
                        "refund_id": refund_id,
                        "settled_at": datetime.now(UTC).isoformat(),
                        "reference": "F-1",
                        "amount": refund["amount"],
                    }
                    event_id = str(uuid.uuid5(_ANSWERS, refund_id))
                    self.answers[refund_id] = _said("finance-refunds", "refund-settled", refund_id, settled, "/finance", event_id)
                await self._send([self.answers[refund_id]])

    def _note(self, topic: str, name: str, key: str, content: dict[str, Any]) -> Said:
        one = _said(topic, name, key, content, f"/stores/{STORE}", str(uuid.uuid4()))
        self.said.append(one)
        return one

    async def _send(self, some: list[Said]) -> None:
        """What Kafka does not take is left to `says_again`."""
        try:
            producer = await self._connected()
            waiting = [await producer.send(self.prefix + each.topic, each.value, each.key, headers=each.headers) for each in some]
            await asyncio.gather(*waiting)
        except KafkaError:
            pass

    async def _connected(self) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = AIOKafkaProducer(bootstrap_servers=self.kafka, request_timeout_ms=5_000)
            await self._producer.start()
        return self._producer


def _said(topic: str, name: str, key: str, content: dict[str, Any], source: str, event_id: str) -> Said:
    attributes = {"ce_specversion": "1.0", "ce_id": event_id, "ce_type": name, "ce_source": source, "content-type": "application/json"}
    return Said(topic, key.encode(), orjson.dumps(content), [(header, text.encode()) for header, text in attributes.items()])


@asynccontextmanager
async def reading(kafka: str, topic: str) -> AsyncIterator[AIOKafkaConsumer]:
    """From its start, in no group."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign([TopicPartition(topic, number) for number in range(6)])
    try:
        yield consumer
    finally:
        await consumer.stop()
