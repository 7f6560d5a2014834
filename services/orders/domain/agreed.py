"""A change that costs more applies once the difference is paid, as long as the order can still be changed (ORD-6)."""

from collections.abc import Iterator
from datetime import datetime

from services.orders.domain.dues import kept
from services.orders.domain.order import Order
from services.orders.domain.parts import AgreedChange
from services.orders.domain.records import changed
from services.orders.domain.status import OrderStatus, has_shipped
from shared.money import Money


def open_change(order: Order) -> AgreedChange | None:
    """The one that waits for its payment; there is at most one."""
    return next((agreed for agreed in order.facts.agreed.values() if agreed.ended is None), None)


def changed_at(order: Order) -> datetime | None:
    """When its lines last became others."""
    applied = (agreed.ended_at for agreed in order.facts.agreed.values() if agreed.ended == "applied" and agreed.ended_at)
    return max(applied, default=None)


def needed_for(order: Order, difference: Money) -> Money:
    """What must have been paid for the change to apply: what the order costs, or more where more was paid, and the difference."""
    return max(_paid(order), _owed(order)) + difference


def is_paid(order: Order, agreed: AgreedChange) -> bool:
    return agreed.needed is not None and _paid(order) >= agreed.needed


def is_paid_in_time(order: Order, agreed: AgreedChange) -> bool:
    """By what was paid until `pay_by`, whenever it was heard of."""
    in_time = {key: paid for key, paid in order.facts.payments.items() if agreed.pay_by is None or paid.paid_at <= agreed.pay_by}
    return is_paid(changed(order, facts=changed(order.facts, payments=in_time)), agreed)


def can_apply(order: Order, agreed: AgreedChange) -> bool:
    """Not to goods that have left, nor to an order that was cancelled or put right since."""
    corrected = any(correction.corrected_at >= agreed.agreed_at for correction in order.facts.corrections.values())
    return not (corrected or has_shipped(order.facts) or order.status is OrderStatus.CANCELLED)


def paid_in_vain(order: Order) -> Iterator[AgreedChange]:
    """Changes that lapsed and were paid for after all: the money is neither theirs nor the order's, nor of one that waits for its own."""
    if open_change(order) is not None:
        return
    for agreed in order.facts.agreed.values():
        if agreed.ended == "lapsed" and is_paid(order, agreed) and _paid(order) - _owed(order) >= agreed.difference:
            yield agreed


def _paid(order: Order) -> Money:
    return kept(order.standing, order.facts, order.dues)


def _owed(order: Order) -> Money:
    """An order that is paid on delivery owes nothing before."""
    total = order.standing.total
    return total if order.standing.payment_terms == "prepaid" else Money.zero(total.currency)
