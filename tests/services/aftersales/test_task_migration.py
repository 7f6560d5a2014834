"""Tasks that were asked before they were kept as every service keeps them are answered and escalate as they would have been (AFS-6)."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest_asyncio
from sqlalchemy import text

from services.aftersales.models import RefundRow
from services.aftersales.service import service
from shared.db import Database
from shared.migrations.roles import create_role_and_schema
from shared.migrations.schema import downgrade, upgrade
from shared.service import Service
from shared.settings import Settings
from shared.tasks import Task
from tests.running import ServiceSettings
from tests.services.aftersales.desk import MONDAY, SUPERVISOR, Clock, Desk, order, payment

DAY = timedelta(days=1)
IDS = [UUID(f"0198c0de-0000-7000-8000-00000000000{number}") for number in range(5)]
OPEN, ESCALATED, WITH_SUPERVISOR, ANSWERED, SETTLED = IDS

_ADD = text("""
    insert into tasks (store_id, task_id, version, department, about, question, asked_at, due_at, answered_at, answered_by, answer)
    values ('demo', :task_id, :version, :department, :about, 'What has become of it?', :asked_at, :due_at, :answered_at, :by, :answer)
""")
_ADD_STEP = text("""
    insert into history (store_id, about, number, at, step, by, reason, detail)
    values ('demo', :about, 1, :at, 'answered', 'fin-1', 'They called', '{"answer": "Tomorrow"}')
""")
_ESCALATE = text("update refunds set overdue_at = :overdue_at, escalated_at = :at where refund_id = :refund_id")


async def _tables_only(service: Service, settings: Settings) -> None:
    admin = settings.admin_database_url.get_secret_value()
    await create_role_and_schema(admin, settings.login, service.name)
    await upgrade(admin, service.name, service.tables)


async def _ask_as_before(desk: Desk, refunds: list[RefundRow]) -> None:
    """Two are open, one has gone up to the supervisor, one was answered by a person, one by finance's event."""
    asked_at, now = MONDAY, MONDAY + 2 * DAY
    one, two, three, four = (f"refund/{refund.refund_id}" for refund in refunds)
    rows: list[tuple[UUID, str, str, datetime, str | None, str | None]] = [
        (OPEN, "finance", one, MONDAY + 3 * DAY, None, None),
        (ESCALATED, "finance", two, MONDAY + DAY, None, None),
        (WITH_SUPERVISOR, "supervisor", two, MONDAY + 4 * DAY, None, None),
        (ANSWERED, "finance", three, MONDAY + 3 * DAY, "fin-1", "Tomorrow"),
        (SETTLED, "finance", four, MONDAY + 3 * DAY, "auto", "refund-settled"),
    ]
    async with desk.database.transaction() as session:
        for task_id, department, about, due_at, by, answer in rows:
            told = {"task_id": task_id, "department": department, "about": about, "due_at": due_at, "by": by, "answer": answer}
            ended = {"version": 2 if by else 1, "answered_at": now if by else None, "asked_at": asked_at}
            await session.execute(_ADD, told | ended)
        await session.execute(_ADD_STEP, {"about": f"task/{ANSWERED}", "at": now})
        for refund, escalated_at in zip(refunds, (None, MONDAY + DAY, None, None), strict=True):
            await session.execute(_ESCALATE, {"overdue_at": MONDAY, "at": escalated_at, "refund_id": refund.refund_id})
        await session.execute(text("update timers set due_at = :due, retry_at = :due"), {"due": MONDAY + 3 * DAY})


