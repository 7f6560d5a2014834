"""Which deadlines an order has, set and cancelled with the change that starts or ends them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain import watch
from services.orders.domain.checks import CATALOGUE_CHECKS
from services.orders.domain.order import Order
from services.orders.domain.policy import OrderPolicy
from services.orders.domain.status import OrderStatus, delivered_at
from services.orders.repository import orders, twins
from services.orders.repository.orders import Ref
from services.orders.usecases.surroundings import Surroundings
from shared import policies
from shared.timers import cancel_timers_of, set_timers, set_timers_of

HOLD_CLOCK = "hold-clock"
CLOSE = "close"
SKELETON = "skeleton"
RECHECK = "recheck"
RECHECK_ORDER = "recheck-order"
WATCH = "watch"
CALL_OFF = "call-off"
# longer than a transaction may last: one that changed a product while the order's checks ran has committed by then
ONCE_MORE_AFTER = timedelta(seconds=35)
SKELETON_AFTER = timedelta(hours=1)

Step = tuple[Order, Order]
DueAt = Callable[[Order], datetime | None]


async def set_clocks(session: AsyncSession, changes: Sequence[Step], found: Surroundings, now: datetime) -> None:
    """One statement sets them all, another cancels; none where nothing is due otherwise than before."""
    dues: dict[str, dict[str, datetime]] = {}
    over: dict[str, list[str]] = {}
    for kind, due_at in _clocks(found, now).items():
        _move(dues.setdefault(kind, {}), over.setdefault(kind, []), changes, due_at)
    for before, after in changes:
        if _ends_a_delay(before, after, found):
            dues[WATCH][key(after)] = now
    cancelled = [after for before, after in changes if after.outcome == "cancelled" != before.outcome]
    dues[CALL_OFF] = {key(order): now for order in cancelled}
    dues[RECHECK_ORDER] = _once_more(changes, now) | await _freed_twins(session, cancelled, found, now)
    await set_timers_of(session, dues)
    await cancel_timers_of(session, over)


async def close_later(session: AsyncSession, delivered: Sequence[Order]) -> None:
    """For orders whose time was up by the policy of then, and is not by the policy of now."""
    found = await policies.load(session, OrderPolicy, sorted({order.store_id for order in delivered}))
    await set_timers(session, CLOSE, {key(order): due for order in delivered if (due := _closes_at(order, found[order.store_id]))})


async def watch_for_placement(session: AsyncSession, unplaced: Sequence[Order], now: datetime) -> None:
    """Of orders that others speak of before they are placed."""
    await set_timers(session, SKELETON, {key(order): now + SKELETON_AFTER for order in unplaced})


async def recheck_waiting(session: AsyncSession, pairs: Iterable[tuple[str, str]], now: datetime) -> None:
    """Held orders that wait for one of these (store, sku) or (store, offer code) are checked anew at once, in transactions of their own."""
    waited = await orders.skus_waited_for(session, pairs)
    await set_timers(session, RECHECK, {f"{store_id}/{name}": now for store_id, name in waited})


def _clocks(found: Surroundings, now: datetime) -> Mapping[str, DueAt]:
    return {
        HOLD_CLOCK: lambda order: order.hold_due_at,
        CLOSE: lambda order: _closes_at(order, found.policies.get(order.store_id)),
        SKELETON: lambda order: now + SKELETON_AFTER if order.version and not order.facts.placed else None,
        WATCH: lambda order: _looked_at(order, found.policies.get(order.store_id)),
    }


def _move(dues: dict[str, datetime], over: list[str], changes: Sequence[Step], due_at: DueAt) -> None:
    for before, after in changes:
        due, was_due = due_at(after), due_at(before)
        if due is None and was_due is not None:
            over.append(key(after))
        elif due is not None and due != was_due:
            dues[key(after)] = due


def _looked_at(order: Order, policy: OrderPolicy | None) -> datetime | None:
    """When its next threshold is crossed if nothing happens (ORD-8)."""
    return None if policy is None else watch.next_due(order, policy)


def _ends_a_delay(before: Order, after: Order, found: Surroundings) -> bool:
    """What a department was asked about need not be answered any more."""
    if not after.facts.crossed or after.facts.placed is None:
        return False
    policy = found.policies[after.store_id]
    return bool(watch.over(after, policy) - watch.over(before, policy))


def _closes_at(order: Order, policy: OrderPolicy | None) -> datetime | None:
    """An unsigned delivery waits for a signature before the order closes (§7)."""
    if policy is None or order.outcome is not None or not order.facts.delivered or order.facts.placed is None:
        return None
    return delivered_at(order.facts) + policy.delivered_after if order.status is OrderStatus.DELIVERED else None


def _once_more(changes: Sequence[Step], now: datetime) -> dict[str, datetime]:
    """A product that changed in a transaction beside the one that held its order: neither saw the other."""
    held = [after for before, after in changes if after.held_since and not before.held_since]
    mendable = [order for order in held if any(failure.check in CATALOGUE_CHECKS for failure in order.failed_checks)]
    return {key(order): now + ONCE_MORE_AFTER for order in mendable}


async def _freed_twins(session: AsyncSession, cancelled: Sequence[Order], found: Surroundings, now: datetime) -> dict[str, datetime]:
    """Orders held as duplicates of one that is cancelled now are checked anew."""
    keys = {key for order in cancelled for key in found.keys.get(Ref(order.store_id, order.order_id), ())}
    freed = await twins.held_twins(session, keys) if keys else []
    return {f"{store_id}/{order_id}": now for store_id, order_id in freed}


def key(order: Order) -> str:
    return f"{order.store_id}/{order.order_id}"
