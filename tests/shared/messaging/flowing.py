"""Events keep coming while something is done to the service; afterwards each must have had its effect once and been told in order."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson
from aiokafka import ConsumerRecord
from sqlalchemy import text

from tests.shared.messaging.toy import TOPIC, Toy, headers, paid
from tests.support import wait_until


@dataclass
class Flow:
    """Sends `count` payments of a few orders, each order's numbered in the order they are sent; some are sent twice."""

    shop: Toy
    count: int
    orders: int = 40
    per_second: float = 400.0
    seed: int = 1
    sent: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    async def run(self) -> None:
        chance = random.Random(self.seed)
        topic = self.shop.settings.topic(TOPIC)
        started = asyncio.get_running_loop().time()
        waiting = []
        for turn in range(self.count):
            order_id = str(chance.randrange(self.orders))
            number = len(self.sent[order_id]) + 1
            self.sent[order_id].append(number)
            event_id = f"{order_id}-{number}"
            for _ in range(2 if chance.random() < 0.1 else 1):
                record = (f"demo/{order_id}".encode(), orjson.dumps(paid(order_id, number)), headers(event_id))
                waiting.append(await self.shop.producer.send(topic, record[1], key=record[0], headers=record[2]))
            if turn % 20 == 0:
                ahead = turn / self.per_second - (asyncio.get_running_loop().time() - started)
                await asyncio.wait([asyncio.create_task(_until(ahead))])
        await asyncio.gather(*waiting)

    async def settles(self, within: float) -> None:
        async def all_taken_and_told() -> bool:
            return await self.shop.count("effects") >= self.count and await self.shop.count("outbox") == 0

        await wait_until(all_taken_and_told, within=within, pause=0.1)

    async def check(self) -> None:
        """Every effect once and in order; every event told, per key in order; nothing else told."""
        assert await self._effects() == self.sent
        told = first_told(await self.shop.published(self.count, within=60))
        assert told == self.sent
        assert await self.shop.count("dead_letters") == 0

    async def _effects(self) -> dict[str, list[int]]:
        async with self.shop.database.transaction() as session:
            rows = await session.execute(text("select order_id, payment_id from effects order by number"))
        found: dict[str, list[int]] = defaultdict(list)
        for order_id, payment_id in rows:
            found[order_id].append(int(payment_id.rpartition("-")[2]))
        return found


async def _until(seconds: float) -> None:
    """The pace of the load, not a wait for anything."""
    if seconds > 0:
        await asyncio.sleep(seconds)


def first_told(records: Sequence[ConsumerRecord[bytes, bytes]]) -> dict[str, list[int]]:
    """Per key, the numbers in the order in which they came first."""
    found: dict[str, dict[int, None]] = defaultdict(dict)
    for record in records:
        found[record.key.decode().removeprefix("demo/")].setdefault(orjson.loads(record.value)["stock"])
    return {key: list(numbers) for key, numbers in found.items()}
