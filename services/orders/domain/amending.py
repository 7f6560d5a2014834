"""An order's lines as its customer wants them instead (ORD-6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal

from services.orders.domain.catalogue import ProductNow
from services.orders.domain.checks import content_total
from services.orders.domain.dues import kept
from services.orders.domain.order import Order
from services.orders.domain.packing import packed_lines
from services.orders.domain.parts import Line, StandingOrder
from services.orders.domain.standing import CONTENT, Amended
from services.orders.domain.status import is_all_dispatched
from shared.errors import FieldProblem, Unprocessable
from shared.money import Money, places


class ChangeNotPossible(Unprocessable):
    """A line that is not in the order, twice the same one, a product the store does not have, nothing that is changed, or nothing left."""


@dataclass(frozen=True, slots=True)
class WantedLine:
    """How one line should be instead; a quantity of zero takes it out."""

    line_id: str
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class AmendedLine:
    line_id: str
    sku: str
    name: str
    quantity: int
    unit_price: Money
    discount: Money | None


@dataclass(frozen=True, slots=True)
class Amendment:
    """`difference` is what the order costs more than before, below zero what less; it never costs less than nothing."""

    lines: tuple[AmendedLine, ...]
    difference: Money
    total: Money


def amended(order: StandingOrder, wanted: Sequence[WantedLine], products: Mapping[str, ProductNow]) -> Amendment:
    """Lines that are not named stay; another product costs what it costs now, the same one what was agreed. ChangeNotPossible by field."""
    _must_be_possible(order, wanted, products)
    instead = {line.line_id: line for line in wanted}
    lines = tuple(
        _amended(order, line, instead.get(line.line_id), products)
        for line in order.lines
        if line.line_id not in instead or instead[line.line_id].quantity > 0
    )
    content = {name: getattr(order, name) for name in CONTENT} | {"lines": lines}
    at_least = -max(order.total, Money.zero(order.total.currency))
    difference = max(content_total(Amended(**content)) - content_total(order), at_least)
    return Amendment(lines, difference, order.total + difference)


def only_what_was_sent(order: Order) -> Amendment | None:
    """Without what no parcel holds; None where all was sent, or nothing of which is known what it was."""
    lines = packed_lines(order)
    if is_all_dispatched(order.facts, order.standing.lines) or not any(each.sent for each in lines):
        return None
    return amended(order.standing, [WantedLine(each.line.line_id, each.line.sku, each.sent) for each in lines], {})


def missing(order: StandingOrder, amendment: Amendment, products: Mapping[str, ProductNow], safety_stock: int) -> list[str]:
    """Skus that the change needs more of than there is above the safety stock (INQ-10)."""
    more: dict[str, int] = {}
    for sign, lines in ((1, amendment.lines), (-1, order.lines)):
        for line in lines:
            more[line.sku] = more.get(line.sku, 0) + sign * line.quantity
    return [sku for sku, quantity in more.items() if quantity > 0 and sku in products and products[sku].stock - quantity < safety_stock]


def overpaid(order: Order, amendment: Amendment) -> Money:
    """What was paid beyond the new total, and is not due back already."""
    return max(kept(order.standing, order.facts, order.dues), amendment.total) - amendment.total


def due_back(order: Order, amendment: Amendment) -> Money:
    """Of a cheaper change; nothing while nothing of it was paid."""
    zero = Money.zero(amendment.total.currency)
    return max(min(-amendment.difference, overpaid(order, amendment)), zero)


def _must_be_possible(order: StandingOrder, wanted: Sequence[WantedLine], products: Mapping[str, ProductNow]) -> None:
    known = {line.line_id: line for line in order.lines}
    problems = []
    for position, line in enumerate(wanted):
        if line.line_id not in known:
            problems.append(FieldProblem(f"lines.{position}.line_id", "known", "must be a line of the order"))
        elif line.line_id in [earlier.line_id for earlier in wanted[:position]]:
            problems.append(FieldProblem(f"lines.{position}.line_id", "unique", "must be named once"))
        elif line.quantity > 0 and line.sku != known[line.line_id].sku and _price(order, products.get(line.sku)) is None:
            problems.append(FieldProblem(f"lines.{position}.sku", "product", "must be a product of the store in the order's currency"))
    if not problems and not known.keys() - {line.line_id for line in wanted if line.quantity == 0}:
        problems.append(FieldProblem("lines", "something-left", "must leave a line: an order without any is a cancelled one"))
    if not problems and all((line.sku, line.quantity) == (known[line.line_id].sku, known[line.line_id].quantity) for line in wanted):
        problems.append(FieldProblem("lines", "something-changed", "must want another product or quantity than the order has"))
    if problems:
        raise ChangeNotPossible("the order cannot be changed like that", problems)


def _amended(order: StandingOrder, line: Line, wanted: WantedLine | None, products: Mapping[str, ProductNow]) -> AmendedLine:
    kept = AmendedLine(line.line_id, line.sku, line.name, line.quantity, line.unit_price, line.discount)
    if wanted is None:
        return kept
    if wanted.sku == line.sku:
        return replace(kept, quantity=wanted.quantity, discount=_share(line, wanted.quantity))
    product = products[wanted.sku]
    price = _price(order, product)
    assert price is not None
    return AmendedLine(line.line_id, wanted.sku, product.name, wanted.quantity, price, None)


def _price(order: StandingOrder, product: ProductNow | None) -> Money | None:
    if product is None or product.price.currency != order.total.currency:
        return None
    return product.wholesale_price if product.wholesale_price and (order.wholesale or order.dropship) else product.price


def _share(line: Line, quantity: int) -> Money | None:
    """A line's discount is one for each piece."""
    if line.discount is None:
        return None
    unit = Decimal(1).scaleb(-places(line.discount.currency))
    return Money((line.discount.amount * quantity / line.quantity).quantize(unit, ROUND_HALF_EVEN), line.discount.currency)
