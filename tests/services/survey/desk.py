"""A store on real Postgres: it tells survey what is over, and sees what survey says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import text

from services.survey.service import service
from shared.db import Database
from shared.events.base import Event
from shared.events.cases import CaseClosed
from shared.events.inquiries import InquiryClosed, InquiryReceived
from shared.events.orders import OrderChanged
from shared.timers import TimerRunner

NOON = datetime(2026, 3, 13, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def case_closed(**changed: Any) -> CaseClosed:
    return CaseClosed.read(orjson.dumps(CaseClosed.example | {"closed_at": NOON.isoformat(), "language": "en"} | changed))


def inquiry_closed(**changed: Any) -> InquiryClosed:
    return InquiryClosed.read(orjson.dumps(InquiryClosed.example | {"closed_at": NOON.isoformat(), "language": "en"} | changed))


def reopened(version: int) -> InquiryReceived:
    return InquiryReceived.read(orjson.dumps(InquiryReceived.example | {"version": version}))


def delivered(at: datetime = NOON, **changed: Any) -> OrderChanged:
    shipments = [{**OrderChanged.example["shipments"][0], "delivered_at": at.isoformat()}]  # type: ignore[index,dict-item]
    return OrderChanged.read(orjson.dumps(OrderChanged.example | {"status": "delivered", "shipments": shipments} | changed))


class Desk:
    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock

    async def hears(self, *told: Event) -> None:
        async with self.database.transaction() as session:
            await service.events.handle(told, session, self.clock())

    async def passes(self, duration: timedelta = timedelta()) -> None:
        """Time goes by, and what is due is done."""
        self.clock.now += duration
        runner = TimerRunner(service.timers, self.database, self.clock)
        while await runner.fire_due():
            pass

    async def said(self, template: str | None = None) -> list[dict[str, Any]]:
        """customer-messages of this template; survey-completed where there is none."""
        async with self.database.transaction() as session:
            rows = await session.execute(text("select type, payload from outbox order by number"))
            told = [orjson.loads(row.payload) for row in rows if (row.type == "survey-completed") == (template is None)]
        return [each for each in told if template in (None, each.get("template"))]

    async def links(self) -> list[str]:
        """The paths customers were invited by."""
        return ["/s/" + each["text"].rpartition("/s/")[2] for each in await self.said("survey-invitation")]

    async def link_of(self, closed: Event) -> list[str]:
        """All paths so far, the one for this occasion last."""
        await self.hears(closed)
        await self.passes(DAY)
        return await self.links()

    async def link(self, closed: Event | None = None) -> str:
        (link,) = await self.link_of(closed or case_closed())
        return link

    async def fates(self) -> list[tuple[str, str, str | None]]:
        async with self.database.transaction() as session:
            rows = await session.execute(text("select kind, state, reason from occasions order by due_at, kind, occasion_id"))
            return [(row.kind, row.state, row.reason) for row in rows]
