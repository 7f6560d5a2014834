"""What time does to orders, and checks that run again because something else changed."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.decisions import AUTO
from services.orders.domain.order import Order
from services.orders.domain.records import changed
from services.orders.domain.status import OrderStatus
from services.orders.repository import orders
from services.orders.repository.history import Step
from services.orders.repository.orders import Ref
from services.orders.usecases import agreeing, clocks
from services.orders.usecases.changes import Change, record, settle

MOST_RECHECKED = 200


async def escalate(session: AsyncSession, refs: Collection[Ref], now: datetime) -> None:
    """Held for too long: a supervisor's from now on (ORD-2)."""
    held = [order for order in await _locked(session, refs) if order.status is OrderStatus.HELD and order.escalated_at is None]
    await record(session, [Change(order, changed(order, escalated_at=now), [Step("escalated", AUTO)]) for order in held], now)


async def close(session: AsyncSession, refs: Collection[Ref], now: datetime) -> None:
    """Delivered long enough ago without a signature (§7)."""
    changes = [Change(order, order) for order in await _locked(session, refs)]
    await settle(session, changes, now)
    await clocks.close_later(session, [change.order for change in changes])


async def lapse(session: AsyncSession, changes_of: Mapping[Ref, Collection[str]], now: datetime) -> None:
    """Changes whose difference was not paid in time: these orders ship as they were (ORD-6)."""
    changes = [Change(order, order) for order in await _locked(session, changes_of)]
    for change in changes:
        agreeing.lapse(session, change, changes_of[Ref(change.order.store_id, change.order.order_id)], now)
    await settle(session, changes, now)


async def remind(session: AsyncSession, changes_of: Mapping[Ref, Collection[str]], now: datetime) -> None:
    """Customers of what a change still costs (ORD-6)."""
    for ref, order in (await orders.orders_for_update(session, changes_of)).items():
        await agreeing.remind(session, order, changes_of[ref], now)


async def recheck(session: AsyncSession, refs: Collection[Ref], now: datetime) -> None:
    """Decides again on what is known, for what may have changed around the orders, or with time."""
    await settle(session, [Change(order, order) for order in await _locked(session, refs)], now)


async def recheck_waiting_for(session: AsyncSession, store_id: str, name: str, *, after: str, now: datetime) -> str | None:
    """Held orders a product or an offer might set free; the order to go on after, or None when all were checked."""
    waiting = await orders.waiting_for_update(session, store_id, name, after=after, limit=MOST_RECHECKED)
    await settle(session, [Change(order, order) for order in waiting], now)
    return waiting[-1].order_id if len(waiting) == MOST_RECHECKED else None


async def _locked(session: AsyncSession, refs: Collection[Ref]) -> Sequence[Order]:
    return list((await orders.orders_for_update(session, refs)).values())
