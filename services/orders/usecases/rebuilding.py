"""Mends what is kept of orders by differences: customers' records (CUS-1) and sales figures (ORD-11), while intake goes on."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.figures import NO_SALES, Figures, differences
from services.orders.domain.order import new_order
from services.orders.repository import figures, recounting
from services.orders.repository.customers import rebuilding
from services.orders.usecases.counting import FOLD_SALES
from services.orders.usecases.customers import clocks
from shared.service import Rebuilt
from shared.timers import start_timers

BATCH = 1000
_NOTHING = Rebuilt(None, 0, 0)


async def rebuild_customers(session: AsyncSession, only: str | None, place: str | None, now: datetime) -> Rebuilt:
    """The next thousand customers. A place is store/customer.

    Orders and records change in one transaction, so that a record that is another at any moment is wrong. It is looked at again once nobody
    counts anything of it; what is counted after that comes on top.
    """
    place = place or await _begin(session, only)
    if place is None:
        return _NOTHING
    store_id, _, after = place.partition("/")
    found = await rebuilding.customers_after(session, store_id, after, BATCH)
    mended = await _mend(session, store_id, found, now)
    return Rebuilt(f"{store_id}/{found[-1]}" if len(found) == BATCH else await _store_after(session, only, store_id), len(found), mended)


async def rebuild_figures(session: AsyncSession, only: str | None, place: str | None, now: datetime) -> Rebuilt:
    """The next day of a store, and after its last one its months. A place is store/day.

    What is missing is put down as one more difference: those of orders that change meanwhile are added to it.
    """
    await recounting.look_alone(session)
    place = place or await _begin(session, only)
    if place is None:
        return _NOTHING
    store_id, _, last = place.partition("/")
    day = await recounting.next_day(session, store_id, date.fromisoformat(last) if last else date.min)
    if day is None:
        return Rebuilt(await _store_after(session, only, store_id), 0, await recounting.mend_months(session, store_id))
    found = await _compared(session, store_id, day)
    missing = {slot: sales for slot, sales in found.items() if sales != NO_SALES}
    if missing:
        await figures.add_changes(session, {store_id: missing})
        await start_timers(session, {FOLD_SALES: {f"{store_id}/rebuilt": now}})
    return Rebuilt(f"{store_id}/{day}", 1 if found else 0, len(missing))


async def _mend(session: AsyncSession, store_id: str, customer_ids: Sequence[str], now: datetime) -> int:
    suspects = await rebuilding.wrong(session, store_id, customer_ids)
    if not suspects:
        return 0
    is_new = await rebuilding.lock(session, store_id, suspects)
    wrong = await rebuilding.wrong(session, store_id, suspects)
    await rebuilding.mend(session, store_id, wrong)
    await clocks.start(session, [store_id] if is_new else [], now)
    return len(wrong)


async def _compared(session: AsyncSession, store_id: str, day: date) -> Figures:
    """What the day's orders make less what is kept, nothing where they are the same."""
    found = {slot: NO_SALES.plus(sales, times=-1) for slot, sales in (await recounting.kept(session, store_id, day)).items()}
    async for orders in recounting.orders_of(session, store_id, day):
        made = differences((new_order(store_id, order.order_id), order) for order in orders)
        found |= {slot: found.get(slot, NO_SALES).plus(sales) for slot, sales in made.items()}
    return found


async def _begin(session: AsyncSession, only: str | None) -> str | None:
    return f"{only}/" if only else await _store_after(session, None, "")


async def _store_after(session: AsyncSession, only: str | None, store_id: str) -> str | None:
    following = None if only else await rebuilding.next_store(session, store_id)
    return None if following is None else f"{following}/"
