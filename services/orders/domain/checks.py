"""Why an order is not confirmed by itself (ORD-2). Every check tells all its failures; none stops another."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from services.orders.domain.catalogue import OfferFact, ProductFact
from services.orders.domain.parts import Line, Payment, StandingOrder
from services.orders.domain.policy import OrderPolicy
from services.orders.domain.twins import Twin
from shared.contact import address_problems, email_problem, phone_problem
from shared.money import Money, total, total_of


class FailedCheck(NamedTuple):
    """What was looked at, what was expected there and what was found, in short texts an auditor reads."""

    check: str
    field: str
    expected: str | None
    found: str | None


class Circumstances(NamedTuple):
    """What the checks ask beside the order: its store's policy, its products by sku as it met them, the offers it names, orders like it."""

    policy: OrderPolicy
    products: Mapping[str, ProductFact]
    offers: Sequence[OfferFact] = ()
    twins: Sequence[Twin] = ()


Failures = Iterator[FailedCheck]


CATALOGUE_CHECKS = ("product", "price", "stock")


def failed_checks(order: StandingOrder, payments: Mapping[str, Payment], circumstances: Circumstances) -> tuple[FailedCheck, ...]:
    return (*_payment(order, payments), *(failure for check in _CHECKS for failure in check(order, circumstances)))


def failed_address_checks(order: StandingOrder) -> tuple[FailedCheck, ...]:
    """What can still fail once an order is confirmed."""
    return (*_address(order), *_address_phone(order))


def waits_for_payment_only(order: StandingOrder, payments: Mapping[str, Payment], failed: Sequence[FailedCheck]) -> bool:
    """Nothing is wrong; the customer has simply not paid yet."""
    return not payments and all(failure.check == "payment" for failure in failed) and order.payment_terms == "prepaid"


def skus_in(failed: Sequence[FailedCheck], order: StandingOrder) -> set[str]:
    """The products whose listing, price or stock could mend a failure."""
    return {order.lines[int(each.field.split(".")[1])].sku for each in failed if each.check in CATALOGUE_CHECKS}


def content_total(order: StandingOrder) -> Money:
    """Σ (unit price × quantity − its discount) − discount + shipping fee + tax, of ten million mugs too."""
    parts = [(line.unit_price, line.quantity) for line in order.lines]
    parts += [(line.discount, -1) for line in order.lines if line.discount is not None]
    parts += [(amount, times) for amount, times in ((order.discount, -1), (order.shipping_fee, 1), (order.tax, 1)) if amount is not None]
    return total_of(parts, order.total.currency)


def paid_in(currency: str, payments: Mapping[str, Payment]) -> Money:
    return total([payment.amount for payment in payments.values() if payment.amount.currency == currency], currency)


def _payment(order: StandingOrder, payments: Mapping[str, Payment]) -> Failures:
    """Once it is paid in full no further payment can make it fail: whichever came first, the order ends the same (ORD-1)."""
    currency = order.total.currency
    paid = paid_in(currency, payments)
    if order.payment_terms == "on-delivery" or paid >= order.total:
        return
    yield FailedCheck("payment", "paid", str(order.total), str(paid))
    for payment in payments.values():
        if payment.amount.currency != currency:
            yield FailedCheck("payment", "payments", f"a payment in {currency}", str(payment.amount))


def _product(order: StandingOrder, circumstances: Circumstances) -> Failures:
    for position, line in enumerate(order.lines):
        if line.sku not in circumstances.products:
            yield FailedCheck("product", f"lines.{position}.sku", "a product of the store", line.sku)


def _price(order: StandingOrder, circumstances: Circumstances) -> Failures:
    tolerance = circumstances.policy.price_tolerance.get(order.total.currency)
    if tolerance is None:
        return
    for position, line in enumerate(order.lines):
        product = circumstances.products.get(line.sku)
        if product is None:
            continue
        asked = line.unit_price
        if asked == product.price:
            continue
        right = _right_prices(order, line, product, circumstances.offers)
        if not any(price.currency == asked.currency and abs(price.amount - asked.amount) <= tolerance for price in right):
            yield FailedCheck("price", f"lines.{position}.unit_price", " or ".join(map(str, dict.fromkeys(right))), str(asked))


