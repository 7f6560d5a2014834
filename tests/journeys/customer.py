"""One customer and what becomes of her, as an outsider sees it: Kafka's topics and the services' HTTP."""

import asyncio
import contextlib
import os
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from unittest.mock import patch

import httpx

from deploy.local.issuer import Issuer
from deploy.local.listening import Heard, Json, listening
from deploy.local.saying import Speaker, now
from deploy.local.simulator.kefu import Kefu, bearer, items
from deploy.local.simulator.running import speaking
from deploy.local.simulator.storefront import Storefront
from deploy.local.story.ear import TOPICS, Ear
from deploy.local.story.play import AGENT_ID, Cast, Customer, Play
from tests.journeys.four_services import FourServices
from tests.support import wait_until

STORE_ID = "story"
SOON = 60.0


class Patient(httpx.AsyncHTTPTransport):
    """Asks again while nobody answers; the Idempotency-Key makes a POST that did arrive a repetition."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.headers.setdefault("Idempotency-Key", str(uuid.uuid4()))
        send = super().handle_async_request

        async def answered() -> httpx.Response | None:
            try:
                return await send(request)
            except httpx.TransportError:
                return None

        return await wait_until(answered, within=SOON, pause=0.2)


@dataclass
class Story:
    """`heard` is everything that was said of her, `moved` whatever happened last, on Kafka or over HTTP."""

    play: Play
    cast: Cast
    customer: Customer
    ear: Ear
    finance: Speaker
    heard: list[Heard] = field(default_factory=list)
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def kefu(self) -> Kefu:
        return self.cast.kefu

    async def plays(self, *scenes: str) -> None:
        """These, or all, in their order."""
        for _, scene in self.play.scenes():
            if not scenes or scene.__name__ in scenes:
                await scene()

    async def finance_says(self, name: str, **content: Json | str | bool) -> None:
        """Of the refund that was asked for last."""
        refund_id = str(self.play.refund["refund_id"])
        moment = {"refund-settled": "settled_at", "refund-rejected": "rejected_at"}[name]
        told: Json = {"refund_id": refund_id, moment: now().isoformat(), **content}
        await self.finance.say("finance-refunds", name, refund_id, refund_id, told)

    async def says(self, name: str) -> None:
        """Until this was heard of her, whoever waits for it."""
        await wait_until(lambda: any(each.name == name for each in self.heard), within=SOON)

    async def shop_does_everything(self) -> None:
        """The order from the click to the signature, without waiting for anybody."""
        self.play.order = order = self.customer.order()
        shop = self.cast.shop
        await shop.receives(order)
        await shop.is_paid(order, "paypal")
        await shop.dispatches(order)
        await shop.tracks(order, "out-for-delivery", "CN", "With the courier")
        await shop.delivers(order)

    def told(self) -> list[str]:
        """What she was told, by its template; a message that an agent wrote has none."""
        hers = [each for each in self.heard if each.name == "customer-message" and each.text("customer_id") == self.customer.customer_id]
        return sorted({each.event_id: each.text("template") for each in hers}.values())

    async def listed(self, service: str, path: str, **query: str) -> list[Json]:
        return items(await self.kefu.ask(service, path, by=self.kefu.token("admin"), **query))

    async def comes_to(self, end: Json) -> Json:
        """The end, once it is this one; after a while whatever it is."""
        seen: list[Json] = []

        async def there() -> bool:
            seen.append(await self.end())
            return seen[-1] == end

        with contextlib.suppress(AssertionError):
            await wait_until(there, within=20, pause=0.2)
        return seen[-1]

    async def end(self) -> Json:
        """Where everything of hers stands in each of the four services, without what differs from one run to the next."""
        hers = {"customer_id": self.customer.customer_id}
        order_id = self.play.order.order_id
        order = await self.kefu.ask("orders", f"/orders/{order_id}", by=self.kefu.token("admin"))
        inquiries = await self.listed("inquiry", "/inquiries", **hers)
        return {
            "inquiries": [_of(each, "status", "topic", "agent_id", "outcome") | _hers(each, order_id) for each in inquiries],
            "order": _of(order, "status", "outcome", "paid"),
            "shipments": len(_list(order["shipments"])),
            "cases": [_of(each, "type", "status", "outcome", "cause") for each in await self.listed("aftersales", "/cases", **hers)],
            "refunds": [_of(each, "status", "amount", "kind") for each in await self.listed("aftersales", "/refunds")],
            "surveys": [_kind(each) | _of(each, "status", "satisfied") for each in await self.listed("survey", "/surveys", **hers)],
            "told": [*self.told()],
        }


def _of(resource: Json, *names: str) -> Json:
    return {name: resource[name] for name in names}


def _hers(inquiry: Json, order_id: str) -> Json:
    """Whether the inquiry knows her order, and that it led to it."""
    orders = [order for order in _list(inquiry["orders"]) if isinstance(order, dict)]
    return {
        "linked": inquiry["linked_order_id"] == order_id,
        "orders": [order["status"] for order in orders if order["order_id"] == order_id],
    }


def _kind(survey: Json) -> Json:
    occasion = survey["occasion"]
    assert isinstance(occasion, dict)
    return {"occasion": occasion["kind"]}


def _list(found: object) -> list[object]:
    assert isinstance(found, list)
    return found


@asynccontextmanager
async def begun(services: FourServices, issuer: Issuer) -> AsyncIterator[Story]:
    """The services answer by now."""
    kafka = {"KAFKA_BOOTSTRAP_SERVERS": services.kafka, "KAFKA_TOPIC_PREFIX": services.prefix}
    customer = Customer(str(time.time_ns() // 1_000_000))
    async with AsyncExitStack() as up:
        up.enter_context(patch.dict(os.environ, kafka))
        http = await up.enter_async_context(httpx.AsyncClient(timeout=30, transport=Patient()))
        kefu = Kefu(http, services.addresses, services.tokens, STORE_ID)
        shop = Storefront(await up.enter_async_context(speaking(f"/stores/{STORE_ID}")), STORE_ID)
        finance = await up.enter_async_context(speaking("/finance"))
        agent = bearer(issuer.mint(AGENT_ID, "Wang Fang", ["agent"], [STORE_ID], timedelta(hours=1)))
        cast = Cast(kefu, shop, finance, agent, await kefu.new_key("aftersales", "story"), http)
        heard: list[Heard] = []
        moved = asyncio.Event()

        def hear(event: Heard) -> None:
            heard.append(event)
            moved.set()

        async def answered(_: httpx.Response) -> None:
            moved.set()

        http.event_hooks = {"response": [answered]}
        ear = Ear(STORE_ID, (customer.customer_id, customer.order().order_id), hear)
        events = await up.enter_async_context(listening(services.kafka, services.prefix, TOPICS))
        hearing = asyncio.create_task(ear.listen(events))
        up.callback(hearing.cancel)
        yield Story(Play(cast, customer, ear, SOON), cast, customer, ear, finance, heard, moved)
