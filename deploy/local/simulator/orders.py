"""Orders of the sample shop's customers: most are fine, some are wrong in each way a check knows (ORD-2), a few are no orders at all."""

import random
from collections.abc import Callable, Sequence
from copy import deepcopy
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from deploy.local.listening import Json
from deploy.local.simulator.catalogue import CENT, Product

CURRENCY = "USD"
PEOPLE = (
    ("Li Lei", "zh-CN", "+86138001{:05d}", ("1 Long Street", "Hangzhou", "Zhejiang", "310000", "CN")),
    ("Han Meimei", "zh-CN", "+86139002{:05d}", ("88 Nanjing Road", "Shanghai", "Shanghai", "200001", "CN")),
    ("Emma Clark", "en", "+1212555{:04d}", ("20 West 34th Street", "New York", "NY", "10001", "US")),
    ("Jonas Weber", "de", "+4930123{:05d}", ("Invalidenstr. 117", "Berlin", None, "10115", "DE")),
    ("Yuki Sato", "ja", "+8190123{:05d}", ("1-1 Chiyoda", "Chiyoda-ku", "Tokyo", "100-0001", "JP")),
    ("Olivia Smith", "en-GB", "+4420794{:05d}", ("10 Baker Street", "London", None, "NW1 6XE", "GB")),
)
SHIPPING = Decimal("4.90")


class Order(NamedTuple):
    """As placed, and what its customer will pay for it."""

    placed: Json
    pays: Decimal
    flaw: str | None

    @property
    def order_id(self) -> str:
        return str(self.placed["order_id"])

    @property
    def customer(self) -> Json:
        return _part(self.placed, "customer")

    @property
    def address(self) -> Json:
        return _part(self.placed, "shipping_address")

    @property
    def language(self) -> str:
        return str(self.customer["language"])

    @property
    def country(self) -> str:
        return str(self.address["country"])

    @property
    def first_line(self) -> Json:
        return _first_line(self.placed)


def money(amount: Decimal, currency: str = CURRENCY) -> Json:
    return {"amount": str(amount.quantize(CENT)), "currency": currency}


def good_order(order_id: str, products: Sequence[Product], at: datetime, chance: random.Random) -> Order:
    """Passes every check once it is paid."""
    chosen = chance.sample([product for product in products if not product.is_scarce], chance.randint(1, 3))
    lines = [(product, chance.randint(1, 3)) for product in chosen]
    total = sum((product.price * quantity for product, quantity in lines), SHIPPING)
    placed: Json = {
        "order_id": order_id,
        "placed_at": at.isoformat(),
        **_person(chance),
        "lines": [_line(str(number), product, quantity) for number, (product, quantity) in enumerate(lines, 1)],
        "shipping_fee": money(SHIPPING),
        "total": money(total),
    }
    return Order(placed, total, None)


def _person(chance: random.Random) -> Json:
    name, language, phones, (line1, city, region, postal_code, country) = chance.choice(PEOPLE)
    number = chance.randrange(1000, 9999)
    phone = phones.format(number)
    customer: Json = {
        "customer_id": f"c-{number}",
        "name": name,
        "email": f"{name.split()[0].lower()}.{number}@example.com",
        "phone": phone,
        "language": language,
    }
    address: Json = {"recipient": name, "line1": line1, "city": city, "region": region, "postal_code": postal_code, "country": country}
    return {"customer": customer, "shipping_address": address | {"phone": phone}}


def _line(line_id: str, product: Product, quantity: int) -> Json:
    return {"line_id": line_id, "sku": product.sku, "name": product.name, "quantity": quantity, "unit_price": money(product.price)}


def changed_address(order: Order) -> Json:
    """The customer moved to the house next door."""
    return order.address | {"line2": "Second floor"}


def _part(whole: Json, name: str) -> Json:
    part = whole[name]
    assert isinstance(part, dict)
    return part


def _first_line(placed: Json) -> Json:
    lines = placed["lines"]
    assert isinstance(lines, list)
    assert isinstance(lines[0], dict)
    return lines[0]


def _unknown_product(order: Order) -> Order:
    _first_line(order.placed)["sku"] = "NEVER-LISTED"
    return order


def _wrong_price(order: Order) -> Order:
    """One cent would be forgiven."""
    line = _first_line(order.placed)
    amount = Decimal(str(_part(line, "unit_price")["amount"])) - Decimal("0.50")
    line["unit_price"] = money(amount)
    return _at(order, order.pays - Decimal("0.50") * int(str(line["quantity"])))


def _wrong_total(order: Order) -> Order:
    return _at(order, order.pays + Decimal("1.00"))


def _underpaid(order: Order) -> Order:
    return order._replace(pays=order.pays - Decimal("1.00"))


def _incomplete_address(order: Order) -> Order:
    _part(order.placed, "shipping_address")["postal_code"] = ""
    return order


def _bad_phone(order: Order) -> Order:
    _part(order.placed, "customer")["phone"] = "+86123"
    return order


def _bad_email(order: Order) -> Order:
    _part(order.placed, "customer")["email"] = "li.lei at example"
    return order


def _too_dear(order: Order) -> Order:
    """Five thousand and more is looked at by a person."""
    line = _first_line(order.placed)
    price = Decimal(str(_part(line, "unit_price")["amount"]))
    more = int(5000 / price) + 1
    line["quantity"] = int(str(line["quantity"])) + more
    return _at(order, order.pays + price * more)


def _unknown_currency(order: Order) -> Order:
    """The policy has no amounts in Icelandic crowns, which also have no cents."""
    line = _first_line(order.placed)
    order.placed["lines"] = [line | {"quantity": 1, "unit_price": {"amount": "1500", "currency": "ISK"}}]
    order.placed["shipping_fee"] = {"amount": "0", "currency": "ISK"}
    order.placed["total"] = {"amount": "1500", "currency": "ISK"}
    return order._replace(pays=Decimal(1500))


def _note(order: Order) -> Order:
    order.placed["customer_note"] = "Please wrap it as a gift, and write: happy birthday!"
    return order


def _at(order: Order, total: Decimal) -> Order:
    order.placed["total"] = money(total)
    return order._replace(pays=total)


FLAWS: dict[str, Callable[[Order], Order]] = {
    "unknown product": _unknown_product,
    "wrong price": _wrong_price,
    "wrong total": _wrong_total,
    "underpaid": _underpaid,
    "incomplete address": _incomplete_address,
    "bad phone": _bad_phone,
    "bad e-mail": _bad_email,
    "too dear": _too_dear,
    "unknown currency": _unknown_currency,
    "customer note": _note,
}


def flawed_order(order: Order, flaw: str) -> Order:
    """The same order with one thing wrong."""
    return FLAWS[flaw](Order(deepcopy(order.placed), order.pays, flaw))


def sold_out_order(order: Order, products: Sequence[Product]) -> Order:
    scarce = next(product for product in products if product.is_scarce)
    placed = deepcopy(order.placed) | {"lines": [_line("1", scarce, 1)]}
    return _at(Order(placed, order.pays, "sold out"), scarce.price + SHIPPING)


def twin_of(order: Order, order_id: str) -> Order:
    """The same customer orders the same once more."""
    return order._replace(placed=deepcopy(order.placed) | {"order_id": order_id}, flaw="duplicate")
