"""Money that has to move because an order changed. A due once said never changes and never goes away."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID, uuid5

from services.orders.domain.facts import Facts
from services.orders.domain.parts import Placed
from shared.money import Money

_DUES = UUID("6f0c9a1e-0d57-5c0e-9a55-3c1c8f6f2c11")


@dataclass(frozen=True, slots=True)
class Due:
    due_id: UUID
    direction: Literal["refund", "payment"]
    amount: Money
    reason: str


def dues_of_cancelled(placed: Placed, facts: Facts) -> dict[UUID, Due]:
    """One refund per payment, the same whenever it is asked for."""
    dues = {}
    for payment in sorted(facts.payments.values(), key=lambda each: (each.paid_at, each.payment_id)):
        due_id = uuid5(_DUES, f"{placed.store_id}/{placed.order_id}/{payment.payment_id}")
        if payment.amount.amount > 0:
            dues[due_id] = Due(due_id, "refund", payment.amount, "the order was cancelled")
    return dues
