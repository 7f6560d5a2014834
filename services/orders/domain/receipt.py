"""What a customer bought, what it cost and what was paid: figures that add up (ORD-3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.orders.domain.checks import content_total, paid_in
from services.orders.domain.dues import Due
from services.orders.domain.order import Order
from services.orders.domain.parts import Line, Payment
from services.orders.domain.status import OrderStatus
from shared.money import Money, total, total_of


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """`amount` is unit price × quantity less the line's discount."""

    line: Line
    amount: Money


@dataclass(frozen=True, slots=True)
class Receipt:
    """goods − discount + shipping_fee + tax + adjustment = total, and total − paid = to_pay, unless it is cancelled or overpaid.

    `adjustment` is what the shop's total differs by from the sum of its parts: zero but for orders that are held for it, or were
    confirmed in spite of it.
    """

    lines: Sequence[ReceiptLine]
    goods: Money
    discount: Money
    shipping_fee: Money
    tax: Money
    adjustment: Money
    total: Money
    paid: Money
    to_pay: Money
    overpaid: Money
    payments: Sequence[Payment]
    refunds: Sequence[Due]


def receipt_of(order: Order) -> Receipt:
    """Of a placed order, as it stands; a payment in another currency is listed and not summed."""
    standing = order.standing
    currency, nothing = standing.total.currency, Money.zero(standing.total.currency)
    lines = [ReceiptLine(line, _amount(line)) for line in standing.lines]
    paid = paid_in(currency, order.facts.payments)
    is_cancelled = order.status is OrderStatus.CANCELLED
    return Receipt(
        lines=lines,
        goods=total([line.amount for line in lines], currency),
        discount=standing.discount or nothing,
        shipping_fee=standing.shipping_fee,
        tax=standing.tax or nothing,
        adjustment=standing.total - content_total(standing),
        total=standing.total,
        paid=paid,
        to_pay=nothing if is_cancelled else max(nothing, standing.total - paid),
        overpaid=nothing if is_cancelled else max(nothing, paid - standing.total),
        payments=sorted(order.facts.payments.values(), key=lambda payment: (payment.paid_at, payment.payment_id)),
        refunds=[due for due in order.dues if due.direction == "refund"],
    )


def _amount(line: Line) -> Money:
    parts = [(line.unit_price, line.quantity)]
    if line.discount is not None:
        parts.append((line.discount, -1))
    return total_of(parts, line.unit_price.currency)
