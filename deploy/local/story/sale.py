"""What else may happen to orders: one cancelled late, one changed, one silent, one lost; and a customer whom the shop would miss."""

from collections.abc import Callable, Coroutine
from decimal import Decimal

from deploy.local.children import until
from deploy.local.listening import Heard, Json
from deploy.local.saying import now
from deploy.local.simulator.catalogue import Product
from deploy.local.simulator.finance import settle
from deploy.local.simulator.kefu import items
from deploy.local.simulator.orders import Order, money
from deploy.local.story.ear import DidNotHappen, Ear
from deploy.local.story.play import MUG, SOON, Cast, Customer, until_done

TEAPOT = Product("POT-BLUE", "Blue teapot", "mugs", Decimal("14.00"), Decimal("14.00"), 60)
DIFFERENCE = (TEAPOT.price - MUG.price) * 2
COST = Decimal("9.00")
MANY = 100
# thresholds of days are none here: what would take weeks comes at once
CLOCKS: Json = {"payment_reminder_hours": 0, "silent_days": 0, "unnumbered_days": 0}

Scene = Callable[[], Coroutine[None, None, None]]


class Sale:
    """Each scene has a customer of its own; it is over when what follows from it was heard."""

    def __init__(self, cast: Cast, number: str, ear: Ear, soon: float = SOON) -> None:
        self._cast = cast
        self._ear = ear
        self._soon = soon
        self._ann, self._bo, self._cui, self._dan, self._eva = (Customer(str(int(number) + each)) for each in range(5))

    def scenes(self) -> list[tuple[str, Scene]]:
        """What the reader is told, and what happens then."""
        return [
            ("Another shop opens, whose days of waiting are none", self.opens),
            ("A customer cancels, but the goods may be bought already: purchasing is asked", self.wants_to_cancel),
            ("They were: she agrees that the loss is withheld, and has the rest back", self.cancels),
            ("Another wants the dearer teapot, and is reminded to pay the difference", self.changes),
            ("She pays, and the order is changed", self.pays),
            ("A parcel was seen and then goes silent: the forwarder is asked, she is told", self.is_silent),
            ("A parcel without a number never came: it is lost, and a case opens", self.is_lost),
            ("One customer buys by the hundred, twice: she is a key customer now", self.is_key),
        ]

    async def opens(self) -> None:
        await self._cast.shop.opens("Story shop on the hill")
        for product in (MUG, TEAPOT):
            await self._cast.shop.lists(product)
        await self._do("/policies", {"values": CLOCKS, "reason": "a short story"}, method="PUT")
        await until_done(lambda: self._cast.kefu.ask("orders", f"/products/{TEAPOT.sku}", by=self._cast.agent), self._soon)

    async def wants_to_cancel(self) -> None:
        order = await self._sold(self._ann)
        await self._do(f"/orders/{order.order_id}/cancel-advice", {})
        task = (await self._tasks("purchasing"))[0]
        bought: Json = {"bought_on": f"{now():%Y-%m-%d}", "cost": money(COST)}
        await self._do(f"/tasks/{task['task_id']}/answer", {"answer": bought, "reason": "on its way to us"})
        await self._is_told(self._ann)

    async def cancels(self) -> None:
        path = f"/orders/{self._ann.order().order_id}/cancel-advice/accept"
        await self._do(path, {"agreed": True, "reason": "she wrote that it is fine"})
        await self._ear.hears("order-closed", within=self._soon, where=_of(self._ann))
        refund = await self._ear.hears("refund-requested", within=self._soon)
        if self._cast.finance is not None:
            await settle(self._cast.finance, refund.content, frozenset())
        await self._ear.hears("refund-closed", within=self._soon)

    async def changes(self) -> None:
        order = await self._sold(self._bo)
        path, wanted = f"/orders/{order.order_id}/change-advice", Json(lines=[{"line_id": "1", "sku": TEAPOT.sku, "quantity": 2}])
        await self._do(path, wanted)
        await self._do(f"{path}/accept", wanted | {"reason": "she prefers tea"})
        await self._is_told(self._bo)

    async def pays(self) -> None:
        difference = self._bo.order()._replace(pays=DIFFERENCE)
        await self._cast.shop.is_paid(difference, "paypal", payment_id=f"more-{difference.order_id}")
        await self._is_told(self._bo)

    async def is_silent(self) -> None:
        order = await self._sold(self._cui)
        await self._cast.shop.dispatches(order)
        await self._cast.shop.tracks(order, "online", "DE", "Handed in in Leipzig")
        await self._ear.hears("shipment-delayed", within=self._soon)
        await self._tasks("forwarder")

    async def is_lost(self) -> None:
        order = await self._sold(self._dan)
        await self._cast.shop.dispatches(order, numbered=False)
        await self._ear.hears("shipment-lost", within=self._soon)
        await self._ear.hears("case-opened", within=self._soon, where=lambda event: event.text("type") == "lost")

    async def is_key(self) -> None:
        for quantity in (MANY, MANY + 1):
            await self._sold(self._eva, quantity)
        await self._do("/customers/classify", {})
        await self._ear.hears("customer-tier-changed", within=self._soon, where=lambda event: event.text("tier") == "key")

    async def _sold(self, customer: Customer, quantity: int = 2) -> Order:
        """Placed, paid and confirmed."""
        self._ear.knows(customer.customer_id)
        order = customer.order(quantity)
        await self._cast.shop.receives(order)
        await self._cast.shop.is_paid(order, "paypal")
        await self._ear.hears("order-confirmed", within=self._soon, where=_of(customer))
        return order

    async def _is_told(self, customer: Customer) -> None:
        await self._ear.hears("customer-message", within=self._soon, where=lambda event: event.text("customer_id") == customer.customer_id)

    async def _tasks(self, department: str) -> list[Json]:
        """Those it has to answer, once there are some."""

        found: list[Json] = []

        async def some() -> bool:
            asked = {"department": department, "state": "open"}
            found[:] = items(await self._cast.kefu.ask("orders", "/tasks", by=self._cast.kefu.token("admin"), **asked))
            return bool(found)

        try:
            await until(some, within=self._soon, pause=0.2)
        except TimeoutError:
            raise DidNotHappen(f"{department} was asked nothing within {self._soon:.0f} s") from None
        return found

    async def _do(self, path: str, body: Json, method: str = "POST") -> None:
        await self._cast.kefu.do("orders", path, body, by=self._cast.kefu.token("admin"), method=method)


def _of(customer: Customer) -> Callable[[Heard], bool]:
    return lambda event: event.part("customer").get("customer_id") == customer.customer_id
