"""The sample shop: lists its products, then places orders for as long as it runs, and lives on with each of them."""

import argparse
import asyncio
import random

from deploy.local.simulator.catalogue import catalogue
from deploy.local.simulator.customers import Customers, Report
from deploy.local.simulator.kefu import kefu
from deploy.local.simulator.mailbox import read_mail
from deploy.local.simulator.orders import Order
from deploy.local.simulator.running import speaking, unless_refused, until_told_to_stop
from deploy.local.simulator.storefront import Storefront

BEFORE_THE_FIRST = 2.0  # orders would overtake the products they are for
KEY = "sample shop"


class Complaints:
    """The shop's form for complaints: it reaches aftersales with the shop's own key, as soon as aftersales is there."""

    def __init__(self) -> None:
        self._open: asyncio.Future[Report] = asyncio.get_running_loop().create_future()

    async def keep_open(self, store_id: str) -> None:
        """Until it is cancelled; a stack without aftersales has no such form."""
        async with kefu(store_id) as services:
            if not services.has("aftersales"):
                return
            key = await services.new_key("aftersales", KEY)

            async def report(order: Order, text: str) -> None:
                about = {"order_id": order.order_id, "line_id": str(order.first_line["line_id"]), "type": "quality"}
                await unless_refused(services.do("aftersales", "/cases", {**about, "description": text}, by=key))

            self._open.set_result(report)
            await asyncio.Event().wait()

    async def report(self, order: Order, text: str) -> None:
        if self._open.done():
            await self._open.result()(order, text)


async def run(store_id: str, rate: float, seed: int | None) -> None:
    """Until it is cancelled: `rate` orders a second."""
    async with speaking(f"/stores/{store_id}") as speaker, asyncio.TaskGroup() as shop_life:
        shop, complaints = Storefront(speaker, store_id), Complaints()
        products = catalogue(random.Random(1))  # noqa: S311
        await shop.opens()
        for product in products:
            await shop.lists(product)
        await speaker.flush()
        shop_life.create_task(read_mail(store_id, seed))
        shop_life.create_task(complaints.keep_open(store_id))
        await asyncio.sleep(BEFORE_THE_FIRST)
        await _keep_ordering(Customers(shop, products, complaints.report, seed), rate)


async def _keep_ordering(customers: Customers, rate: float) -> None:
    async with asyncio.TaskGroup() as orders:
        while True:
            orders.create_task(customers.order())
            await asyncio.sleep(1 / rate)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.local.simulator", description=__doc__)
    parser.add_argument("--store", default="demo")
    parser.add_argument("--rate", type=float, default=5.0, help="orders a second (default 5)")
    parser.add_argument("--seed", type=int, help="the same seed places the same orders; without one they are new each time")
    given = parser.parse_args()
    asyncio.run(until_told_to_stop(run(given.store, given.rate, given.seed)))


if __name__ == "__main__":
    main()
