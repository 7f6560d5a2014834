import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from deploy.local.simulator.catalogue import Product, catalogue
from deploy.local.simulator.orders import FLAWS, Order, flawed_order, good_order, sold_out_order, twin_of
from shared.contact import address_problems, email_problem, phone_problem
from shared.events.storefront import OrderPlaced


@pytest.fixture
def products() -> list[Product]:
    return catalogue(random.Random(1))


@pytest.fixture
def place(products: list[Product]) -> Callable[[int], Order]:
    return lambda seed: good_order("1", products, datetime(2026, 3, 2, tzinfo=UTC), random.Random(seed))


def test_the_shop_lists_two_hundred_products_in_several_categories(products: list[Product]) -> None:
    assert len({product.sku for product in products}) == 200
    assert len({product.category for product in products}) >= 3


def test_the_same_seed_sells_the_same(products: list[Product]) -> None:
    assert catalogue(random.Random(1)) == products


@pytest.mark.parametrize("seed", range(30))
def test_a_good_order_passes_what_can_be_checked_without_the_shop(place: Callable[[int], Order], seed: int) -> None:
    order = place(seed)
    placed = _read(order)

    lines = sum((line.unit_price.amount * line.quantity for line in placed.lines), Decimal(0))
    assert placed.total.amount == lines + placed.shipping_fee.amount == order.pays
    assert not address_problems(placed.shipping_address)
    assert not phone_problem(placed.customer.phone or "")
    assert not email_problem(placed.customer.email or "")


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flawed_order_is_wrong_but_not_malformed(place: Callable[[int], Order], flaw: str) -> None:
    good = place(1)
    flawed = flawed_order(good, flaw)

    assert _read(flawed).order_id == "1"
    assert (flawed.placed, flawed.pays) != (good.placed, good.pays)


def test_a_twin_differs_in_its_id_only(place: Callable[[int], Order]) -> None:
    twin = twin_of(place(1), "2")

    assert twin.placed == place(1).placed | {"order_id": "2"}


def test_what_is_sold_out_is_ordered_too(place: Callable[[int], Order], products: list[Product]) -> None:
    ordered = _read(sold_out_order(place(1), products)).lines[0].sku

    assert next(product for product in products if product.sku == ordered).stock == 0


def _read(order: Order) -> OrderPlaced:
    return OrderPlaced.read(json.dumps({"store_id": "demo"} | order.placed).encode())
