"""Advice as it is asked for: told, kept, and continued by itself when the department it waits for has answered."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.advice import (
    ABOUT_PARCELS,
    CHANGE_GOODS,
    CHANGE_PACKING,
    PURCHASE_COST,
    RESHIP,
    StateUnknownToRule,
    day_of,
)
from services.orders.domain.advice import Task as Wanted
from services.orders.domain.order import Order
from services.orders.domain.parts import Line
from services.orders.domain.whereabouts import UnknownShipment
from services.orders.domain.wishes import AdviceKind, GivenAdvice, GivenTask, Outcome, Wish
from services.orders.repository import advice as advices
from services.orders.repository import orders
from services.orders.repository.orders import Ref
from services.orders.schemas.answers import Done, PurchaseAnswer
from services.orders.usecases import addressing, questions
from services.orders.usecases.judging import Judged, judge
from shared import stores
from shared.auth import Role
from shared.clock import new_id
from shared.errors import FieldProblem, Unprocessable
from shared.history import AUTO
from shared.http import Version
from shared.tasks import About, AnswerForm, Task, TaskRouter, withdraw

tasks = TaskRouter()

_WHATEVER = Version(frozenset("*"))
_TELLING = "advice"
_CHANGED_AGAIN = "The order was changed once more"


class AnswerNotUsable(Unprocessable):
    """It has the right form, but nothing can be told of it."""


async def ask(session: AsyncSession, ref: Ref, wish: Wish, *, by: str, now: datetime) -> GivenAdvice:
    """Nothing happens to the order. UnknownOrder (404), StateUnknownToRule (409), ChangeNotPossible, UnknownShipment (422)."""
    judged = await judge(session, await orders.order(session, ref), wish, now)
    if judged.advice.waits is not None:  # locked, so that no answer comes in between
        judged = await judge(session, await orders.order_for_update(session, ref, _WHATEVER), wish, now)
    return await give(session, judged, by=by, now=now)


async def give(session: AsyncSession, judged: Judged, *, by: str, now: datetime) -> GivenAdvice:
    """As it was told before where it says the same; of a locked order where it waits for a department."""
    ref = Ref(judged.order.store_id, judged.order.order_id)
    before, waits = await advices.newest(session, ref, judged.wish), judged.advice.waits
    task = await send_of(session, judged, waits, by=by, now=now) if waits else None
    if before is not None and _still_stands(before, judged, task):
        return before
    given = _given(judged, task, by=by, now=now)
    await advices.add(session, given)
    return given


async def send_of(session: AsyncSession, judged: Judged, wanted: Wanted, *, by: str, now: datetime) -> Task:
    """A task of the advice."""
    lines = judged.amendment.lines if judged.amendment else judged.order.standing.lines
    return await send(session, judged.order, wanted, lines=lines, shipment_id=judged.shipment_id, by=by, now=now)


async def send(
    session: AsyncSession,
    order: Order,
    wanted: Wanted,
    *,
    lines: Sequence[Line] = (),
    shipment_id: str | None = None,
    by: str,
    now: datetime,
) -> Task:
    """The department's task, about a parcel or about lines of the order; where it has one already, that one."""
    parcel = shipment_id if wanted.errand in ABOUT_PARCELS else None
    store = await stores.store(session, order.store_id)
    return await tasks.ask(
        session,
        wanted.errand.kind,
        store_id=order.store_id,
        about=questions.about(Ref(order.store_id, order.order_id), parcel),
        question=questions.worded(wanted.errand.kind, store, order, parcel, lines, now),
        context={"order_id": order.order_id, "shipment_id": parcel, "lines": questions.lines_told(lines)},
        due_at=wanted.due_at,
        now=now,
        by=by,
    )


async def forget_change(session: AsyncSession, order: Order, *, by: str, now: datetime) -> None:
    """What was to be provided and packed for an earlier change, and is not wanted any more."""
    kinds = (CHANGE_GOODS.kind, CHANGE_PACKING.kind)
    await withdraw(session, [(order.store_id, About("order", order.order_id))], kinds, reason=_CHANGED_AGAIN, now=now, by=by)


async def lock_order(session: AsyncSession, store_id: str, about: About) -> None:
    await orders.orders_for_update(session, [Ref(store_id, _place(about)[0])])


