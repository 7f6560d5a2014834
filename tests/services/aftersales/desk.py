"""A store's aftersales desk on real Postgres: it hears orders and finance, acts as its people, and sees what it says."""

from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text

from services.aftersales import usecases
from services.aftersales.models import CaseRow, RefundRow
from services.aftersales.repository import cases, refunds
from services.aftersales.service import service
from services.aftersales.tasks import tasks
from shared import history
from shared.auth import Actor, Role
from shared.db import Database
from shared.errors import BusinessError
from shared.events import registry
from shared.events.base import Event
from shared.events.orders import OrderChanged
from shared.events.refunds import Payee
from shared.events.surveys import SurveyCompleted
from shared.http import Version
from shared.messaging import intake
from shared.messaging.envelope import Delivery
from shared.messaging.intake import Result
from shared.money import Money
from shared.tasks import Task, TaskState, people
from shared.tasks import repository as asking
from shared.timers import TimerRunner

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ANY = Version(frozenset("*"))
PAYEE = Payee(name="Li Lei", account="6222", bank="ICBC")
_offsets = count()


def person(sub: str, *roles: Role) -> Actor:
    return Actor(sub, sub.title(), frozenset(roles), frozenset({"demo"}))


AGENT = person("agent-1", Role.AGENT)
SUPERVISOR = person("sup-1", Role.SUPERVISOR)
FINANCE = person("fin-1", Role.FINANCE)


def money(amount: str, currency: str = "USD") -> dict[str, Any]:
    return {"amount": amount, "currency": currency}


def payment(amount: str = "29.00", payment_id: str = "pay-1", method: str = "paypal", currency: str = "USD") -> dict[str, Any]:
    return {"payment_id": payment_id, "amount": money(amount, currency), "method": method, "paid_at": "2026-03-01T08:16:30Z"}


def due(amount: str = "29.00", number: int = 1) -> dict[str, Any]:
    return {"due_id": f"01980a5e-0c00-7000-8000-{number:012}", "direction": "refund", "amount": money(amount), "reason": "It was cancelled"}


def order(*payments: dict[str, Any], kind: type[Event] = OrderChanged, version: int = 1, **changed: Any) -> Event:
    """The example's order with these payments, or one of 29.00 USD."""
    return told(kind, payments=list(payments or [payment()]), version=version, **changed)


def told(kind: type[Event], **changed: Any) -> Event:
    return kind.read(orjson.dumps(dict(kind.example) | changed))


def survey(**changed: Any) -> Event:
    return told(SurveyCompleted, **({"satisfied": False} | changed))


class Clock:
    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def passes(self, duration: timedelta) -> None:
        self.now += duration