def _right_prices(order: StandingOrder, line: Line, product: ProductFact, offers: Sequence[OfferFact]) -> list[Money]:
    prices = [product.price]
    if product.wholesale_price is not None and (order.wholesale or order.dropship):
        prices.append(product.wholesale_price)
    who, when = order.customer.customer_id, order.placed_at
    offered = (
        offer.price(product.price)
        for offer in offers
        if offer.covers(sku=line.sku, category=product.category, quantity=line.quantity, customer_id=who, at=when)
    )
    return [*prices, *offered]


def _total(order: StandingOrder, _: Circumstances) -> Failures:
    expected = content_total(order)
    if expected != order.total:
        yield FailedCheck("total", "total", str(expected), str(order.total))


def _stock(order: StandingOrder, circumstances: Circumstances) -> Failures:
    needed: dict[str, int] = {}
    for line in order.lines:
        needed[line.sku] = needed.get(line.sku, 0) + line.quantity
    safety_stock = circumstances.policy.safety_stock
    for sku, quantity in needed.items():
        product = circumstances.products.get(sku)
        if product is not None and product.stock - quantity < safety_stock:
            first = [line.sku for line in order.lines].index(sku)
            left = max(0, product.stock - safety_stock)
            yield FailedCheck("stock", f"lines.{first}.quantity", f"at most {left}", str(quantity))


def _address(order: StandingOrder, _: Circumstances | None = None) -> Failures:
    for problem in address_problems(order.shipping_address):
        yield FailedCheck("address", f"shipping_address.{problem.field}", problem.expected, problem.found)


def _address_phone(order: StandingOrder, _: Circumstances | None = None) -> Failures:
    address = order.shipping_address
    if expected := phone_problem(address.phone, address.country):
        yield FailedCheck("contact", "shipping_address.phone", expected, address.phone)


def _contact(order: StandingOrder, _: Circumstances) -> Failures:
    customer = order.customer
    if customer.email is not None and (expected := email_problem(customer.email)):
        yield FailedCheck("contact", "customer.email", expected, customer.email)
    if customer.phone is not None and (expected := phone_problem(customer.phone, order.shipping_address.country)):
        yield FailedCheck("contact", "customer.phone", expected, customer.phone)
    if not (customer.email or customer.phone or order.shipping_address.phone):
        yield FailedCheck("contact", "customer", "an e-mail address or a phone", None)


def _duplicate(order: StandingOrder, circumstances: Circumstances) -> Failures:
    for twin in circumstances.twins:
        if twin.stands_before(order.placed_at, order.order_id, circumstances.policy.duplicate_within):
            expected = f"no other order of the same within {circumstances.policy.duplicate_minutes} min"
            yield FailedCheck("duplicate", "lines", expected, twin.order_id)


def _value(order: StandingOrder, circumstances: Circumstances) -> Failures:
    limit = circumstances.policy.order_value_limit.get(order.total.currency)
    if limit is not None and order.total.amount >= limit:
        yield FailedCheck("value", "total", f"less than {limit:f} {order.total.currency}", str(order.total))


def _currency(order: StandingOrder, circumstances: Circumstances) -> Failures:
    """The policy has no amounts in it, so what compares amounts with the policy's is not judged."""
    if not circumstances.policy.knows(order.total.currency):
        yield FailedCheck("currency", "total.currency", "a currency the store's policy has amounts for", order.total.currency)


def _note(order: StandingOrder, _: Circumstances) -> Failures:
    if order.customer_note and order.customer_note.strip():
        yield FailedCheck("note", "customer_note", "no note that needs reading", order.customer_note)


_CHECKS: tuple[Callable[[StandingOrder, Circumstances], Failures], ...] = (
    _product,
    _price,
    _total,
    _stock,
    _address,
    _address_phone,
    _contact,
    _duplicate,
    _value,
    _currency,
    _note,
)
