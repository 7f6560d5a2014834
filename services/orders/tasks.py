"""What orders asks departments, and how it goes on when they answer (ORD-9)."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.usecases import advising, following, questions, watch_tellings
from shared.auth import Role
from shared.events.fields import Day
from shared.tasks import About, AnswerForm, Task, TaskRouter

tasks = TaskRouter(advising.tasks)

Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]


class GoodsDate(AnswerForm):
    """When goods that are not in will be."""

    expected_on: Day


class DispatchDate(AnswerForm):
    """Why an order was not dispatched, and when it will be."""

    why: Note
    dispatched_on: Day


class Whereabouts(AnswerForm):
    """What the forwarder found out about a parcel."""

    outcome: Literal["on-its-way", "lost"]
    expected_on: Day | None = None
    note: Note = ""


async def lock_order(session: AsyncSession, store_id: str, about: About) -> None:
    await following.lock_order(session, questions.order_of(store_id, about))


@tasks.on(questions.GOODS_LATE, department=Role.PURCHASING, form=GoodsDate, lock=lock_order)
async def tell_when_goods_come(session: AsyncSession, task: Task, answer: GoodsDate, now: datetime) -> None:
    await following.tell_day(session, task, watch_tellings.GOODS_DATE, answer.expected_on, now)


@tasks.on(questions.DISPATCH_LATE, department=Role.WAREHOUSE, form=DispatchDate, lock=lock_order)
async def tell_when_it_leaves(session: AsyncSession, task: Task, answer: DispatchDate, now: datetime) -> None:
    await following.tell_day(session, task, watch_tellings.DISPATCH_DATE, answer.dispatched_on, now)


@tasks.on(questions.PARCEL_NOT_ONLINE, department=Role.FORWARDER, form=Whereabouts, lock=lock_order)
async def go_on_with_unseen(session: AsyncSession, task: Task, answer: Whereabouts, now: datetime) -> None:
    await _go_on(session, task, answer, now)


@tasks.on(questions.PARCEL_SILENT, department=Role.FORWARDER, form=Whereabouts, lock=lock_order)
async def go_on_with_silent(session: AsyncSession, task: Task, answer: Whereabouts, now: datetime) -> None:
    await _go_on(session, task, answer, now)


async def _go_on(session: AsyncSession, task: Task, answer: Whereabouts, now: datetime) -> None:
    if answer.outcome == "lost":
        await following.declare_lost(session, task, now)
    else:
        await following.tell_found(session, task, answer.expected_on, now)
