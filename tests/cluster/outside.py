"""Who works with the cluster from outside: a storefront at a steady pace, finance, and somebody who calls every api all the time."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

import httpx
from aiokafka import AIOKafkaProducer

from deploy.local.listening import Heard, listening
from deploy.local.saying import Speaker
from deploy.local.simulator.catalogue import catalogue
from deploy.local.simulator.orders import Order, good_order
from deploy.local.simulator.storefront import Storefront
from tests.cluster.cluster import KAFKA, SERVICES
from tests.support import wait_until

HEARD = ("orders", "refunds", "customer-messages", "cases")


@dataclass
class Ear:
    """Everything Kefu says, from when it began to listen; an event that is said again has its old id and counts once."""

    heard: dict[str, Heard] = field(default_factory=dict)

    async def listen(self, events: AsyncIterator[Heard]) -> None:
        async for event in events:
            self.heard.setdefault(event.event_id, event)

    def of(self, name: str, store_id: str) -> list[Heard]:
        return [event for event in self.heard.values() if event.name == name and event.text("store_id") == store_id]

    async def hears(self, name: str, subject: str) -> Heard:
        def found() -> Heard | None:
            return next(
                (each for each in self.heard.values() if each.name == name and subject in (each.subject, each.text("order_id"))), None
            )

        return await wait_until(found, within=60)


@asynccontextmanager
async def outside() -> AsyncIterator[tuple[AIOKafkaProducer, Ear]]:
    producer = AIOKafkaProducer(bootstrap_servers=KAFKA, enable_idempotence=True, linger_ms=5)
    await producer.start()
    ear = Ear()
    try:
        async with listening(KAFKA, "", HEARD) as events:
            hearing = asyncio.create_task(ear.listen(events))
            try:
                yield producer, ear
            finally:
                hearing.cancel()
    finally:
        await producer.stop()


def speaker(producer: AIOKafkaProducer, source: str) -> Speaker:
    return Speaker(producer, source, "", frozenset({"storefront-orders", "storefront-products", "storefront-stores", "finance-refunds"}))


class Trade:
    """A shop of one's own in the cluster: opens, lists what it sells, and places paid orders that pass every check."""

    def __init__(self, producer: AIOKafkaProducer, store_id: str) -> None:
        self.store_id = store_id
        self.placed: list[str] = []
        self._shop = Storefront(speaker(producer, f"/stores/{store_id}"), store_id)
        self.producer = producer
        self._chance = random.Random(7)
        self._products = catalogue(random.Random(1))
        self._numbers: Iterator[int] = count(1)

    async def opens(self) -> None:
        await self._shop.opens()
        for product in self._products:
            await self._shop.lists(product)
        await self.producer.flush()

    async def sells(self) -> Order:
        number = next(self._numbers)
        order = good_order(f"{self.store_id}-{number}", self._products, datetime.now(UTC), self._chance)
        # nobody who orders the same twice within minutes
        order.customer.update(customer_id=f"c-{number}", email=f"c{number}@example.com", phone=f"+86138{number:08}")
        order.address["phone"] = order.customer["phone"]
        await self._shop.receives(order)
        await self._shop.is_paid(order, "card")
        self.placed.append(order.order_id)
        return order

    async def cancels(self, order: Order) -> None:
        await self._shop.cancels(order)

    async def goes_on(self, rate: float) -> None:
        """Until it is cancelled: so many orders a second."""
        due = time.monotonic()
        while True:
            await self.sells()
            due += 1 / rate
            await asyncio.sleep(due - time.monotonic())

    async def all_confirmed(self, ear: Ear, *, within: float) -> None:
        """Each of them, and each once."""

        def said() -> Counter[str]:
            return Counter(event.text("order_id") for event in ear.of("order-confirmed", self.store_id))

        try:
            await wait_until(lambda: said().keys() >= {*self.placed}, within=within, pause=0.5)
        except AssertionError:
            missing = sorted({*self.placed} - said().keys())
            raise AssertionError(f"of {len(self.placed)} orders {len(missing)} were not confirmed: {missing[:5]}") from None
        assert {order_id: times for order_id, times in said().items() if times > 1} == {}


@dataclass
class Callers:
    """Ask every api over and over, each time on a new connection, as the many do who each ask once."""

    store_id: str
    token: str
    answers: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    async def go_on(self, pause: float = 0.1) -> None:
        """Until they are cancelled."""
        async with asyncio.TaskGroup() as group:
            for service, path in _ASKED.items():
                group.create_task(self._ask(service, f"http://127.0.0.1:{SERVICES[service]}/v1/stores/{self.store_id}{path}", pause))

    async def _ask(self, service: str, url: str, pause: float) -> None:
        while True:
            try:
                async with httpx.AsyncClient(timeout=20, trust_env=False) as http:
                    answer = await http.get(url, headers={"Authorization": f"Bearer {self.token}"})
                self.answers[answer.status_code] += 1
                if not answer.is_success:
                    self.failures.append(f"{service}: {answer.status_code} {answer.text[:200]}")
            except httpx.HTTPError as problem:
                self.failures.append(f"{service}: {type(problem).__name__} {problem}")
            await asyncio.sleep(pause)


_ASKED: Mapping[str, str] = {
    "inquiry": "/inquiries?limit=1",
    "orders": "/orders?limit=1",
    "aftersales": "/cases?limit=1",
    "survey": "/surveys?limit=1",
}


@asynccontextmanager
async def meanwhile(*work: "asyncio.Task[None]") -> AsyncIterator[None]:
    """Beside what the block does; what fails in it fails the block."""
    try:
        yield
    finally:
        for each in work:
            each.cancel()
        ended = await asyncio.gather(*work, return_exceptions=True)
    failed = [each for each in ended if isinstance(each, Exception)]
    assert failed == []