class Moved:
    """A desk whose schema goes back and forth; its connections know one of them only."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._admin = settings.admin_database_url.get_secret_value()
        self.clock = Clock()
        self.desk = Desk(service.database(settings), self.clock)

    async def to(self, revision: str) -> None:
        await self.desk.database.close()
        await downgrade(self._admin, service.name, service.tables, revision)
        self.desk = Desk(service.database(self._settings), self.clock)

    async def up(self) -> Desk:
        await self.desk.database.close()
        await upgrade(self._admin, service.name, service.tables)
        self.desk = Desk(service.database(self._settings), self.clock)
        return self.desk


@pytest_asyncio.fixture
async def moved(service_settings: ServiceSettings) -> Moved:
    return Moved(await service_settings(service, prepare=_tables_only))


async def _as_before(moved: Moved) -> Desk:
    desk = moved.desk
    await desk.hears(order(payment("29.00")))
    case = await desk.case()
    refunds = [await desk.ask(case, "1.00") for _ in range(4)]
    await moved.to("0003")
    await _ask_as_before(moved.desk, refunds)
    return await moved.up()


async def _tasks(desk: Desk) -> dict[UUID, Task]:
    return {task.task_id: task for state in ("open", "answered", "withdrawn") for task in await desk.asked(state)}


async def _history(database: Database, task_id: UUID) -> list[tuple[int, str, str, str | None]]:
    asked = text("select number, step, by, reason from history where about = :about order by number")
    async with database.transaction() as session:
        return [tuple(row) for row in await session.execute(asked, {"about": f"task/{task_id}"})]


async def test_old_tasks_keep_their_ids_due_times_and_answers(moved: Moved) -> None:
    desk = await _as_before(moved)

    found = await _tasks(desk)

    assert sorted(found) == IDS
    shown = {task_id: (task.department, str(task.state), task.due_at - MONDAY, task.answer) for task_id, task in found.items()}
    assert shown == {
        OPEN: ("finance", "open", 3 * DAY, None),
        ESCALATED: ("finance", "open", DAY, None),
        WITH_SUPERVISOR: ("supervisor", "open", 4 * DAY, None),
        ANSWERED: ("finance", "answered", 3 * DAY, {"note": "Tomorrow"}),
        SETTLED: ("finance", "answered", 3 * DAY, {"note": "refund-settled"}),
    }
    assert [found[each].escalated_at for each in (OPEN, ESCALATED)] == [None, MONDAY + DAY]
    assert [(found[each].owner, found[each].reason) for each in (ANSWERED, SETTLED)] == [("fin-1", "They called"), (None, None)]
    assert await _history(desk.database, ANSWERED) == [
        (1, "asked", "auto", "What has become of it?"),
        (2, "answered", "fin-1", "They called"),
    ]
    await desk.database.close()


async def test_open_old_tasks_are_answered_escalate_when_they_are_due_and_their_refunds_are_watched_on(moved: Moved) -> None:
    desk = await _as_before(moved)

    await desk.passes(3 * DAY)
    first = await _tasks(desk)
    await desk.passes(DAY)
    second = await _tasks(desk)
    answered = await desk.answers(second[WITH_SUPERVISOR], "They pay on Friday", by=SUPERVISOR)

    assert (first[OPEN].escalated_at, first[WITH_SUPERVISOR].escalated_at) == (MONDAY + 3 * DAY, None)
    assert (second[WITH_SUPERVISOR].escalated_at, second[ESCALATED].escalated_at) == (MONDAY + 4 * DAY, MONDAY + DAY)
    assert (answered.answer, answered.version) == ({"note": "They pay on Friday"}, 3)
    new = [task for task_id, task in second.items() if task_id not in IDS]
    assert [(task.kind, task.department) for task in new] == [("refund-still-unanswered", "supervisor")] * 3
    await desk.database.close()


async def test_going_back_leaves_the_tasks_as_they_were(moved: Moved) -> None:
    desk = await _as_before(moved)
    before = await _tasks(desk)
    steps = [await _history(desk.database, each) for each in IDS]

    await moved.to("0003")
    desk = await moved.up()

    assert await _tasks(desk) == before
    assert [await _history(desk.database, each) for each in IDS] == steps
    await desk.database.close()
