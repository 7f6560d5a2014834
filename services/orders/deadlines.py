from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders import metrics, usecases
from services.orders.repository import orders
from services.orders.repository.orders import Ref
from services.orders.usecases import agreeing, clocks, watching
from shared.counting import on_commit
from shared.timers import TimerRouter, set_timers

log = structlog.get_logger()
timers = TimerRouter()


async def lock_orders(session: AsyncSession, keys: Sequence[str], _now: datetime) -> None:
    await orders.orders_for_update(session, _refs(keys))


@timers.on(clocks.HOLD_CLOCK, lock=lock_orders)
async def escalate(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await usecases.escalate(session, _refs(keys), now)


@timers.on(clocks.CLOSE, lock=lock_orders)
async def close(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await usecases.close(session, _refs(keys), now)


@timers.on(clocks.RECHECK_ORDER, lock=lock_orders)
async def recheck(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await usecases.recheck(session, _refs(keys), now)


@timers.on(clocks.WATCH, lock=lock_orders)
async def look(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await watching.look(session, _refs(keys), now)


@timers.on(clocks.WATCH_ONCE_MORE, lock=lock_orders)
async def look_once_more(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await watching.look(session, _refs(keys), now, once_more=True)


@timers.on(clocks.RECHECK)
async def recheck_waiting(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    """A key is store/sku, or store/sku/order to go on after that order."""
    for key in keys:
        store_id, name, after = (*key.split("/"), "")[:3]
        last = await usecases.recheck_waiting_for(session, store_id, name, after=after, now=now)
        if last is not None:
            await set_timers(session, clocks.RECHECK, {f"{store_id}/{name}/{last}": now})


@timers.on(clocks.SKELETON, lock=lock_orders)
async def alarm(session: AsyncSession, keys: Sequence[str], _now: datetime) -> None:
    for store_id, order_id in await orders.skeletons(session, _refs(keys)):
        on_commit(session, metrics.never_placed.inc)
        log.warning("order was never placed", store_id=store_id, order_id=order_id)


async def lock_changed(session: AsyncSession, keys: Sequence[str], _now: datetime) -> None:
    await orders.orders_for_update(session, _changes_of(keys))


@timers.on(agreeing.UNPAID_CHANGE, lock=lock_changed)
async def lapse(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await usecases.lapse(session, _changes_of(keys), now)


def _changes_of(keys: Sequence[str]) -> dict[Ref, list[str]]:
    """A key is store/order/change."""
    found: dict[Ref, list[str]] = {}
    for store_id, order_id, change_id in (key.split("/") for key in sorted(keys)):
        found.setdefault(Ref(store_id, order_id), []).append(change_id)
    return found


def _refs(keys: Sequence[str]) -> list[Ref]:
    return [Ref(*key.split("/")) for key in sorted(keys)]