@tasks.on(PURCHASE_COST.kind, department=Role.PURCHASING, form=PurchaseAnswer, lock=lock_order)
async def purchase_told(session: AsyncSession, task: Task, answer: PurchaseAnswer, now: datetime) -> None:
    order = await _order(session, task)
    if answer.cost is not None and answer.cost.currency != order.standing.total.currency:
        problem = FieldProblem("answer.cost", "currency", "must be in the currency of the order")
        raise AnswerNotUsable("amounts of two currencies do not compare", [problem])
    await go_on(session, task, answer, now)


@tasks.on(CHANGE_GOODS.kind, department=Role.PURCHASING, form=Done)
@tasks.on(CHANGE_PACKING.kind, department=Role.WAREHOUSE, form=Done)
@tasks.on(RESHIP.kind, department=Role.WAREHOUSE, form=Done)
async def done(session: AsyncSession, task: Task, answer: Done, now: datetime) -> None:
    """Nothing waits for it: the task's history has it."""


async def go_on(session: AsyncSession, task: Task, answer: AnswerForm, now: datetime, *, tells: bool = True) -> bool:
    """What waited for the answer is advised anew; whether its customer is told, as soon as it waits for nobody."""
    order, (_, shipment_id) = await _order(session, task), _place(task.about)
    ref, told = Ref(order.store_id, order.order_id), answer.model_dump(mode="json")
    await advices.remember_answer(session, ref, task.kind, shipment_id, told, by=task.answered_by or AUTO, now=now)
    is_told = False
    for waiting in await advices.waiting_for(session, task.store_id, task.task_id):
        try:
            judged = await judge(session, order, waiting.wish, now)
        except (StateUnknownToRule, UnknownShipment):
            continue  # it was cancelled or has arrived meanwhile: nobody waits any more
        given = await give(session, judged, by=AUTO, now=now)
        if tells and given.task_id is None:
            addressing.tell_in_words(session, order, f"{_TELLING}-{given.action}", given.reply, now)
            is_told = True
    return is_told


async def must_be_ahead(session: AsyncSession, task: Task, field: str, day: date | None, now: datetime) -> None:
    """A customer is promised no day that has passed."""
    store = await stores.store(session, task.store_id)
    if day is not None and day < day_of(now, store.calendar):
        raise AnswerNotUsable("the day has passed", [FieldProblem(f"answer.{field}", "ahead", "must not have passed")])


async def _order(session: AsyncSession, task: Task) -> Order:
    return await orders.order(session, Ref(task.store_id, _place(task.about)[0]))


def _still_stands(before: GivenAdvice, judged: Judged, task: Task | None) -> bool:
    if task is not None:
        return before.task_id == task.task_id
    if before.outcome == Outcome.REFUSED or (before.outcome == Outcome.ACCEPTED and before.wish.kind is AdviceKind.CHANGE):
        return False  # an order that was changed, or is to be shipped as it is, may be wanted otherwise once more
    return before.task_id is None and before.says_the_same(judged.advice, judged.policies.version)


def _given(judged: Judged, task: Task | None, *, by: str, now: datetime) -> GivenAdvice:
    advice = judged.advice
    return GivenAdvice(
        store_id=judged.order.store_id,
        advice_id=new_id(),
        order_id=judged.order.order_id,
        wish=judged.wish,
        action=advice.action,
        reason=advice.reason,
        rules=advice.rules,
        reply=advice.reply,
        tasks=tuple(_given_task(wanted, task) for wanted in advice.tasks),
        choices=advice.choices,
        refund=advice.refund,
        withheld=advice.withheld,
        payment=advice.payment,
        policy_version=judged.policies.version,
        given_at=now,
        given_by=by,
        task_id=task.task_id if task else None,
        waits_until=task.due_at if task else None,
    )


def _given_task(wanted: Wanted, task: Task | None) -> GivenTask:
    asked = task if wanted.waits else None
    return GivenTask(
        kind=wanted.errand.kind,
        department=wanted.errand.department,
        due_at=asked.due_at if asked else wanted.due_at,
        waits=wanted.waits,
        task_id=asked.task_id if asked else None,
    )


def _place(about: About) -> tuple[str, str | None]:
    """The order, and the parcel where it is about one; ids have no slash in them."""
    order_id, _, shipment_id = about.id.partition("/")
    return order_id, shipment_id or None
