"""Money that has to move because an order changed. A due once said never changes and never goes away."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID, uuid5

from services.orders.domain.checks import paid_in
from services.orders.domain.facts import Facts
from services.orders.domain.parts import Payment, StandingOrder
from shared.money import Money, total

_DUES = UUID("6f0c9a1e-0d57-5c0e-9a55-3c1c8f6f2c11")


@dataclass(frozen=True, slots=True)
class Due:
    due_id: UUID
    direction: Literal["refund", "payment"]
    amount: Money
    reason: str


def due_id(order: StandingOrder, *names: str) -> UUID:
    """The same whenever it is asked for: a due of one cause is said once."""
    return uuid5(_DUES, "/".join((order.store_id, order.order_id, *names)))


def kept(order: StandingOrder, facts: Facts, said: Iterable[Due]) -> Money:
    """What was paid in the order's currency and is not due back."""
    currency = order.total.currency
    back = total((due.amount for due in said if due.direction == "refund" and due.amount.currency == currency), currency)
    return max(paid_in(currency, facts.payments) - back, Money.zero(currency))


def dues_of_cancelled(order: StandingOrder, facts: Facts, said: Sequence[Due]) -> dict[UUID, Due]:
    """One refund per payment that has none yet, the same whenever it is asked for.

    What is due back for another cause already, and a loss that the customer agreed to have withheld (ORD-5), is kept from the first
    payments.
    """
    known = {due.due_id: due for due in said}
    payments = {due_id(order, payment.payment_id): payment for payment in sorted(facts.payments.values(), key=_when)}
    withheld = _withheld(order, facts, known, payments)
    dues = {}
    for identity, payment in payments.items():
        if identity in known:
            continue
        amount = payment.amount
        if amount.currency == withheld.currency:
            share = min(amount, withheld)
            amount, withheld = amount - share, withheld - share
        if amount.amount > 0:
            dues[identity] = Due(identity, "refund", amount, "the order was cancelled")
    return dues


def _when(payment: Payment) -> tuple[object, ...]:
    return payment.paid_at, payment.payment_id


def _withheld(order: StandingOrder, facts: Facts, known: dict[UUID, Due], payments: dict[UUID, Payment]) -> Money:
    """What the payments without a due of their own have still to bear."""
    currency = order.total.currency
    agreed = facts.called_off.withheld if facts.called_off else None
    left = agreed if agreed is not None and agreed.currency == currency else Money.zero(currency)
    for identity, due in known.items():
        if due.direction != "refund" or due.amount.currency != currency:
            continue
        left = left + due.amount if identity not in payments else left - (payments[identity].amount - due.amount)
    return max(left, Money.zero(currency))
