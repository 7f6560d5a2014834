"""A store on real Postgres: customers write to it, agents act, and what inquiry says is seen."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text

from services.inquiry import usecases
from services.inquiry.domain.contacts import Person
from services.inquiry.models import InquiryRow, MessageRow
from services.inquiry.repository import inquiries, messages
from services.inquiry.repository.inquiries import Ref, Sought
from services.inquiry.service import service
from services.inquiry.usecases.intake import Question, Taken
from shared import history
from shared.auth import Actor, Role
from shared.db import Database
from shared.errors import Overtaken
from shared.events.base import Event
from shared.events.orders import OrderClosed, OrderConfirmed, OrderHeld
from shared.events.storefront import MessagePosted, ProductListed, StockChanged, StoreUpdated
from shared.http import Version
from shared.timers import TimerRunner

MONDAY = datetime(2026, 3, 2, 8, 1, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ANY = Version(frozenset("*"))
WANG = Actor("wang", "Wang Fang", frozenset({Role.AGENT}), frozenset({"demo"}))
ZHAO = Actor("zhao", "Zhao Min", frozenset({Role.AGENT}), frozenset({"demo"}))
CHEN = Actor("chen", "Chen Jing", frozenset({Role.SUPERVISOR}), frozenset({"demo"}))
WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ALWAYS = [{"days": WEEK, "from": "00:00", "to": "24:00"}]


def made(kind: type[Event], **changed: Any) -> Event:
    return kind.read(orjson.dumps({**kind.example, **changed}))


def posted(message_id: str = "m-1", said: str = "Is it dishwasher-safe?", *, after: timedelta = timedelta(0), **changed: Any) -> Event:
    told = {"channel_message_id": message_id, "text": said, "posted_at": (MONDAY + after).isoformat()}
    return made(MessagePosted, **(told | changed))


def guest(message_id: str = "m-1", *, channel: str = "chat", **contact: str) -> Event:
    return posted(message_id, customer=None, guest=contact, channel=channel)


def ordered(
    order_id: str = "10001", *, after: timedelta = HOUR, version: int = 2, customer: Mapping[str, Any] = {}, kind: Any = OrderConfirmed
) -> Event:
    told = {"order_id": order_id, "placed_at": (MONDAY + after).isoformat(), "version": version}
    return made(kind, **told, customer={**kind.example["customer"], **customer})


class Clock:
    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def passes(self, duration: timedelta) -> None:
        self.now += duration


class Shop:
    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock

    async def opens(self, **changed: Any) -> None:
        told = {"business_hours": ALWAYS, "holiday_country": None, "time_zone": "UTC", "updated_at": self.clock().isoformat()}
        await self.hears(made(StoreUpdated, **(told | changed)))

    async def hears(self, *events: Event) -> None:
        """In one transaction, as a chunk of the consumer; done again where it was overtaken, as there."""
        while True:
            try:
                async with self.database.transaction() as session:
                    return await service.events.handle(list(events), session, self.clock())
            except Overtaken:
                await asyncio.sleep(0)

    async def lists(self, sku: str = "MUG-RED", *, stock: int = 120, after: timedelta = timedelta(0), **changed: Any) -> None:
        await self.hears(made(ProductListed, sku=sku, stock=stock, updated_at=(MONDAY + after).isoformat(), **changed))

    async def counts(self, sku: str = "MUG-RED", *, stock: int, after: timedelta) -> None:
        await self.hears(made(StockChanged, sku=sku, stock=stock, updated_at=(MONDAY + after).isoformat()))

    async def asks(
        self,
        said: str = "Is it dishwasher-safe?",
        *,
        channel: str = "chat",
        customer_id: str = "c-81",
        language: str | None = "zh-CN",
        **more: Any,
    ) -> Taken:
        question = Question(
            store_id="demo", channel=channel, person=Person(customer_id), text=said, posted_at=self.clock(), language=language, **more
        )
        async with self.database.transaction() as session:
            (taken,) = await usecases.take_in(session, [question], self.clock())
        return taken

    async def replies(self, inquiry_id: UUID, said: str = "Yes, it is.", *, by: Actor = WANG) -> None:
        async with self.database.transaction() as session:
            await usecases.reply(session, Ref("demo", inquiry_id), said, by=by, now=self.clock())

    async def act(self, verb: str, inquiry_id: UUID, *given: object, by: Actor = WANG, reason: str = "I looked") -> InquiryRow:
        """take, release, transfer, close or set_topic, whatever the version."""
        async with self.database.transaction() as session:
            return await getattr(usecases, verb)(  # type: ignore[no-any-return]
                session, Ref("demo", inquiry_id), ANY, *given, by=by, reason=reason, now=self.clock()
            )

    async def enters(self, agent_id: str, *languages: str, active: bool = True) -> None:
        async with self.database.transaction() as session:
            await usecases.put_agent(
                session, "demo", agent_id, ANY, name=agent_id, languages=languages, topics=(), active=active, by=CHEN, now=self.clock()
            )

    async def sets(self, **values: int) -> None:
        """Policies of the store."""
        async with self.database.transaction() as session:
            statement = (
                "insert into policies (store_id, version, values, at, by, reason) values ('demo', 1, cast(:v as jsonb), :at, 'x', '')"
            )
            await session.execute(text(statement), {"v": orjson.dumps(values).decode(), "at": self.clock()})

    async def inquiry(self, inquiry_id: UUID) -> InquiryRow:
        async with self.database.transaction() as session:
            return await inquiries.inquiry(session, Ref("demo", inquiry_id))

    async def all(self) -> list[InquiryRow]:
        async with self.database.transaction() as session:
            return list(await inquiries.inquiries(session, "demo", Sought(), before=None, limit=100))

    async def conversation(self, inquiry_id: UUID) -> list[MessageRow]:
        async with self.database.transaction() as session:
            return list(await messages.conversation(session, Ref("demo", inquiry_id), with_notes=True, after=None, limit=1000))

    async def steps(self, inquiry_id: UUID) -> list[str]:
        async with self.database.transaction() as session:
            return [row["step"] for row in await history.steps(session, "demo", f"inquiry/{inquiry_id}", limit=100)]

    async def said(self, topic: str = "inquiries") -> list[dict[str, Any]]:
        """The events' data, with their `type`; every one has a version of its own."""
        async with self.database.transaction() as session:
            statement = "select type, key, sequence, payload from outbox where topic = :topic order by number"
            rows = (await session.execute(text(statement), {"topic": topic})).all()
        told = [orjson.loads(row.payload) | {"type": row.type} for row in rows]
        versions = [(row.key, row.sequence) for row in rows if row.type.startswith("inquiry-")]
        assert len(versions) == len(set(versions))
        return told

    async def names(self, topic: str = "inquiries") -> list[str]:
        return [each["type"] for each in await self.said(topic)]

    async def timers(self) -> dict[str, datetime]:
        """By kind."""
        async with self.database.transaction() as session:
            return {row.kind: row.due_at for row in await session.execute(text("select kind, due_at from timers"))}

    async def passes(self, duration: timedelta) -> None:
        """Time goes by, and what is due is done."""
        self.clock.passes(duration)
        runner = TimerRunner(service.timers, self.database, self.clock)
        while await runner.fire_due():
            pass


HELD, CLOSED = OrderHeld, OrderClosed
