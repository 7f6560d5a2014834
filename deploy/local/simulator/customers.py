"""The sample shop's customers: they ask, order, pay, change their minds, and complain about some of what came."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence

from deploy.local.saying import now
from deploy.local.simulator import words
from deploy.local.simulator.catalogue import Product
from deploy.local.simulator.late import WAYS, Lateness, late_order, tell_of, turns_up
from deploy.local.simulator.orders import FLAWS, Order, flawed_order, good_order, sold_out_order, twin_of
from deploy.local.simulator.storefront import Storefront

METHODS = ("card", "paypal", "alipay", "wechat")
CHANNELS = ("chat", "chat", "chat", "email", "whatsapp")
# a team of a few people answers what this shop causes
ASKED, KNOWN, DEFECTIVE, LATE = 0.04, 0.2, 0.04, 0.02

Report = Callable[[Order, str], Awaitable[object]]


class Customers:
    """Decide what happens next; the same seed decides the same. `report` is how they complain about a delivered order."""

    def __init__(self, shop: Storefront, products: Sequence[Product], report: Report, seed: int | None) -> None:
        self._shop = shop
        self._products = products
        self._report = report
        self._chance = random.Random(seed)  # noqa: S311
        self._first_number = time.time_ns() // 1_000_000
        self._placed = 0

    async def order(self) -> None:
        """One order, what comes before it, and all that follows from it."""
        order = self._next()
        if self._happens(0.01):
            await self._shop.mumbles(order)
            return
        if order.flaw is None and self._happens(LATE):
            await self._is_late(order, WAYS[self._chance.choice(list(WAYS))])
            return
        await self._before(order)
        await self._shop.receives(order)
        if self._happens(0.03):
            twin = twin_of(order, self._order_id())
            await self._shop.receives(twin)
            await self._shop.is_paid(twin, "card")
        await self._live_on(order)

    async def _before(self, order: Order) -> None:
        if self._happens(KNOWN):
            await self._shop.knows(order.customer)
        if order.language in words.QUESTIONS and self._happens(ASKED):
            text = words.question(order.language, str(order.first_line["name"]), self._chance)
            await self._shop.passes_on(order.customer, text, self._chance.choice(CHANNELS), str(order.first_line["sku"]))
            await asyncio.sleep(self._chance.uniform(5, 15))

    async def _live_on(self, order: Order) -> None:
        if self._happens(0.05):
            await self._shop.corrects_address(order)
        await asyncio.sleep(self._chance.uniform(0.1, 1.0))
        await self._shop.is_paid(order, self._chance.choice(METHODS))
        if self._happens(0.05):
            await self._shop.cancels(order)
        elif order.flaw is None:
            await self._ship(order)

    async def _is_late(self, order: Order, lateness: Lateness) -> None:
        """What happened long ago is told at once; then departments are asked, and in a while it goes on."""
        late = late_order(order, lateness)
        await tell_of(self._shop, late, lateness, self._chance.choice(METHODS))
        await asyncio.sleep(self._chance.uniform(20, 40))
        if lateness.dispatched is None:
            await self._ship(late)
        elif lateness.numbered and turns_up(late.order_id):
            await self._arrive(late)

    async def _ship(self, order: Order) -> None:
        await asyncio.sleep(self._chance.uniform(2, 6))
        await self._shop.dispatches(order)
        await self._arrive(order)

    async def _arrive(self, order: Order) -> None:
        await asyncio.sleep(self._chance.uniform(2, 7))
        await self._shop.tracks(order, "arrived-in-country", order.country, "Arrived at the sorting centre")
        await asyncio.sleep(self._chance.uniform(3, 8))
        await self._shop.delivers(order)
        if self._happens(DEFECTIVE):
            await asyncio.sleep(self._chance.uniform(2, 6))
            await self._report(order, words.defect(order.language, self._chance))

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