class Desk:
    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock

    async def hears(self, *events: Event) -> None:
        async with self.database.transaction() as session:
            await service.events.handle(list(events), session, self.clock())

    async def receives(self, event: Event, event_id: str, source: str = "/finance") -> Result:
        """As the consumer does: what is refused is set aside alone."""
        headers = [("ce_specversion", b"1.0"), ("ce_id", event_id.encode()), ("ce_type", event.name.encode())]
        headers += [("ce_source", source.encode()), ("content-type", b"application/json")]
        delivery = Delivery(event.topic, 0, next(_offsets), event.key.encode(), event.json_bytes(), headers)
        delivery.read()
        try:
            async with self.database.transaction() as session:
                (result,) = await intake.take_in(session, service.events, [delivery], self.clock())
                return result
        except Exception as error:  # noqa: BLE001 - whatever a handler says
            async with self.database.transaction() as session:
                return await intake.give_up(session, delivery, error)

    async def finance(self, name: str, refund: RefundRow, event_id: str, **changed: Any) -> Result:
        kind = registry.named(name)
        assert kind is not None
        facts = {"refund_id": str(refund.refund_id)} | ({"amount": dict(refund.money.to_json())} if name == "refund-settled" else {})
        return await self.receives(told(kind, **(facts | changed)), event_id)

    async def case(self, type_: str = "quality", **more: Any) -> CaseRow:
        return (await self.report(type=type_, **more))[0]

    async def report(self, **changed: Any) -> tuple[CaseRow, bool]:
        facts = {"store_id": "demo", "type": "quality", "description": "It came broken", "order_id": "10001"} | changed
        async with self.database.transaction() as session:
            return await usecases.report(session, usecases.Report(**facts), by="agent-1", now=self.clock())

    async def act(self, verb: str, case: CaseRow, *, by: Actor = AGENT, **more: Any) -> CaseRow:
        async with self.database.transaction() as session:
            facts = {"by": by, "now": self.clock()} | ({} if verb == "propose" else {"reason": "so it is"}) | more
            return await getattr(usecases, verb)(session, ref(case), facts.pop("version", ANY), **facts)  # type: ignore[no-any-return]

    async def ask(self, case: CaseRow, amount: str = "10.00", *, by: Actor = AGENT, currency: str = "USD", **more: Any) -> RefundRow:
        facts: dict[str, Any] = {"amount": Money.parse(amount, currency), "kind": "partial", "reason": "broken"}
        asked = usecases.Asked(**facts | more)
        async with self.database.transaction() as session:
            return await usecases.ask(session, ref(case), asked, by=by, now=self.clock())

    async def approve(self, refund: RefundRow, by: Actor = SUPERVISOR, **more: Any) -> RefundRow:
        async with self.database.transaction() as session:
            facts = {"reason": "fair", "payee": None} | more
            return await usecases.approve(session, refund_ref(refund), ANY, by=by, now=self.clock(), **facts)

    async def deny(self, refund: RefundRow, by: Actor = SUPERVISOR) -> RefundRow:
        async with self.database.transaction() as session:
            return await usecases.deny(session, refund_ref(refund), ANY, by=by, reason="too much", now=self.clock())

    async def show(self, row: CaseRow | RefundRow) -> Any:
        async with self.database.transaction() as session:
            if isinstance(row, CaseRow):
                return await cases.case(session, ref(row))
            return await refunds.refund(session, refund_ref(row))

    async def all_cases(self) -> list[CaseRow]:
        async with self.database.transaction() as session:
            return list(reversed(await cases.cases(session, "demo", cases.Wanted(), now=self.clock(), after=None, limit=100)))

    async def all_refunds(self) -> list[RefundRow]:
        async with self.database.transaction() as session:
            return list(reversed(await refunds.refunds(session, "demo", refunds.Wanted(), after=None, limit=100)))

    async def said(self, topic: str) -> list[dict[str, Any]]:
        async with self.database.transaction() as session:
            rows = await session.execute(text("select type, payload from outbox where topic = :topic order by number"), {"topic": topic})
            return [orjson.loads(row.payload) | {"event": row.type} for row in rows]

    async def templates(self) -> list[str]:
        return [each["template"] for each in await self.said("customer-messages")]

    async def steps(self, row: CaseRow | RefundRow) -> list[str]:
        about = ref(row).about if isinstance(row, CaseRow) else refund_ref(row).about
        async with self.database.transaction() as session:
            return [step["step"] for step in await history.steps(session, "demo", about, limit=100)]

    async def asked(self, state: str) -> list[Task]:
        """The questions to departments that are in this state, the first one due first."""
        async with self.database.transaction() as session:
            return await asking.tasks(session, "demo", asking.Wanted(state=TaskState(state)), after=None, limit=100)

    async def answers(self, task: Task, note: str, *, by: Actor = FINANCE) -> Task:
        ref = asking.Ref("demo", task.task_id)
        async with self.database.transaction() as session:
            return await people.answer(session, tasks, ref, ANY, {"note": note}, by=by, reason="They called", now=self.clock())

    async def scalar(self, statement: str) -> Any:
        async with self.database.transaction() as session:
            return await session.scalar(text(statement))

    async def passes(self, duration: timedelta) -> None:
        self.clock.passes(duration)
        runner = TimerRunner(service.timers, self.database, self.clock)
        while await runner.fire_due():
            pass

    async def forgets(self) -> None:
        async with self.database.transaction() as session:
            for table in (
                "orders",
                "order_money",
                "dues",
                "lost_shipments",
                "cases",
                "refunds",
                "tasks",
                "outbox",
                "timers",
                "history",
                "inbox",
            ):
                await session.execute(text(f"delete from {table}"))


def ref(case: CaseRow) -> cases.Ref:
    return cases.Ref("demo", case.case_id)


def refund_ref(refund: RefundRow) -> refunds.Ref:
    return refunds.Ref("demo", UUID(str(refund.refund_id)))


async def refused(attempt: Awaitable[object]) -> str | None:
    """The class of what refused it; None where it was done."""
    try:
        await attempt
    except BusinessError as error:
        return type(error).__name__
    return None
