from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders import metrics, usecases
from services.orders.repository import orders
from services.orders.repository.orders import Ref
from services.orders.usecases import agreeing, asking_again, clocks, counting, crediting, following, watching
from services.orders.usecases.customers import caring, classifying
from services.orders.usecases.customers import clocks as customer_clocks
from shared.counting import on_commit
from shared.events.storefront import StorefrontOrderEvent
from shared.timers import TimerRouter, set_timers

log = structlog.get_logger()
timers = TimerRouter()


async def lock_orders(session: AsyncSession, keys: Sequence[str], _now: datetime) -> None:
    await orders.lock(session, _refs(keys))


@timers.on(clocks.HOLD_CLOCK, lock=lock_orders)
async def escalate(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await usecases.escalate(session, _refs(keys), now)


@timers.on(clocks.CLOSE, lock=lock_orders)
async def close(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await usecases.close(session, _refs(keys), now)


@timers.on(clocks.RECHECK_ORDER, lock=lock_orders)
async def recheck(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await usecases.recheck(session, _refs(keys), now)


@timers.on(clocks.WATCH, lock=lock_orders, after=StorefrontOrderEvent.topic)
async def look(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await watching.look(session, _refs(keys), now)


@timers.on(clocks.CALL_OFF, lock=lock_orders)
async def call_off(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await following.call_off(session, _refs(keys), now)


async def lock_answered(session: AsyncSession, keys: Sequence[str], _now: datetime) -> None:
    await orders.lock(session, {asking_again.ref_of(key) for key in keys})


@timers.on(asking_again.ASK_AGAIN, lock=lock_answered, after=StorefrontOrderEvent.topic)
async def ask_again(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await asking_again.ask_again(session, keys, now)


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
    await orders.lock(session, _changes_of(keys))


@timers.on(agreeing.UNPAID_CHANGE, lock=lock_changed, after=StorefrontOrderEvent.topic)
async def lapse(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await usecases.lapse(session, _changes_of(keys), now)


@timers.on(agreeing.REMIND_OF_CHANGE, lock=lock_changed, after=StorefrontOrderEvent.topic)
async def remind(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await usecases.remind(session, _changes_of(keys), now)


def _changes_of(keys: Sequence[str]) -> dict[Ref, list[str]]:
    """A key is store/order/change."""
    found: dict[Ref, list[str]] = {}
    for store_id, order_id, change_id in (key.split("/") for key in sorted(keys)):
        found.setdefault(Ref(store_id, order_id), []).append(change_id)
    return found


@timers.on(customer_clocks.CLASSIFY)
async def begin_to_classify(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    for store_id in keys:
        await classifying.begin(session, store_id, now)


@timers.on(customer_clocks.RANK, after=StorefrontOrderEvent.topic)
async def rank_customers(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    for store_id in sorted({key.partition("/")[0] for key in keys}):
        await classifying.rank(session, store_id, now)


@timers.on(customer_clocks.MOVE, after=StorefrontOrderEvent.topic)
async def move_customers(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    """One store's slice a transaction: it says as much as one may say."""
    await classifying.move(session, keys[0], now)
    await set_timers(session, customer_clocks.MOVE, dict.fromkeys(keys[1:], now))


@timers.on(customer_clocks.COUNT_SEGMENTS, after=StorefrontOrderEvent.topic)
async def count_segments(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    for store_id in keys:
        await classifying.count_segments(session, store_id, now)


@timers.on(customer_clocks.CARE)
async def care(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    for store_id in keys:
        await caring.care_for(session, store_id, now)


@timers.on(customer_clocks.GREET)
async def greet(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    """One slice a transaction."""
    await caring.greet(session, keys[0], now)
    await set_timers(session, customer_clocks.GREET, dict.fromkeys(keys[1:], now))


@timers.on(counting.FOLD_SALES)
async def fold_sales(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await counting.fold(session, keys, now)


@timers.on(counting.COUNT_SALES)
async def count_earlier_sales(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await counting.count_earlier(session, keys, now)


@timers.on(crediting.COUNT_CONVERSIONS)
async def count_conversions(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await crediting.count_conversions(session, keys, now)


def _refs(keys: Sequence[str]) -> list[Ref]:
    return [Ref(*key.split("/")) for key in sorted(keys)]
