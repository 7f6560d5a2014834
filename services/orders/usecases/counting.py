"""Sales figures, kept with the orders they are of (ORD-11)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.figures import Figures, differences
from services.orders.domain.order import Order
from services.orders.domain.records import changed
from services.orders.repository import figures
from services.orders.repository.orders import Ref
from shared import stores
from shared.calendar import BusinessCalendar
from shared.timers import set_timers, start_timers

FOLD_SALES = "fold-sales"
COUNT_SALES = "count-sales"
BATCH = 500
_FOLDED_EVERY = 10

Step = tuple[Order, Order]


def is_undated(before: Order, after: Order) -> bool:
    """Or dated by a placement that an earlier one has replaced."""
    placed = after.facts.placed
    if placed is None:
        return False
    was = before.facts.placed
    return after.sold_on is None or (was is not None and was is not placed and was.placed_at != placed.placed_at)


async def dated(session: AsyncSession, placed: Sequence[Order]) -> list[Order]:
    """Each with the store's day of then, whatever zone the store moves to later."""
    found = await stores.calendars(session, {order.store_id for order in placed}) if placed else {}
    return [changed(order, sold_on=_day_of(order, found)) for order in placed]


async def count(session: AsyncSession, changes: Iterable[Step], now: datetime) -> None:
    """Puts down what became different, and has it added to the figures within seconds; they are read with it until then."""
    by_store: dict[str, list[Step]] = {}
    for before, after in changes:
        by_store.setdefault(after.store_id, []).append((before, after))
    found: dict[str, Figures] = {store_id: differences(some) for store_id, some in by_store.items()}
    different = {store_id: figures_of for store_id, figures_of in found.items() if figures_of}
    if different:
        await figures.add_changes(session, different)
        slice_ = int(now.timestamp()) // _FOLDED_EVERY
        due = datetime.fromtimestamp((slice_ + 1) * _FOLDED_EVERY, UTC)
        await start_timers(session, {FOLD_SALES: {f"{store_id}/{slice_}": due for store_id in different}})


async def fold(session: AsyncSession, keys: Collection[str], now: datetime) -> None:
    """A key is store/slice of time. What is too much for one transaction goes on in the next."""
    unfinished = [key for store_id, key in _one_each(keys) if not await figures.fold(session, store_id)]
    await set_timers(session, FOLD_SALES, dict.fromkeys(unfinished, now))


async def count_earlier(session: AsyncSession, keys: Collection[str], now: datetime) -> None:
    """Counts orders that were stored before figures were kept. A key is store/pass."""
    unfinished = [key for store_id, key in _one_each(keys) if await _count_batch(session, store_id, now)]
    await set_timers(session, COUNT_SALES, dict.fromkeys(unfinished, now))


async def _count_batch(session: AsyncSession, store_id: str, now: datetime) -> bool:
    """Whether there may be more."""
    found = await figures.not_counted(session, store_id, BATCH)
    if found:
        orders = await dated(session, found)
        await figures.date_orders(session, [(Ref(store_id, order.order_id), order.sold_on) for order in orders if order.sold_on])
        await count(session, zip(found, orders, strict=True), now)
    return len(found) == BATCH


def _day_of(order: Order, calendars: Mapping[str, BusinessCalendar]) -> date:
    return order.placed.placed_at.astimezone(calendars[order.store_id].zone).date()


def _one_each(keys: Collection[str]) -> list[tuple[str, str]]:
    """Of the keys of one store any: they ask for the same."""
    return sorted({key.partition("/")[0]: key for key in keys}.items())
