"""The sample shop: lists its products, then places orders for as long as it runs, and lives on with each of them."""

import argparse
import asyncio
import os
import random
import signal
import time
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer

from deploy.local.simulator.catalogue import Product, catalogue
from deploy.local.simulator.orders import FLAWS, Order, flawed_order, good_order, sold_out_order, twin_of
from deploy.local.simulator.storefront import Storefront, now

BEFORE_THE_FIRST = 2.0  # orders would overtake the products they are for
METHODS = ("card", "paypal", "alipay", "wechat")


class Customers:
    """Decide what happens next; the same seed decides the same."""

    def __init__(self, shop: Storefront, products: Sequence[Product], seed: int | None) -> None:
        self._shop = shop
        self._products = products
        self._chance = random.Random(seed)  # noqa: S311
        self._first_number = time.time_ns() // 1_000_000
        self._placed = 0

    async def order(self) -> None:
        """One order, and all that follows from it."""
        order = self._next()
        if self._happens(0.01):
            await self._shop.mumbles(order)
            return
        await self._shop.receives(order)
        if self._happens(0.03):
            twin = twin_of(order, self._order_id())
            await self._shop.receives(twin)
            await self._shop.is_paid(twin, "card")
        await self._live_on(order)

    async def _live_on(self, order: Order) -> None:
        if self._happens(0.05):
            await self._shop.corrects_address(order)
        await asyncio.sleep(self._chance.uniform(0.1, 1.0))
        await self._shop.is_paid(order, self._chance.choice(METHODS))
        if self._happens(0.05):
            await self._shop.cancels(order)
        elif order.flaw is None:
            await self._ship(order)

    async def _ship(self, order: Order) -> None:
        await asyncio.sleep(self._chance.uniform(2, 6))
        await self._shop.dispatches(order)
        await asyncio.sleep(self._chance.uniform(5, 15))
        await self._shop.delivers(order)

    def _next(self) -> Order:
        order = good_order(self._order_id(), self._products, now(), self._chance)
        if self._placed % 5:
            return order
        # every fifth is wrong, each way in its turn
        way = (self._placed // 5) % (len(FLAWS) + 1)
        return sold_out_order(order, self._products) if way == len(FLAWS) else flawed_order(order, list(FLAWS)[way])

    def _order_id(self) -> str:
        self._placed += 1
        return str(self._first_number + self._placed)

    def _happens(self, likelihood: float) -> bool:
        return self._chance.random() < likelihood


async def run(store_id: str, rate: float, seed: int | None) -> None:
    """Until it is cancelled: `rate` orders a second."""
    producer = AIOKafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP_SERVERS"], enable_idempotence=True, linger_ms=5)
    await producer.start()
    try:
        shop = Storefront(producer, store_id, os.environ.get("KAFKA_TOPIC_PREFIX", ""))
        products = catalogue(random.Random(1))  # noqa: S311
        await shop.opens()
        for product in products:
            await shop.lists(product)
        await producer.flush()
        await asyncio.sleep(BEFORE_THE_FIRST)
        await _keep_ordering(Customers(shop, products, seed), rate)
    finally:
        await producer.stop()


async def _keep_ordering(customers: Customers, rate: float) -> None:
    async with asyncio.TaskGroup() as orders:
        while True:
            orders.create_task(customers.order())
            await asyncio.sleep(1 / rate)


async def _until_told_to_stop(options: argparse.Namespace) -> None:
    running = asyncio.create_task(run(options.store, options.rate, options.seed))
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, running.cancel)
    await asyncio.wait([running])
    if not running.cancelled():
        running.result()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.local.simulator", description=__doc__)
    parser.add_argument("--store", default="demo")
    parser.add_argument("--rate", type=float, default=5.0, help="orders a second (default 5)")
    parser.add_argument("--seed", type=int, help="the same seed places the same orders; without one they are new each time")
    asyncio.run(_until_told_to_stop(parser.parse_args()))


if __name__ == "__main__":
    main()
