from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from shared.money import CurrencyMismatch, MalformedMoney, Money, places, split, total


class Priced(BaseModel, frozen=True):
    price: Money


def written(amount: str, currency: str) -> str:
    return str(Priced.model_validate({"price": {"amount": amount, "currency": currency}}).price.to_json()["amount"])


@pytest.mark.parametrize(
    ("amount", "currency", "as_written"),
    [
        ("12.50", "USD", "12.50"),
        ("12.5", "USD", "12.50"),
        ("12", "USD", "12.00"),
        ("-3.1", "EUR", "-3.10"),
        ("-0.00", "USD", "0.00"),
        ("007", "USD", "7.00"),
        ("1250", "JPY", "1250"),
        ("1.5", "KWD", "1.500"),
        ("0.0001", "CLF", "0.0001"),
        ("999999999999999.99", "USD", "999999999999999.99"),
    ],
)
def test_money_is_written_with_exactly_the_places_of_its_currency(amount: str, currency: str, as_written: str) -> None:
    assert written(amount, currency) == as_written


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("12.505", "USD"),
        ("12.500", "USD"),
        ("12.0", "JPY"),
        ("1.5000", "KWD"),
        ("1e2", "USD"),
        ("NaN", "USD"),
        ("Infinity", "USD"),
        ("", "USD"),
        ("-", "USD"),
        ("+1.00", "USD"),
        ("1.", "USD"),
        (".5", "USD"),
        ("1,000.00", "USD"),
        (" 1.00", "USD"),
        ("1.00\n", "USD"),
        ("1_0", "USD"),
        ("\u0663", "USD"),
        ("1000000000000000", "USD"),
        ("1.00", "usd"),
        ("1.00", "ZZZ"),
        ("1.00", ""),
        (12.5, "USD"),
        (12, "USD"),
        (None, "USD"),
        ("1.00", None),
    ],
)
def test_money_that_is_not_an_exact_decimal_string_of_a_known_currency_is_malformed(amount: object, currency: object) -> None:
    with pytest.raises(ValidationError) as refused:
        Priced.model_validate({"price": {"amount": amount, "currency": currency}})

    assert [error["loc"] for error in refused.value.errors()] == [("price",)]


@pytest.mark.parametrize("given_money", ["12.50", 12.5, None, [], {}, {"amount": "1.00"}, {"currency": "USD"}])
def test_only_an_object_with_both_parts_is_money(given_money: object) -> None:
    with pytest.raises(ValidationError):
        Priced.model_validate({"price": given_money})


def test_unknown_parts_of_money_are_ignored_on_input() -> None:
    read = Priced.model_validate_json('{"price": {"amount": "1.00", "currency": "USD", "formatted": "$1"}}')

    assert read.price == Money(Decimal(1), "USD")
    assert read.model_dump_json() == '{"price":{"amount":"1.00","currency":"USD"}}'


def test_the_schema_says_that_the_amount_is_a_string() -> None:
    schema = Priced.model_json_schema()["properties"]["price"]

    assert schema["properties"]["amount"]["type"] == "string"
    assert schema["required"] == ["amount", "currency"]


def test_an_amount_from_a_wider_column_gets_the_places_of_its_currency() -> None:
    assert Money(Decimal("12.5000"), "USD").to_json() == {"amount": "12.50", "currency": "USD"}


@pytest.mark.parametrize("amount", ["12.505", "NaN", "-Infinity"])
def test_an_amount_is_never_rounded_silently(amount: str) -> None:
    with pytest.raises(MalformedMoney):
        Money(Decimal(amount), "USD")


def test_amounts_of_different_currencies_neither_add_nor_compare() -> None:
    dollar, euro = Money(Decimal(1), "USD"), Money(Decimal(1), "EUR")

    for forbidden in (
        lambda: dollar + euro,
        lambda: dollar - euro,
        lambda: dollar < euro,
        lambda: dollar >= euro,
        lambda: total([euro], "USD"),
    ):
        with pytest.raises(CurrencyMismatch):
            forbidden()
    assert dollar != euro


def test_equal_amounts_are_equal_however_they_were_written() -> None:
    assert Money.parse("12.5", "USD") == Money.parse("12.50", "USD")
    assert len({Money.parse("12.5", "USD"), Money.parse("12.50", "USD")}) == 1


def test_the_total_of_nothing_is_zero_of_the_currency() -> None:
    assert total([], "JPY") == Money.zero("JPY")


@given(st.lists(st.decimals(min_value=-(10**15), max_value=10**15, places=2), max_size=20), st.integers(-(10**9), 10**9))
def test_arithmetic_is_exact(amounts: list[Decimal], count: int) -> None:
    moneys = [Money(amount, "USD") for amount in amounts]

    assert total(moneys, "USD").to_json()["amount"] == f"{Decimal(sum(int(amount * 100) for amount in amounts)) / 100:.2f}".replace(
        "-0.00", "0.00"
    )
    assert all((money * count).amount * 100 == int(money.amount * 100) * count for money in moneys[:1] if abs(money.amount) < 10**9)


@given(st.decimals(min_value=-(10**15) + 1, max_value=10**15 - 1, places=3))
def test_what_is_written_reads_back_as_the_same_money(amount: Decimal) -> None:
    money = Money(amount, "KWD")

    assert Priced.model_validate_json(Priced(price=money).model_dump_json()).price == money


@given(
    st.integers(-(10**9), 10**9), st.lists(st.decimals(0, 10**6, places=2), min_size=1, max_size=9), st.sampled_from(["USD", "KWD", "JPY"])
)
def test_parts_in_proportion_add_up_to_the_amount(units: int, weights: list[Decimal], currency: str) -> None:
    amount = Money(Decimal(units).scaleb(-places(currency)), currency)

    parts = split(amount, weights)

    assert (len(parts), total(parts, currency)) == (len(weights), amount)


def test_parts_are_as_even_as_units_allow_and_without_weights_the_first_has_all() -> None:
    ten = Money.parse("10.00", "USD")

    assert [str(part.amount) for part in split(ten, [Decimal(1)] * 3)] == ["3.33", "3.34", "3.33"]
    assert [str(part.amount) for part in split(ten, [Decimal(0)] * 2)] == ["10.00", "0.00"]
