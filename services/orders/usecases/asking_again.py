"""A department's answer holds as long as the day it names: what is late still when that has passed is asked about again (ORD-8, ORD-9)."""

from collections.abc import Collection
from datetime import date, datetime, time

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain import watch
from services.orders.domain.order import Order
from services.orders.domain.policy import OrderPolicy
from services.orders.domain.watch import Threshold, Watched
from services.orders.repository import orders
from services.orders.repository.orders import Ref
from services.orders.usecases import questions
from services.orders.usecases.advising import tasks
from shared import policies, stores
from shared.tasks import Task
from shared.timers import set_timers

ASK_AGAIN = "ask-again"
_THRESHOLD = {kind: threshold for threshold, kinds in questions.KINDS.items() for kind in kinds}


async def follow_up(session: AsyncSession, task: Task, day: date | None, now: datetime) -> None:
    """When the day that was answered is over for the store; without one, when a forwarder would have to answer again."""
    policy = (await policies.load(session, OrderPolicy, [task.store_id]))[task.store_id]
    zone = (await stores.store(session, task.store_id)).calendar.zone
    due_at = now + policy.forwarder_answers_within
    if day is not None:
        due_at = datetime.combine(day, time.max, tzinfo=zone)
    await set_timers(session, ASK_AGAIN, {f"{task.store_id}/{task.kind}/{task.about.id}": due_at})


async def ask_again(session: AsyncSession, keys: Collection[str], now: datetime) -> None:
    """A key is store/kind/order, or store/kind/order/parcel; orders are locked. Nobody is told of it: it was told when it became late."""
    known = await orders.orders_for_update(session, [ref_of(key) for key in keys])
    for key in sorted(keys):
        order, (_, kind, _, *parcel) = known.get(ref_of(key)), key.split("/")
        if order is not None and order.facts.placed is not None:
            await _ask(session, order, _THRESHOLD[kind], parcel[0] if parcel else None, now)


def ref_of(key: str) -> Ref:
    store_id, _, order_id, *_ = key.split("/")
    return Ref(store_id, order_id)


async def _ask(session: AsyncSession, order: Order, threshold: Threshold, shipment_id: str | None, now: datetime) -> None:
    policy = (await policies.load(session, OrderPolicy, [order.store_id]))[order.store_id]
    late = _still_late(order, policy, threshold, shipment_id)
    if late is None:
        return
    is_missing = threshold is Threshold.UNSHIPPED and bool(await questions.missing_goods(session, [order]))
    kind = questions.kind_of(late, is_missing=is_missing)
    question = questions.question(order, late, kind, await stores.store(session, order.store_id), policy, now)
    await tasks.ask_all(session, kind, [question], now)


def _still_late(order: Order, policy: OrderPolicy, threshold: Threshold, shipment_id: str | None) -> Watched | None:
    """The delay that was crossed and holds."""
    crossed = order.facts.crossed
    held = (each for each in watch.watched(order, policy) if each.crossing_id in crossed)
    return next((each for each in held if each.place == (threshold, shipment_id)), None)
