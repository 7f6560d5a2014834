"""One customer's story, from her question to the call she gets because she is not satisfied."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

import httpx

from deploy.local.children import until
from deploy.local.listening import Json
from deploy.local.saying import Speaker, now
from deploy.local.simulator import page
from deploy.local.simulator.catalogue import Product
from deploy.local.simulator.finance import settle
from deploy.local.simulator.kefu import Credential, Kefu, Refused
from deploy.local.simulator.orders import Order, money
from deploy.local.simulator.page import Mood
from deploy.local.simulator.storefront import Storefront
from deploy.local.story.ear import DidNotHappen, Ear

SOON = 15.0  # seconds; a busy laptop takes a few
PAUSE = 0.8  # between two scenes, for whoever reads along
AGENT_ID = "story-agent"
MUG = Product("MUG-RED", "Red mug", "mugs", Decimal("12.50"), Decimal("15.00"), 120)
SHIPPING = Decimal("4.00")
REFUND = Decimal("6.25")
CLOCKS: dict[str, Json] = {"survey": {"case_delay_minutes": 0}}  # a survey comes at once instead of a day later


@dataclass(frozen=True)
class Customer:
    """She is new each time, so that nothing she did before counts."""

    number: str
    customer: Json = field(init=False)

    def __post_init__(self) -> None:
        contact: Json = {"name": "Lin Mei", "email": f"lin.{self.number}@example.com", "phone": self.phone, "language": "zh-CN"}
        object.__setattr__(self, "customer", {"customer_id": self.customer_id, **contact})

    @property
    def customer_id(self) -> str:
        return f"c-{self.number}"

    @property
    def phone(self) -> str:
        """Her own: two orders to one phone within minutes are taken for one ordered twice."""
        return f"+86138{self.number[-8:]:0>8}"

    def order(self, quantity: int = 2) -> Order:
        """Red mugs; an order of another quantity is another order."""
        address: Json = {
            "recipient": "Lin Mei",
            "line1": "1 Long Street",
            "city": "Hangzhou",
            "region": "Zhejiang",
            "postal_code": "310000",
        }
        line: Json = {"line_id": "1", "sku": MUG.sku, "name": MUG.name, "quantity": quantity, "unit_price": money(MUG.price)}
        total = MUG.price * quantity + SHIPPING
        placed: Json = {
            "order_id": f"o-{self.number}" if quantity == 2 else f"o-{self.number}-{quantity}",  # noqa: PLR2004
            "placed_at": now().isoformat(),
            "customer": self.customer,
            "shipping_address": {**address, "country": "CN", "phone": self.phone},
            "lines": [line],
            "shipping_fee": money(SHIPPING),
            "total": money(total),
        }
        return Order(placed, total, None)


@dataclass(frozen=True)
class Cast:
    """Who takes part, and how each of them speaks. `finance` is None where somebody else settles refunds."""

    kefu: Kefu
    shop: Storefront
    finance: Speaker | None
    agent: Credential
    storefront_key: Credential
    http: httpx.AsyncClient


class Play:
    """The scenes in their order; each is over when what follows from it was heard."""

    def __init__(self, cast: Cast, customer: Customer, ear: Ear, soon: float = SOON) -> None:
        """`soon`: how many seconds what follows may take."""
        self._cast = cast
        self._she = customer
        self._ear = ear
        self._soon = soon
        self.order = customer.order()
        self.case = ""
        self.refund: Json = {}

    def scenes(self) -> list[tuple[str, Callable[[], Coroutine[None, None, None]]]]:
        """What the reader is told, and what happens then."""
        return [
            ("The shop opens, and its clocks are set short", self.opens),
            ("Lin Mei asks in the chat whether the mug may go into the dishwasher", self.asks),
            ("An agent takes her question and answers", self.is_answered),
            ("She orders two and pays", self.orders),
            ("The shop sends them, and they arrive", self.receives),
            ("One of them is cracked: she reports it in the shop", self.reports),
            ("The agent finds the cause, proposes half the price back, and she agrees", self.is_offered_half),
            ("The agent asks for the refund", self.is_owed),
            ("Finance pays", self.is_paid_back),
            ("The case is closed", self.is_done),
            ("She is asked how it went, and answers on the page: badly", self.answers),
            ("Because she is not satisfied, the next case opens by itself", self.is_called),
        ]

    async def opens(self) -> None:
        await self._cast.shop.opens("Story shop")
        await self._cast.shop.lists(MUG)
        await self._cast.shop.knows(self._she.customer)
        person: Json = {"name": "Wang Fang", "languages": ["zh-CN", "en"]}
        admin = self._cast.kefu.token("admin")
        await self._cast.kefu.do("inquiry", f"/agents/{AGENT_ID}", person, by=admin, method="PUT")
        for service, values in CLOCKS.items():
            await self._cast.kefu.do(service, "/policies", {"values": values, "reason": "a short story"}, by=admin, method="PUT")
        await self._until_done(lambda: self._cast.kefu.ask("orders", f"/products/{MUG.sku}", by=self._cast.agent))

    async def asks(self) -> None:
        await self._cast.shop.passes_on(self._she.customer, "请问这个红色杯子可以用洗碗机洗吗？", "chat", MUG.sku)
        await self._ear.hears("inquiry-received", within=self._soon)

    async def is_answered(self) -> None:
        page_of = await self._cast.kefu.ask("inquiry", "/inquiries", by=self._cast.agent, customer_id=self._she.customer_id)
        found = page_of["items"]
        assert isinstance(found, list)
        assert isinstance(found[0], dict)
        path = f"/inquiries/{found[0]['inquiry_id']}"
        await self._act("inquiry", f"{path}/take", {"reason": "it is my turn"})
        await self._act("inquiry", f"{path}/messages", {"text": "您好！可以放心用洗碗机洗。"})
        await self._ear.hears("customer-message", within=self._soon)

    async def orders(self) -> None:
        self.order = self._she.order()  # placed now, after she asked
        await self._cast.shop.receives(self.order)
        await self._cast.shop.is_paid(self.order, "paypal")
        await self._ear.hears("order-confirmed", within=self._soon)

    async def receives(self) -> None:
        await self._cast.shop.dispatches(self.order)
        await self._ear.hears("order-changed", within=self._soon, where=lambda event: event.text("status") == "shipped")
        await self._cast.shop.tracks(self.order, "out-for-delivery", "CN", "With the courier")
        await self._cast.shop.delivers(self.order)
        arrived = ("delivered", "signed")
        await self._ear.hears("order-changed", "order-closed", within=self._soon, where=lambda event: event.text("status") in arrived)

    async def reports(self) -> None:
        body: Json = {"order_id": self.order.order_id, "line_id": "1", "type": "quality", "description": "收到的杯子有裂痕。"}
        case = await self._until_done(lambda: self._cast.kefu.do("aftersales", "/cases", body, by=self._cast.storefront_key))
        self.case = f"/cases/{case['case_id']}"
        self._ear.knows(str(case["case_id"]))
        await self._ear.hears("case-opened", within=self._soon)

    async def is_offered_half(self) -> None:
        await self._act("aftersales", f"{self.case}/take", {"reason": "it is my turn"})
        found: Json = {"cause": "product", "finding": "Cracked in the kiln", "reason": "seen on her picture"}
        await self._act("aftersales", f"{self.case}/diagnosis", found)
        offer: Json = {"action": "partial-refund", "text": "为您退还一半货款，杯子您可以留下。", "amount": money(REFUND)}
        await self._act("aftersales", f"{self.case}/proposals", offer)
        await self._act("aftersales", f"{self.case}/agree", {"reason": "she wrote that it is fine"})

    async def is_owed(self) -> None:
        body: Json = {"amount": money(REFUND), "kind": "partial", "reason": "One of two mugs came cracked"}
        refund = await self._act("aftersales", f"{self.case}/refunds", body)
        self._ear.knows(str(refund["refund_id"]))
        self.refund = (await self._ear.hears("refund-requested", within=self._soon)).content

    async def is_paid_back(self) -> None:
        if self._cast.finance is not None:
            await settle(self._cast.finance, self.refund, frozenset())
        await self._ear.hears("refund-settled", within=self._soon)
        await self._ear.hears("refund-closed", within=self._soon, where=lambda event: event.text("outcome") == "settled")

    async def is_done(self) -> None:
        await self._act("aftersales", f"{self.case}/close", {"reason": "she has her money", "outcome": "refunded"})
        await self._ear.hears("case-closed", within=self._soon)

    async def answers(self) -> None:
        invited = await self._ear.hears(
            "customer-message", within=self._soon, where=lambda event: event.text("template") == "survey-invitation"
        )
        link = page.link_in(invited.text("text"))
        if link is None:
            raise DidNotHappen("the invitation names no page")
        await page.answer(self._cast.http, link, Mood.CROSS)
        await self._ear.hears("survey-completed", within=self._soon, where=lambda event: event.content["satisfied"] is False)

    async def is_called(self) -> None:
        opened = await self._ear.hears("case-opened", within=self._soon, where=lambda event: event.text("type") == "service")
        self.case = f"/cases/{opened.text('case_id')}"

    async def _act(self, service: str, path: str, body: Json) -> Json:
        return await self._cast.kefu.do(service, path, body, by=self._cast.agent)

    async def _until_done(self, call: Callable[[], Awaitable[Json]]) -> Json:
        return await until_done(call, self._soon)


async def until_done(call: Callable[[], Awaitable[Json]], soon: float) -> Json:
    """What a service is still to hear of, it refuses for a moment; after `soon` its refusal stands."""
    answers: list[Json] = []
    refusals: list[Refused] = []

    async def done() -> bool:
        try:
            answers.append(await call())
        except Refused as refused:
            refusals.append(refused)
            return False
        return True

    try:
        await until(done, within=soon, pause=0.3)
    except TimeoutError:
        raise DidNotHappen(f"still refused after {soon:.0f} s: {refusals[-1]}") from None
    return answers[0]


class Scenes(Protocol):
    def scenes(self) -> list[tuple[str, Callable[[], Coroutine[None, None, None]]]]: ...


async def perform(play: Scenes, announce: Callable[[str], None], pause: float = PAUSE) -> None:
    """DidNotHappen, Refused or HTTPError at the first scene that goes otherwise."""
    for title, scene in play.scenes():
        announce(title)
        await scene()
        await asyncio.sleep(pause)
