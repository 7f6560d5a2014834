"""What people do with orders (ORD-2). Facts from outside are never refused; these are."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.facts import Facts
from services.orders.domain.order import Order
from services.orders.domain.records import changed
from services.orders.domain.status import OrderStatus
from services.orders.models.facts import CalledOff, CorrectedByAuditor
from services.orders.models.unchecked import unchecked
from services.orders.repository import orders
from services.orders.repository.history import Step
from services.orders.repository.orders import Ref
from services.orders.usecases.changes import Change, record, settle
from shared.auth import Actor
from shared.clock import new_id
from shared.errors import Conflict, FieldProblem, Unprocessable
from shared.http import Version

_CORRECTABLE = frozenset({OrderStatus.PLACED, OrderStatus.HELD})
_CANCELLABLE = _CORRECTABLE | {OrderStatus.CONFIRMED}


class OrderNotHeld(Conflict):
    """Nobody needs to look at it, or somebody did already."""


class OrderTaken(Conflict):
    """Somebody is looking at it already."""


class OrderNotCorrectable(Conflict):
    """It stands as it is once it is confirmed, shipped or cancelled."""


class OrderNotCancellable(Conflict):
    """It is under way, or cancelled already."""


class CorrectionInconsistent(Unprocessable):
    """The order would not be one order any more."""


async def take(session: AsyncSession, ref: Ref, version: Version, *, by: Actor, reason: str, now: datetime) -> Order:
    """Makes the held order this person's to look at; of two who take it at once one wins."""
    order = await orders.order_for_update(session, ref, version)
    _must_be_held(order)
    if order.taken_by is not None:
        raise OrderTaken("you have taken it already" if order.taken_by == by.sub else "somebody else has taken it")
    change = Change(order, changed(order, taken_by=by.sub, taken_at=now), [Step("taken", by.sub, reason)])
    await record(session, [change], now)
    return change.order


async def confirm(session: AsyncSession, ref: Ref, version: Version, *, by: Actor, reason: str, now: datetime) -> Order:
    """In spite of the checks it fails now; another failure of its address would hold it again."""
    order = await orders.order_for_update(session, ref, version)
    _must_be_held(order)
    confirmed = changed(order, waived=(*order.waived, *order.failed_checks))
    if order.confirmed_at is None:
        confirmed = changed(confirmed, confirmed_at=now, confirmed_by=by.sub)
    return await _settled(session, Change(order, confirmed, [Step("confirmed", by.sub, reason)]), now)


async def correct(
    session: AsyncSession, ref: Ref, version: Version, corrected: Mapping[str, object], *, by: Actor, reason: str, now: datetime
) -> Order:
    """Puts parts of the order right; the checks run anew, so it may be confirmed by that."""
    order = await orders.order_for_update(session, ref, version)
    if order.status not in _CORRECTABLE:
        raise OrderNotCorrectable(f"it is {order.status}")
    correction_id = str(new_id())
    told = {"correction_id": correction_id, "corrected_at": now, "by": by.sub, "reason": reason}
    correction = unchecked(CorrectedByAuditor, {**corrected, **told})
    change = Change(order, order)
    change.learn(Facts(corrections={correction_id: correction}), Step("corrected", by.sub, reason, {"fields": sorted(corrected)}))
    _must_be_one_order(change.order)
    return await _settled(session, change, now)


async def cancel(session: AsyncSession, ref: Ref, version: Version, *, by: Actor, reason: str, now: datetime) -> Order:
    """Ends an order that is not under way yet; what was paid is due back."""
    order = await orders.order_for_update(session, ref, version)
    if order.status not in _CANCELLABLE:
        raise OrderNotCancellable(f"it is {order.status}")
    change = Change(order, order)
    called_off = CalledOff(cancelled_at=now, by=by.sub, reason=reason)
    change.learn(Facts(called_off=called_off), Step("cancelled", by.sub, reason))
    return await _settled(session, change, now)


async def _settled(session: AsyncSession, change: Change, now: datetime) -> Order:
    await settle(session, [change], now)
    return change.order


def _must_be_held(order: Order) -> None:
    if order.status is not OrderStatus.HELD:
        raise OrderNotHeld(f"it is {order.status}")


def _must_be_one_order(order: Order) -> None:
    """All amounts in the currency of the total."""
    standing = order.standing
    amounts = {"discount": standing.discount, "shipping_fee": standing.shipping_fee, "tax": standing.tax}
    for position, line in enumerate(standing.lines):
        amounts |= {f"lines.{position}.unit_price": line.unit_price, f"lines.{position}.discount": line.discount}
    wrong = [name for name, money in amounts.items() if money is not None and money.currency != standing.total.currency]
    if wrong:
        problems = [FieldProblem(name, "one-currency", "must be in the currency of the total") for name in wrong]
        raise CorrectionInconsistent("an order has all its amounts in one currency", problems)
