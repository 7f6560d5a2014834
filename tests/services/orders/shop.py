"""A store on real Postgres: it tells orders what happens, and sees what orders says."""

from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import text

from services.orders import usecases
from services.orders.domain.order import Order
from services.orders.domain.policy import OrderPolicy
from services.orders.repository import history, orders
from services.orders.repository.orders import Ref
from services.orders.service import service
from services.orders.tasks import tasks
from services.orders.usecases import questions
from shared import policies
from shared.auth import Actor, Role
from shared.db import Database
from shared.events.base import Event
from shared.events.inquiries import OfferMade
from shared.events.storefront import ProductListed, StorefrontOrderEvent
from shared.http import Version
from shared.tasks import About, Task
from shared.timers import TimerRunner
from tests.services.orders.builders import DAY, MINUTE, MONDAY, money

ANY = Version(frozenset("*"))
OF_CUSTOMERS = ("customers", "customer_months", "customer_moves", "customer_segments", "customer_voices", "customer_cares", "order_refunds")
OF_FIGURES = ("sales", "sales_changes", "inquiries", "conversions")
DAILY = ("classify", "care")
WANG = Actor("wang", "Wang Fang", frozenset({Role.AUDITOR}), frozenset({"demo"}))
ZHAO = Actor("zhao", "Zhao Min", frozenset({Role.AUDITOR}), frozenset({"demo"}))


class Clock:
    def __init__(self) -> None:
        self.now = MONDAY + 2 * MINUTE

    def __call__(self) -> datetime:
        return self.now

    def passes(self, duration: timedelta) -> None:
        self.now += duration


class Shop:
    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock

    async def lists(self, sku: str, price: str, *, stock: int, after: timedelta = -DAY, **changed: Any) -> None:
        told = ProductListed.example | {"sku": sku, "price": money(price), "stock": stock, "updated_at": (MONDAY + after).isoformat()}
        async with self.database.transaction() as session:
            await service.events.handle([ProductListed.read(orjson.dumps(told | changed))], session, self.clock())

    async def offers(self, **changed: Any) -> None:
        async with self.database.transaction() as session:
            await service.events.handle([OfferMade.read(orjson.dumps(OfferMade.example | changed))], session, self.clock())

    async def tells(self, *told: StorefrontOrderEvent) -> None:
        """In one transaction, as a chunk of the consumer."""
        async with self.database.transaction() as session:
            await usecases.take_facts(session, list(told), self.clock())

    async def act(self, verb: str, order_id: str = "10001", *, by: Actor = WANG, reason: str = "I looked at it", **more: Any) -> Order:
        """take, confirm, correct or cancel, whatever the version."""
        corrected = [more.pop("corrected")] if "corrected" in more else []
        async with self.database.transaction() as session:
            return await getattr(usecases, verb)(  # type: ignore[no-any-return]
                session, Ref("demo", order_id), more.pop("version", ANY), *corrected, by=by, reason=reason, now=self.clock()
            )

    async def asks(self, order_id: str = "10001") -> Task:
        """The warehouse, why the order is not dispatched."""
        now = self.clock()
        async with self.database.transaction() as session:
            return await tasks.ask(
                session,
                questions.DISPATCH_LATE,
                store_id="demo",
                about=About("order", order_id),
                question="Why?",
                due_at=now + DAY,
                now=now,
            )

    async def sets(self, **numbers: Any) -> None:
        """The store's own numbers, the others at their default."""
        async with self.database.transaction() as session:
            await policies.put(session, "demo", ANY, OrderPolicy(**numbers), set_values=numbers, by=WANG, reason="ours", now=self.clock())

    async def forgets(self) -> None:
        """Every order, with all that belongs to it."""
        async with self.database.transaction() as session:
            for table in ("orders", "order_history", "order_twins", "outbox", "timers", "tasks", "history", *OF_CUSTOMERS, *OF_FIGURES):
                await session.execute(text(f"delete from {table}"))

    async def order(self, order_id: str = "10001") -> Order:
        async with self.database.transaction() as session:
            return await orders.order(session, Ref("demo", order_id))

    async def said(self, order_id: str = "10001") -> list[dict[str, Any]]:
        """What was said of the order: the events' data, with their `type`, `id` and `traceparent`."""
        async with self.database.transaction() as session:
            rows = await session.execute(
                text("select id, type, sequence, traceparent, payload from outbox where topic = 'orders' and key = :key order by number"),
                {"key": f"demo/{order_id}"},
            )
            told = [(row, orjson.loads(row.payload)) for row in rows]
        assert all(row.sequence == data["version"] for row, data in told)
        return [data | {"type": row.type, "id": row.id, "traceparent": row.traceparent} for row, data in told]

    async def names(self, order_id: str = "10001") -> list[str]:
        return [each["type"] for each in await self.said(order_id)]

    async def steps(self, order_id: str = "10001") -> list[tuple[str, str, str | None]]:
        async with self.database.transaction() as session:
            rows = await history.steps_of(session, "demo", order_id, after=0, limit=100)
        assert [row["number"] for row in rows] == list(range(1, len(rows) + 1))
        return [(row["step"], row["by"], row["reason"]) for row in rows]

    async def timers(self) -> dict[tuple[str, str], datetime]:
        """Those of orders: what happens to a store daily is left out."""
        async with self.database.transaction() as session:
            rows = await session.execute(text("select kind, key, due_at from timers"))
            return {(row.kind, row.key): row.due_at for row in rows if row.kind not in DAILY}

    async def hears(self, *told: Event) -> None:
        """What others say, in one transaction."""
        async with self.database.transaction() as session:
            await service.events.handle(list(told), session, self.clock())

    async def passes(self, duration: timedelta, *, abreast: bool = True) -> None:
        """Time goes by, and what is due is done; if not `abreast`, without what waits for news."""
        self.clock.passes(duration)
        runner = TimerRunner(service.timers, self.database, self.clock, lambda: abreast)
        while await runner.fire_due():
            pass


def failed(order: Order) -> set[tuple[str, str]]:
    return {(failure.check, failure.field) for failure in order.failed_checks}
