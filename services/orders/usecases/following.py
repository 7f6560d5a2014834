"""How an order goes on when a department has answered what the watch asked (ORD-8, ORD-9)."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain import watch
from services.orders.domain.order import Order
from services.orders.domain.policy import OrderPolicy
from services.orders.domain.status import OrderStatus, is_all_dispatched, under_way_at
from services.orders.domain.watch import Threshold, Watched
from services.orders.repository import orders
from services.orders.repository.orders import Ref
from services.orders.usecases import crossing, questions, watch_tellings
from services.orders.usecases.advising import tasks
from shared import policies, stores
from shared.http import Version
from shared.tasks import About, Task, withdraw
from shared.telling import MessageTemplate

_WHATEVER = Version(frozenset("*"))


async def tell_day(session: AsyncSession, task: Task, template: MessageTemplate, day: date, now: datetime) -> None:
    """The day on which what the customer waits for comes; nobody waits for what has left."""
    order = await _order(session, task)
    if order.status is not OrderStatus.CANCELLED and not is_all_dispatched(order.facts, order.standing.lines):
        watch_tellings.tell_of_day(session, order, template, day, now)


async def tell_found(session: AsyncSession, task: Task, day: date | None, now: datetime) -> None:
    """Nobody looks for a parcel that has arrived, or is said to be lost."""
    order, shipment_id = await _order(session, task), task.about.id.partition("/")[2]
    is_over = order.status is OrderStatus.CANCELLED or shipment_id in order.facts.delivered or watch.is_lost(order, shipment_id)
    if not is_over:
        watch_tellings.tell_of_find(session, order, day, now)


async def declare_lost(session: AsyncSession, task: Task, now: datetime) -> None:
    """As a parcel that was never seen: said once, and its customer told; whoever else was asked about it need not look any more."""
    order, shipment_id = await _order(session, task), task.about.id.partition("/")[2]
    if watch.is_lost(order, shipment_id) or shipment_id in order.facts.delivered or order.status is OrderStatus.CANCELLED:
        return
    lost_id = watch.crossing_id(Threshold.DECLARED_LOST, shipment_id)
    lost = Watched(lost_id, Threshold.DECLARED_LOST, shipment_id, under_way_at(order.facts, shipment_id), now)
    rules = await policies.load(session, OrderPolicy, [order.store_id])
    await crossing.record(session, [(order, crossing.crossed(order, [lost], now), [lost])], rules, now)
    kinds = (questions.PARCEL_NOT_ONLINE, questions.PARCEL_SILENT)
    await withdraw(session, [(task.store_id, task.about)], kinds, reason="The parcel was declared lost", now=now)
    store = await stores.store(session, order.store_id)
    question = questions.question(order, lost, questions.PARCEL_LOST, store, rules[order.store_id], now)
    await tasks.ask_all(session, questions.PARCEL_LOST, [question], now)


async def call_off(session: AsyncSession, refs: Collection[Ref], now: datetime) -> None:
    """Nobody needs to answer, buy or pack anything for an order that was cancelled."""
    known = (await orders.orders_for_update(session, refs)).values()
    things = [thing for order in known if order.facts.placed and order.status is OrderStatus.CANCELLED for thing in _things(order)]
    await withdraw(session, things, reason="The order was cancelled", now=now)


def _things(order: Order) -> list[tuple[str, About]]:
    ref, facts = Ref(order.store_id, order.order_id), order.facts
    parcels = sorted(facts.dispatched.keys() | facts.first_tracked.keys() | facts.delivered.keys())
    return [(order.store_id, questions.about(ref, shipment_id)) for shipment_id in (None, *parcels)]


async def _order(session: AsyncSession, task: Task) -> Order:
    return await orders.order_for_update(session, questions.order_of(task.store_id, task.about), _WHATEVER)


async def lock_order(session: AsyncSession, ref: Ref) -> None:
    await orders.lock(session, [ref])
