"""Changes that were agreed on (ORD-6): what they cost more is paid first, and unpaid in time the order ships as it was ordered."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.advice import CHANGE_GOODS, CHANGE_PACKING, Advice, Task, business_days_later, day_of
from services.orders.domain.agreed import can_apply, is_paid, is_paid_in_time, needed_for, open_change, paid_in_vain
from services.orders.domain.amending import Amendment
from services.orders.domain.decisions import AUTO
from services.orders.domain.dues import Due, due_id
from services.orders.domain.facts import Facts
from services.orders.domain.order import Order
from services.orders.domain.parts import AgreedChange
from services.orders.domain.policy import OrderPolicy
from services.orders.domain.records import changed
from services.orders.domain.replies import reply
from services.orders.models.facts import ChangeAgreed
from services.orders.models.unchecked import unchecked
from services.orders.repository.history import Step
from services.orders.usecases import addressing
from services.orders.usecases.advising import forget_change, send
from shared import policies, stores
from shared.clock import new_id
from shared.errors import Conflict
from shared.events.parts import OrderLine
from shared.timers import set_timers_of

if TYPE_CHECKING:
    from services.orders.usecases.changes import Change

UNPAID_CHANGE, REMIND_OF_CHANGE = "unpaid-change", "remind-of-change"
CHANGED = "the order was changed"
PAID_LATE = "the difference was paid when the order could not be changed any more"
_LINE = ("line_id", "sku", "name", "quantity", "unit_price", "discount")


class ChangeWaits(Conflict):
    """The order has another change that waits for its payment."""


def must_not_wait(order: Order) -> None:
    if agreed := open_change(order):
        raise ChangeWaits(f"a change waits for its payment until {agreed.pay_by}")


async def agree(
    session: AsyncSession,
    change: "Change",
    amendment: Amendment,
    advice: Advice,
    policy: OrderPolicy,
    step: Step,
    now: datetime,
    *,
    because: str = CHANGED,
) -> None:
    """Applies at once where nothing has to be paid for it; else it waits for its payment. `because` is what the due says."""
    order, change_id, waits = change.order, str(new_id()), advice.payment is not None
    pay_by = now + policy.payment_within if waits else None
    told: dict[str, object] = {
        "change_id": change_id,
        "agreed_at": now,
        "by": step.by,
        "reason": step.reason,
        "lines": tuple(unchecked(OrderLine, {name: getattr(line, name) for name in _LINE}) for line in amendment.lines),
        "total": amendment.total,
        "difference": amendment.difference,
        "needed": needed_for(order, amendment.difference) if waits else None,
        "pay_by": pay_by,
        "ended": None if waits else "applied",
        "ended_at": None if waits else now,
    }
    change.learn(Facts(agreed={change_id: unchecked(ChangeAgreed, told)}), step)
    identity = due_id(order.standing, "change", change_id)
    if advice.refund is not None and advice.refund.amount > 0:
        _owe(change, Due(identity, "refund", advice.refund, because))
    if advice.payment is not None and pay_by is not None:
        _owe(change, Due(identity, "payment", advice.payment, because))
        dues = {UNPAID_CHANGE: pay_by, REMIND_OF_CHANGE: now + policy.payment_reminded_after}
        key = f"{order.store_id}/{order.order_id}/{change_id}"
        await set_timers_of(session, {kind: {key: due} for kind, due in dues.items() if kind == UNPAID_CHANGE or due < pay_by})


async def take_up(session: AsyncSession, change: "Change", now: datetime) -> None:
    """A change whose difference has come in applies; one that cannot any more lapses, and its money is due back."""
    agreed = open_change(change.order)
    if agreed is not None and is_paid(change.order, agreed):
        applies = can_apply(change.order, agreed) and is_paid_in_time(change.order, agreed)
        _end(change, agreed, "applied" if applies else "lapsed", now)
        if applies:
            await _carry_on(session, change.order, agreed, now)
    for late in paid_in_vain(change.order):
        due = Due(due_id(change.order.standing, "paid-in-vain", late.change_id), "refund", late.difference, PAID_LATE)
        if due.due_id not in {known.due_id for known in change.order.dues}:
            _owe(change, due)
            change.steps.append(Step("paid-in-vain", AUTO, detail={"change_id": late.change_id, "refund": str(late.difference)}))
            _tell(session, change.order, "change-not-possible", {"difference": late.difference}, now)


async def remind(session: AsyncSession, order: Order, change_ids: Collection[str], now: datetime) -> None:
    """Once, of a difference that has not come in while it would still help."""
    agreed = open_change(order)
    if agreed is None or agreed.pay_by is None or agreed.pay_by <= now or agreed.change_id not in change_ids:
        return
    if can_apply(order, agreed) and not is_paid(order, agreed):
        pay_by = day_of(agreed.pay_by, (await stores.store(session, order.store_id)).calendar)
        _tell(session, order, "change-unpaid", {"difference": agreed.difference, "pay_by": pay_by}, now)


def lapse(session: AsyncSession, change: "Change", change_ids: Collection[str], now: datetime) -> None:
    """Those that were not paid in time; the customer is told where it still matters."""
    agreed = open_change(change.order)
    if agreed is None or agreed.change_id not in change_ids or is_paid(change.order, agreed):
        return
    matters = can_apply(change.order, agreed)
    _end(change, agreed, "lapsed", now)
    if matters:
        _tell(session, change.order, "change-lapsed", {"difference": agreed.difference}, now)


def _end(change: "Change", agreed: AgreedChange, how: Literal["applied", "lapsed"], now: datetime) -> None:
    assert isinstance(agreed, ChangeAgreed)
    step = Step("changed" if how == "applied" else "change-lapsed", AUTO, detail={"change_id": agreed.change_id})
    change.learn(Facts(agreed={agreed.change_id: agreed.ending(how, now)}), step)


def _owe(change: "Change", due: Due) -> None:
    change.order = changed(change.order, dues=(*change.order.dues, due))


async def _carry_on(session: AsyncSession, order: Order, agreed: AgreedChange, now: datetime) -> None:
    """Purchasing and warehouse are told, and the customer is."""
    policy = (await policies.load(session, OrderPolicy, [order.store_id]))[order.store_id]
    store = await stores.store(session, order.store_id)
    ship_at = business_days_later(store.calendar, now, policy.change_business_days)
    await forget_change(session, order, by=AUTO, now=now)
    for errand in (CHANGE_GOODS, CHANGE_PACKING):
        await send(session, order, Task(errand, ship_at), lines=agreed.lines, by=AUTO, now=now)
    _tell(session, order, "change-paid", {"ship_by": day_of(ship_at, store.calendar)}, now)


def _tell(session: AsyncSession, order: Order, template: str, values: Mapping[str, object], now: datetime) -> None:
    addressing.tell_in_words(session, order, template, reply(template, {"order_id": order.order_id, **values}), now)
