"""A shop with two hundred products, and orders of as many customers as there are orders."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import uuid4

import orjson

from shared.events import examples
from shared.events.storefront import ProductListed

STORE = "bench"
# a customer pays while others order: an order is mostly paid in a later chunk than it is placed in
PAID_AFTER = 2_000
_PRODUCTS = 200
_OPENED = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
_FIRST = (
    "Li",
    "Emma",
    "Jonas",
    "Yuki",
    "Olivia",
    "Camille",
    "Wei",
    "Noah",
    "Mia",
    "Haruto",
    "Sofia",
    "Liam",
    "Chen",
    "Louis",
    "Ella",
    "Ben",
)
_LAST = (
    "Lei",
    "Clark",
    "Weber",
    "Sato",
    "Smith",
    "Martin",
    "Zhang",
    "Young",
    "Wagner",
    "Suzuki",
    "Hughes",
    "Petit",
    "Wang",
    "Hill",
    "Koch",
)
_STREETS = ("Long Street", "Station Road", "Garden Lane", "Market Square", "Mill Way", "Church Walk", "Harbour View", "Park Avenue")
_PLACES = (
    ("+86138{:08d}", {"country": "CN", "city": "Hangzhou", "region": "Zhejiang", "postal_code": "310000"}),
    ("+1212{:07d}", {"country": "US", "city": "New York", "region": "NY", "postal_code": "10001"}),
    ("+49151{:08d}", {"country": "DE", "city": "Berlin", "region": None, "postal_code": "10115"}),
    ("+44740{:07d}", {"country": "GB", "city": "London", "region": None, "postal_code": "NW1 6XE"}),
    ("+81902{:07d}", {"country": "JP", "city": "Chiyoda-ku", "region": "Tokyo", "postal_code": "100-0001"}),
    ("+336{:08d}", {"country": "FR", "city": "Lyon", "region": None, "postal_code": "69001"}),
)
_MOMENTS = ("tracked_at", "delivered_at", "paid_at", "placed_at")
_FIRST_PHONE = 2_000_000  # from here on a million numbers are phones in each of the countries


class Record(NamedTuple):
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


def listings() -> list[ProductListed]:
    return [ProductListed.read(orjson.dumps(_listing(number))) for number in range(_PRODUCTS)]


def placed(number: int, **changed: object) -> dict[str, Any]:
    """Three lines, and nothing a check could hold; a customer, a phone and an address of its own."""
    chance = random.Random(number)
    lines = [(sku, chance.randint(1, 3)) for sku in chance.sample(range(_PRODUCTS), 3)]
    phone, place = _PLACES[number % len(_PLACES)]
    name, phone = f"{chance.choice(_FIRST)} {chance.choice(_LAST)}", phone.format(_FIRST_PHONE + number % 1_000_000)
    email = f"{name.replace(' ', '.').lower()}.{number}@example.com"
    return {
        "store_id": STORE,
        "order_id": f"B{number:08d}",
        "placed_at": (_OPENED + timedelta(minutes=30, milliseconds=10 * (number % 100_000))).isoformat(),
        "customer": {"customer_id": f"c-{number}", "name": name, "email": email, "phone": phone, "language": "en"},
        "shipping_address": {"recipient": name, "line1": f"{chance.randint(1, 300)} {chance.choice(_STREETS)}", "phone": phone, **place},
        "lines": [_line(str(position), *line) for position, line in enumerate(lines, 1)],
        "shipping_fee": examples.money("4.90"),
        "tax": examples.money("1.00"),
        "total": examples.money(str(sum((_price(sku) * quantity for sku, quantity in lines), Decimal("5.90")))),
        **changed,
    }


def records(orders: int, *, first: int = 0) -> list[Record]:
    """Every order placed and paid, as one storefront says it."""
    return list(_told([placed(number) for number in range(first, first + orders)]))


def _told(orders: list[dict[str, Any]]) -> Iterator[Record]:
    after = min(PAID_AFTER, len(orders) // 2)
    for order, earlier in zip([*orders, *[None] * after], [*[None] * after, *orders], strict=True):
        if order:
            yield record("order-placed", order)
        if earlier:
            payment = {
                "payment_id": f"pay-{uuid4()}",
                "payment_method": "paypal",
                "paid_at": earlier["placed_at"],
                "amount": earlier["total"],
            }
            yield record("order-paid", {"store_id": STORE, "order_id": earlier["order_id"], **payment})


def record(name: str, content: dict[str, Any]) -> Record:
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": str(uuid4()),
        "ce_type": name,
        "ce_source": f"/stores/{STORE}",
        "ce_time": next(content[moment] for moment in _MOMENTS if moment in content),
        "ce_subject": content["order_id"],
        "traceparent": f"00-{random.getrandbits(128):032x}-{random.getrandbits(64):016x}-01",
        "content-type": "application/json",
    }
    headers = [(header, text.encode()) for header, text in attributes.items()]
    return Record(f"{STORE}/{content['order_id']}".encode(), orjson.dumps(content), headers)


def _line(line_id: str, product: int, quantity: int) -> dict[str, object]:
    listed = _listing(product)
    return {"line_id": line_id, "sku": listed["sku"], "name": listed["name"], "quantity": quantity, "unit_price": listed["price"]}


def _listing(number: int) -> dict[str, object]:
    price = examples.money(str(_price(number)))
    told = {"store_id": STORE, "sku": f"SKU-{number:04d}", "name": f"A thing of number {number}", "price": price, "list_price": price}
    return {**ProductListed.example, **told, "stock": 1_000_000_000, "updated_at": _OPENED.isoformat()}


def _price(number: int) -> Decimal:
    return Decimal(300 + number * 37) / 100
