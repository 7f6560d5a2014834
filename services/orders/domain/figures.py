"""What an order adds to its store's sales figures (ORD-11).

A sale is an order that was placed and is not cancelled, whether it is paid, held or shipped yet. It belongs to the day of the store on
which it was placed, so an order that arrives late corrects that day, and so do a later cancel and a refund. Revenue is what the customer
is to pay, freight and tax included; a product's is what its lines cost. A refund counts once finance has settled it; those of a cancelled
order do not count, for the cancel took the whole order off.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Context, Decimal, Inexact, InvalidOperation, localcontext
from enum import StrEnum
from typing import NamedTuple

from services.orders.domain.order import Order
from services.orders.domain.parts import StandingOrder
from services.orders.domain.status import OrderStatus
from shared.money import Money, split

NOBODY = ""
_NOTHING = Decimal(0)
_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])


class Kind(StrEnum):
    """Of what a figure is: of the whole store, of one product, or of one agent, who closed the inquiry that led to the order."""

    STORE = "store"
    PRODUCT = "product"
    AGENT = "agent"


class Slot(NamedTuple):
    """Where it is counted. `name` is a sku, or an agent's `sub` (NOBODY without one)."""

    day: date
    currency: str
    kind: Kind
    name: str


class Sales(NamedTuple):
    """Numbers that add up: orders placed, those of them cancelled, and of the others pieces, revenue and what was refunded."""

    placed: int = 0
    cancelled: int = 0
    units: int = 0
    revenue: Decimal = _NOTHING
    refunded_orders: int = 0
    refunded: Decimal = _NOTHING

    def plus(self, other: "Sales", times: int = 1) -> "Sales":
        return Sales(
            self.placed + other.placed * times,
            self.cancelled + other.cancelled * times,
            self.units + other.units * times,
            _EXACT.fma(other.revenue, times, self.revenue),
            self.refunded_orders + other.refunded_orders * times,
            _EXACT.fma(other.refunded, times, self.refunded),
        )


NO_SALES = Sales()
_CANCELLED = Sales(placed=1, cancelled=1)
Figures = dict[Slot, Sales]
_Goods = dict[str, tuple[int, Decimal]]


def sales_of(order: Order) -> Figures:
    """What it adds as it is now; nothing until its day is known."""
    if order.sold_on is None or order.facts.placed is None:
        return {}
    standing, goods = order.standing, _goods(order.standing)
    is_sale = order.status is not OrderStatus.CANCELLED
    units = sum(quantity for quantity, _ in goods.values())
    whole = Sales(1, 0, units, standing.total.amount) if is_sale else _CANCELLED
    day, currency = order.sold_on, standing.total.currency
    found: Figures = {Slot(day, currency, Kind.STORE, NOBODY): whole, Slot(day, currency, Kind.AGENT, order.sold_by or NOBODY): whole}
    for sku, (quantity, amount) in goods.items():
        found[Slot(day, currency, Kind.PRODUCT, sku)] = Sales(1, 0, quantity, amount) if is_sale else _CANCELLED
    if is_sale:
        for refund in order.refunded:
            _take_refund(found, order, day, refund, goods)
    return found


def differences(changes: Iterable[tuple[Order, Order]]) -> Figures:
    """What these orders add as they are now less what they added as they were; what stays the same is left out."""
    found: defaultdict[Slot, list[Sales]] = defaultdict(list)
    for before, after in changes:
        if not _counts_alike(before, after):
            for slot, sales in sales_of(after).items():
                found[slot].append(sales)
            for slot, sales in sales_of(before).items():
                found[slot].append(NO_SALES.plus(sales, times=-1))
    with localcontext(_EXACT):
        summed = {slot: Sales._make(map(sum, zip(*some, strict=True))) for slot, some in found.items()}
    return {slot: sales for slot, sales in summed.items() if sales != NO_SALES}


def _counts_alike(before: Order, after: Order) -> bool:
    """Most events change none of it: a payment, a parcel seen."""
    if before.sold_on is None or after.sold_on is None:
        return before.sold_on is after.sold_on
    return (
        (before.sold_on, before.sold_by, before.refunded) == (after.sold_on, after.sold_by, after.refunded)
        and before.standing is after.standing
        and (before.status is OrderStatus.CANCELLED) == (after.status is OrderStatus.CANCELLED)
    )


def _goods(order: StandingOrder) -> _Goods:
    """By sku the pieces and what they cost after the discounts of their lines."""
    goods: _Goods = {}
    for line in order.lines:
        quantity, amount = goods.get(line.sku, (0, _NOTHING))
        amount = _EXACT.fma(line.unit_price.amount, line.quantity, amount)
        if line.discount is not None:
            amount = _EXACT.subtract(amount, line.discount.amount)
        goods[line.sku] = quantity + line.quantity, amount
    return goods


def _take_refund(found: Figures, order: Order, day: date, refund: Money, goods: _Goods) -> None:
    """Aftersales does not say of which product: each has its share by what it cost."""
    parts = split(refund, [max(amount, _NOTHING) for _, amount in goods.values()])
    refunded = {(Kind.STORE, NOBODY): refund, (Kind.AGENT, order.sold_by or NOBODY): refund}
    refunded |= {(Kind.PRODUCT, sku): part for sku, part in zip(goods, parts, strict=True)}
    for (kind, name), part in refunded.items():
        slot = Slot(day, refund.currency, kind, name)
        found[slot] = found.get(slot, NO_SALES).plus(Sales(refunded_orders=1, refunded=part.amount))
