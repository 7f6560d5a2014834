"""ORD-2: every check at its boundary."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from services.orders.domain.catalogue import OfferFact, ProductFact
from services.orders.domain.checks import Circumstances, FailedCheck, failed_address_checks, failed_checks, waits_for_payment_only
from services.orders.domain.policy import OrderPolicy
from services.orders.domain.twins import Twin, twin_keys
from shared.bounds import PolicyOutOfRange
from shared.events.storefront import OrderPaid, OrderPlaced
from shared.money import Money
from tests.services.orders.builders import DAY, MINUTE, MONDAY, line, money, paid, placed

USD = "USD"
SECOND = timedelta(seconds=1)
GUEST = {"customer_id": None}


def product(price: str = "12.50", *, wholesale: str | None = None, stock: int = 100, currency: str = USD) -> ProductFact:
    return ProductFact(Money.parse(price, currency), Money.parse(wholesale, currency) if wholesale else None, stock, "mugs")


def failures(order: OrderPlaced, *payments: OrderPaid, mug: ProductFact | None = None, **more: Any) -> list[FailedCheck]:
    """Of an order that is paid in full unless told otherwise."""
    policy = more.pop("policy", OrderPolicy())
    circumstances = Circumstances(policy, {"MUG-RED": mug or product()}, **more)
    given = payments or (paid(amount=str(order.total.amount), currency=order.total.currency),)
    return list(failed_checks(order, {each.payment_id: each for each in given}, circumstances))


def of(unit_price: str, quantity: int = 1, currency: str = USD, **changed: Any) -> OrderPlaced:
    """So many mugs at this price, without fee, its total right."""
    total = str(Decimal(unit_price) * quantity)
    nothing = "0" if currency == "JPY" else "0.00"
    lines = [line(quantity=quantity, unit_price=unit_price, currency=currency)]
    same: dict[str, Any] = {"discount": None, "tax": None, "shipping_fee": money(nothing, currency), "total": money(total, currency)}
    return placed(lines=lines, **same, **changed)


def checks(found: list[FailedCheck]) -> list[tuple[str, str]]:
    return [(failure.check, failure.field) for failure in found]


def test_an_order_with_nothing_wrong_passes() -> None:
    assert failures(placed()) == []


def test_all_failures_are_told_with_what_was_expected_and_found() -> None:
    order = placed(lines=[line(unit_price="1.00"), line("CUP", line_id="2")], customer_note="Hi", address={"city": " "})

    assert failures(order, paid(amount="1.00")) == [
        FailedCheck("payment", "paid", "29.00 USD", "1.00 USD"),
        FailedCheck("product", "lines.1.sku", "a product of the store", "CUP"),
        FailedCheck("price", "lines.0.unit_price", "12.50 USD", "1.00 USD"),
        FailedCheck("total", "total", "32.00 USD", "29.00 USD"),
        FailedCheck("address", "shipping_address.city", "a city", ""),
        FailedCheck("note", "customer_note", "no note that needs reading", "Hi"),
    ]


@pytest.mark.parametrize(("unit_price", "passes"), [("12.51", True), ("12.49", True), ("12.52", False), ("12.48", False)])
def test_a_price_may_differ_by_a_cent(unit_price: str, passes: bool) -> None:  # noqa: FBT001
    assert (failures(of(unit_price)) == []) is passes


@pytest.mark.parametrize(("changed", "passes"), [({}, False), ({"wholesale": True}, True), ({"dropship": True}, True)])
def test_the_wholesale_price_is_for_wholesale_and_dropship(changed: dict[str, Any], passes: bool) -> None:  # noqa: FBT001
    assert (failures(of("9.00", **changed), mug=product(wholesale="9.00")) == []) is passes


def test_a_price_in_another_currency_is_not_the_price() -> None:
    assert checks(failures(of("12.50"), mug=product(currency="EUR"))) == [("price", "lines.0.unit_price")]


@pytest.mark.parametrize(
    ("changed", "passes"),
    [
        ({}, True),
        ({"percent": None, "amount": Money.parse("2.50", USD)}, True),
        ({"customer_id": "c-9"}, False),
        ({"sku": "CUP"}, False),
        ({"category": "mugs", "sku": None}, True),
        ({"category": "cups", "sku": None}, False),
        ({"quantity_from": 2}, True),
        ({"quantity_from": 3}, False),
        ({"expires_at": MONDAY + SECOND}, True),
        ({"expires_at": MONDAY}, False),
    ],
)
def test_an_offer_holds_for_its_customer_product_quantity_and_time(changed: dict[str, Any], passes: bool) -> None:  # noqa: FBT001
    plain: dict[str, Any] = {
        "offer_id": uuid4(), "code": "LILEI-20", "customer_id": "c-81", "sku": "MUG-RED", "category": None,
        "percent": Decimal(20), "amount": None, "quantity_from": 1, "expires_at": MONDAY + DAY,
    }  # fmt: skip

    assert (failures(of("10.00", 2, offer_code="LILEI-20"), offers=[OfferFact(**(plain | changed))]) == []) is passes


@pytest.mark.parametrize(("total", "passes"), [("29.00", True), ("29.01", False), ("28.99", False)])
def test_the_total_adds_up_exactly(total: str, passes: bool) -> None:  # noqa: FBT001
    assert (failures(placed(total=money(total))) == []) is passes


def test_discounts_fee_and_tax_are_part_of_the_total() -> None:
    order = placed(discount=money("3.00"), tax=money("2.00"), shipping_fee=money("4.00"), total=money("27.00"))

    assert failures(order) == []


@pytest.mark.parametrize(
    ("payments", "terms", "fields"),
    [
        ([paid()], "prepaid", []),
        ([paid(amount="30.00")], "prepaid", []),
        ([paid(amount="28.99")], "prepaid", ["paid"]),
        ([paid(amount="20.00"), paid(amount="9.00", payment_id="pay-2")], "prepaid", []),
        ([paid(currency="EUR")], "prepaid", ["paid", "payments"]),
        ([paid(), paid(currency="EUR", payment_id="pay-2")], "prepaid", []),
        ([paid(amount="1.00")], "on-delivery", []),
    ],
)
def test_an_order_is_paid_in_full_or_on_delivery(payments: list[OrderPaid], terms: str, fields: list[str]) -> None:
    assert checks(failures(placed(payment_terms=terms), *payments)) == [("payment", field) for field in fields]


def test_only_an_order_that_is_wholly_unpaid_and_otherwise_right_waits_for_its_payment() -> None:
    circumstances = Circumstances(OrderPolicy(), {"MUG-RED": product()})

    def waits(order: OrderPlaced, *payments: OrderPaid) -> bool:
        given = {each.payment_id: each for each in payments}
        return waits_for_payment_only(order, given, failed_checks(order, given, circumstances))

    assert waits(placed())
    assert not waits(placed(), paid(amount="1.00"))
    assert not waits(placed(customer_note="Hi"))
    assert failed_checks(placed(payment_terms="on-delivery"), {}, circumstances) == ()


@pytest.mark.parametrize(("stock", "found"), [(5, []), (4, ["at most 1"]), (0, ["at most 0"])])
def test_the_safety_stock_stays(stock: int, found: list[str]) -> None:
    assert [failure.expected for failure in failures(placed(), mug=product(stock=stock))] == found


def test_lines_of_one_product_take_from_the_same_stock() -> None:
    order = placed(lines=[line(quantity=1), line(quantity=1, line_id="2")], total=money("30.00"), discount=None)

    assert checks(failures(order, mug=product(stock=4))) == [("stock", "lines.0.quantity")]


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ({"postal_code": "1"}, ["postal_code"]),
        ({"recipient": "", "line1": ""}, ["recipient", "line1"]),
        ({"country": "XX"}, ["country"]),
        ({"phone": "13800138000"}, ["phone"]),
        ({"phone": ""}, ["phone"]),
    ],
)
def test_the_address_is_complete_for_its_country_also_after_the_confirmation(address: dict[str, str], fields: list[str]) -> None:
    order = placed(address=address)

    assert [failure.field.removeprefix("shipping_address.") for failure in failed_address_checks(order)] == fields
    assert {failure.field for failure in failures(order)} >= {f"shipping_address.{field}" for field in fields}


@pytest.mark.parametrize(
    ("customer", "fields"),
    [
        ({"email": "li@"}, ["customer.email"]),
        ({"phone": "12"}, ["customer.phone"]),
        ({"email": None, "phone": None}, []),
        ({"email": None, **GUEST}, []),
        ({"email": "", "phone": "138 0013 8000"}, ["customer.email", "customer.phone"]),
    ],
)
def test_phone_and_email_have_their_form(customer: dict[str, Any], fields: list[str]) -> None:
    assert checks(failures(placed(customer=customer))) == [("contact", field) for field in fields]


def test_somebody_can_be_reached() -> None:
    order = placed(customer={"email": None, "phone": None}, address={"phone": ""})

    assert ("contact", "customer") in checks(failures(order))


@pytest.mark.parametrize(
    ("twin", "passes"),
    [
        (Twin("10000", MONDAY - 10 * MINUTE, is_confirmed=False, is_cancelled=False), False),
        (Twin("10000", MONDAY - 10 * MINUTE - SECOND, is_confirmed=False, is_cancelled=False), True),
        (Twin("10000", MONDAY - MINUTE, is_confirmed=True, is_cancelled=True), True),
        (Twin("10000", MONDAY + MINUTE, is_confirmed=False, is_cancelled=False), True),
        (Twin("10000", MONDAY + MINUTE, is_confirmed=True, is_cancelled=False), False),
        (Twin("10000", MONDAY, is_confirmed=False, is_cancelled=False), False),
        (Twin("10002", MONDAY, is_confirmed=False, is_cancelled=False), True),
    ],
)
def test_the_later_of_two_equal_orders_within_ten_minutes_is_a_duplicate(twin: Twin, passes: bool) -> None:  # noqa: FBT001
    assert (failures(placed(), twins=[twin]) == []) is passes


def test_twins_share_the_customer_the_email_or_the_phone_and_the_quantities_by_sku() -> None:
    order = placed()
    split = placed(lines=[line(quantity=1), line(quantity=1, line_id="2")], customer={"customer_id": "c-2", "email": "x@example.com"})
    more = placed(lines=[line(quantity=3)])
    cased = placed(customer={"customer_id": "c-3", "email": "LI@example.com", "phone": None})

    assert len(set(twin_keys(order))) == 3
    assert len(set(twin_keys(order)) & set(twin_keys(split))) == 1
    assert set(twin_keys(order)).isdisjoint(twin_keys(more))
    assert len(set(twin_keys(order)) & set(twin_keys(cased))) == 1


@pytest.mark.parametrize(("unit_price", "passes"), [("4999.99", True), ("5000.00", False)])
def test_an_order_of_five_thousand_is_looked_at(unit_price: str, passes: bool) -> None:  # noqa: FBT001
    assert (failures(of(unit_price), mug=product(unit_price)) == []) is passes


def test_yen_have_a_limit_of_their_own_and_no_tolerance_below_one() -> None:
    yen = product("20000", currency="JPY")

    assert failures(of("20000", currency="JPY"), mug=yen) == []
    assert checks(failures(of("20001", currency="JPY"), mug=yen)) == [("price", "lines.0.unit_price")]


def test_a_currency_the_policy_does_not_know_holds_and_judges_no_amount() -> None:
    policy = OrderPolicy(order_value_limit={"EUR": Decimal(1)}, price_tolerance={"EUR": Decimal(0)})

    assert checks(failures(of("9.00"), policy=policy)) == [("currency", "total.currency")]


@pytest.mark.parametrize(("note", "passes"), [(None, True), ("", True), (" \n", True), ("x", False)])
def test_a_note_needs_reading_unless_it_is_blank(note: str | None, passes: bool) -> None:  # noqa: FBT001
    assert (failures(placed(customer_note=note)) == []) is passes


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"safety_stock": -1}, "values.safety_stock"),
        ({"order_value_limit": {"XXY": Decimal(1)}}, "values.order_value_limit"),
        ({"price_tolerance": {"USD": Decimal(-1)}}, "values.price_tolerance.USD"),
        ({"order_value_limit": {"JPY": Decimal("5000.5")}}, "values.order_value_limit.JPY"),
    ],
)
def test_a_policy_is_within_reason_and_names_the_number_that_is_not(values: dict[str, Any], field: str) -> None:
    with pytest.raises(PolicyOutOfRange) as refused:
        OrderPolicy(**values)

    assert [problem.field for problem in refused.value.fields] == [field]
