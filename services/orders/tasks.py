"""What orders asks departments, and how it goes on when they answer (ORD-9)."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.schemas.answers import DispatchDate, Done, GoodsDate, Whereabouts
from services.orders.usecases import advising, asking_again, following, questions, watch_tellings
from shared.auth import Role
from shared.tasks import About, Task

tasks = advising.tasks  # the same: advice asks what the watch asks, and waits for one answer


async def lock_order(session: AsyncSession, store_id: str, about: About) -> None:
    await following.lock_order(session, questions.order_of(store_id, about))


@tasks.on(questions.GOODS_LATE, department=Role.PURCHASING, form=GoodsDate, lock=lock_order)
async def tell_when_goods_come(session: AsyncSession, task: Task, answer: GoodsDate, now: datetime) -> None:
    await advising.must_be_ahead(session, task, "expected_on", answer.expected_on, now)
    if not await advising.go_on(session, task, answer, now):
        await following.tell_day(session, task, watch_tellings.GOODS_DATE, answer.expected_on, now)
    await asking_again.follow_up(session, task, answer.expected_on, now)


@tasks.on(questions.DISPATCH_LATE, department=Role.WAREHOUSE, form=DispatchDate, lock=lock_order)
async def tell_when_it_leaves(session: AsyncSession, task: Task, answer: DispatchDate, now: datetime) -> None:
    await advising.must_be_ahead(session, task, "dispatched_on", answer.dispatched_on, now)
    if not await advising.go_on(session, task, answer, now):
        await following.tell_day(session, task, watch_tellings.DISPATCH_DATE, answer.dispatched_on, now)
    await asking_again.follow_up(session, task, answer.dispatched_on, now)


@tasks.on(questions.PARCEL_NOT_ONLINE, department=Role.FORWARDER, form=Whereabouts, lock=lock_order)
async def go_on_with_unseen(session: AsyncSession, task: Task, answer: Whereabouts, now: datetime) -> None:
    await _go_on(session, task, answer, now)


@tasks.on(questions.PARCEL_SILENT, department=Role.FORWARDER, form=Whereabouts, lock=lock_order)
async def go_on_with_silent(session: AsyncSession, task: Task, answer: Whereabouts, now: datetime) -> None:
    await _go_on(session, task, answer, now)


@tasks.on(questions.PARCEL_LOST, department=Role.OPERATIONS, form=Done)
async def written_to(session: AsyncSession, task: Task, answer: Done, now: datetime) -> None:
    """What the customer chose is carried out by the advice, which withdraws the question too."""


async def _go_on(session: AsyncSession, task: Task, answer: Whereabouts, now: datetime) -> None:
    """The customer is told once: by the advice that waited for it, else as the watch does; of what is lost always as the watch does."""
    if answer.outcome == "lost":
        await following.declare_lost(session, task, now)
        await advising.go_on(session, task, answer, now, tells=False)
        return
    await advising.must_be_ahead(session, task, "expected_on", answer.expected_on, now)
    if not await advising.go_on(session, task, answer, now):
        await following.tell_found(session, task, answer.expected_on, now)
    await asking_again.follow_up(session, task, answer.expected_on, now)
