import json
from collections.abc import Callable

import pytest
from pydantic import JsonValue

from shared.events.malformed import SHOWN, Malformed
from shared.events.orders import OrderConfirmed
from shared.events.shop import BusinessHours
from shared.events.storefront import MessagePosted, OrderPaid, OrderPlaced, ProductListed, StoreUpdated
from tests.contracts.examples import example

SECRET = "secret-7"
GUEST: dict[str, JsonValue] = {"customer_id": None, "name": "Han Meimei", "email": None, "phone": None, "language": "en"}


def order(path: str, value: object) -> bytes:
    """An order as it should be with one thing changed; `...` takes it away."""
    return json.dumps(_with(OrderPlaced.example, path.split("."), value)).encode()


def _with(node: object, way: list[str], value: object) -> object:
    here, *further = way
    if isinstance(node, list):
        return [(_with(inner, further, value) if further else value) if str(place) == here else inner for place, inner in enumerate(node)]
    assert isinstance(node, dict)
    inner = _with(node[here], further, value) if further else value
    rest = {field: said for field, said in node.items() if field != here}
    return rest if inner is ... else rest | {here: inner}


def problems_of(read: Callable[[bytes], object], raw: bytes) -> list[tuple[str, str]]:
    with pytest.raises(Malformed) as refused:
        read(raw)
    assert SECRET not in f"{refused.value} {refused.value.problems}"
    return [(problem.field, problem.rule) for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("path", "value", "field", "rule"),
    [
        ("order_id", ..., "order_id", "missing"),
        ("order_id", 10001, "order_id", "string-type"),
        ("order_id", f"{SECRET}/1", "order_id", "string-pattern-mismatch"),
        ("order_id", "..", "order_id", "string-pattern-mismatch"),
        ("order_id", "a\n", "order_id", "string-pattern-mismatch"),
        ("order_id", "", "order_id", "string-too-short"),
        ("order_id", SECRET * 10, "order_id", "string-too-long"),
        ("store_id", "Demo Shop " + SECRET, "store_id", "string-pattern-mismatch"),
        ("lines", [], "lines", "too-short"),
        ("lines", {"0": SECRET}, "lines", "tuple-type"),
        ("lines.0", SECRET, "lines.0", "model-type"),
        ("lines.0.quantity", 0, "lines.0.quantity", "greater-than-equal"),
        ("lines.0.quantity", "2", "lines.0.quantity", "int-type"),
        ("lines.0.quantity", 2.0, "lines.0.quantity", "int-type"),
        ("lines.0.quantity", True, "lines.0.quantity", "int-type"),
        ("lines.0.quantity", 10**30, "lines.0.quantity", "less-than-equal"),
        ("lines.0.unit_price", ..., "lines.0.unit_price", "missing"),
        ("lines.0.unit_price", 12.5, "lines.0.unit_price", "money"),
        ("lines.0.unit_price", {"amount": 12.5, "currency": "USD"}, "lines.0.unit_price", "money"),
        ("lines.0.unit_price", {"amount": "12.505", "currency": "USD"}, "lines.0.unit_price", "money"),
        ("lines.0.unit_price", {"amount": SECRET, "currency": "USD"}, "lines.0.unit_price", "money"),
        ("lines.0.unit_price", {"amount": "12.50", "currency": "EUR"}, "lines.0.unit_price", "one-currency"),
        ("lines.0.discount", {"amount": "1.00", "currency": "EUR"}, "lines.0.discount", "one-currency"),
        ("discount", {"amount": "1.00", "currency": "EUR"}, "discount", "one-currency"),
        ("shipping_fee", {"amount": "5.00", "currency": "EUR"}, "shipping_fee", "one-currency"),
        ("tax", {"amount": "1.0", "currency": "JPY"}, "tax", "money"),
        ("total", {"amount": "29", "currency": "JPY"}, "discount", "one-currency"),
        ("lines", [OrderPlaced.example["lines"][0]] * 2, "lines", "unique-line-ids"),  # type: ignore[index]
        ("placed_at", "2026-03-02T08:15:04", "placed_at", "time"),
        ("placed_at", "2026-03-02", "placed_at", "time"),
        ("placed_at", "1772439304", "placed_at", "time"),
        ("placed_at", 1772439304, "placed_at", "time"),
        ("placed_at", "2026-02-30T08:15:04Z", "placed_at", "time"),
        ("placed_at", "0001-01-01T00:00:00+14:00", "placed_at", "time"),
        ("placed_at", "0001-12-31T23:59:59Z", "placed_at", "time"),
        ("placed_at", "9999-01-01T00:00:00Z", "placed_at", "time"),
        ("placed_at", SECRET, "placed_at", "time"),
        ("customer", GUEST, "customer.email", "guest-contact"),
        ("customer", GUEST | {"email": "", "phone": ""}, "customer.email", "guest-contact"),
        ("customer.name", None, "customer.name", "string-type"),
        ("customer.phone", ..., "customer.phone", "missing"),
        ("customer.language", f"{SECRET}!", "customer.language", "string-pattern-mismatch"),
        ("shipping_address", ..., "shipping_address", "missing"),
        ("shipping_address.city", ..., "shipping_address.city", "missing"),
        ("shipping_address.city", SECRET * 100, "shipping_address.city", "string-too-long"),
        ("payment_terms", SECRET, "payment_terms", "literal-error"),
        ("wholesale", "yes", "wholesale", "bool-type"),
        ("customer_note", f"{SECRET}\0", "customer_note", "nul"),
        ("lines.0.name", "\0", "lines.0.name", "nul"),
        ("lines.0.no_such_field", {SECRET: "\0"}, "lines.0", "nul"),
        (f"customer.{SECRET}\0", 1, "customer", "nul"),
    ],
)
def test_a_malformed_order_names_the_field_and_the_rule_and_repeats_nothing(path: str, value: object, field: str, rule: str) -> None:
    assert problems_of(OrderPlaced.read, order(path, value)) == [(field, rule)]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("shipping_address.city", ""),
        ("shipping_address.country", "Nowhere"),
        ("shipping_address.phone", "call me"),
        ("shipping_address.line2", ...),
        ("shipping_address.region", None),
        ("customer.email", "no e-mail"),
        ("customer.phone", None),
        ("customer", GUEST | {"phone": "+12025550123"}),
        ("customer", GUEST | {"email": "han@example.com"}),
        ("total", {"amount": "1.00", "currency": "USD"}),
        ("lines.0.unit_price", {"amount": "-12.5", "currency": "USD"}),
        ("lines.0.discount", ...),
        ("discount", None),
        ("tax", ...),
        ("payment_terms", ...),
        ("offer_code", ...),
        ("customer_note", r"C:\u0000 is a path"),
        ("wholesale", ...),
        ("dropship", ...),
        ("order_id", "№ 7.…"),
        ("order_id", "..."),
        ("order_id", ".7"),
        ("order_id", "x" * 64),
        ("placed_at", "2026-03-02T16:15:04.123456789+08:00"),
    ],
)
def test_everything_else_is_well_formed_and_for_the_checks_to_judge(path: str, value: object) -> None:
    placed = OrderPlaced.read(order(path, value))

    assert OrderPlaced.read(placed.json_bytes()) == placed


@pytest.mark.parametrize("raw", [b"", b"{", b"null{", b"\xff\xfe", b'{"order_id": "\xc3\x28"}', b'{"order_id": "\\ud800"}', b"[" * 10_000])
def test_what_is_not_json_is_malformed(raw: bytes) -> None:
    assert problems_of(OrderPlaced.read, raw) == [("", "json-invalid")]


@pytest.mark.parametrize("raw", [b"null", b"[]", b'"order"', b"7"])
def test_what_is_no_object_is_malformed(raw: bytes) -> None:
    assert problems_of(OrderPlaced.read, raw) == [("", "model-type")]


def test_every_broken_field_is_named_at_once_and_the_reason_stays_short() -> None:
    lines = [{"line_id": str(number)} for number in range(100)]

    with pytest.raises(Malformed) as refused:
        OrderPlaced.read(order("lines", lines))

    assert len(refused.value.problems) == 400
    assert str(refused.value).count(";") == SHOWN - 1
    assert str(refused.value).startswith("lines.0.sku must be there; ")


@pytest.mark.parametrize("attributes", ['{"a": {"b": ["\\u0000"]}}', '{"a\\u0000": 1}', '{"a": NaN}', '{"a": [1e999]}', "[]"])
def test_free_attributes_hold_nothing_that_cannot_be_stored(attributes: str) -> None:
    raw = json.dumps(ProductListed.example | {"attributes": 0}).replace('"attributes": 0', f'"attributes": {attributes}')

    assert [field for field, _ in problems_of(ProductListed.read, raw.encode())] == ["attributes"]


@pytest.mark.parametrize(
    ("fact", "value", "rule"),
    [
        ("payment_method", "cheque", "literal-error"),
        ("payment_id", "", "string-too-short"),
        ("amount", None, "money"),
        ("paid_at", None, "time"),
    ],
)
def test_a_malformed_payment_names_the_field(fact: str, value: object, rule: str) -> None:
    assert problems_of(OrderPaid.read, json.dumps(OrderPaid.example | {fact: value}).encode()) == [(fact, rule)]


def test_a_name_the_sender_made_up_is_not_repeated() -> None:
    raw = json.dumps(ProductListed.example | {"attributes": {SECRET * 100: 1}}).encode()

    assert problems_of(ProductListed.read, raw) == [("attributes", "string-too-long")]


def test_a_message_needs_somebody_who_wrote_it() -> None:
    raw = json.dumps(MessagePosted.example | {"customer": None}).encode()

    assert problems_of(MessagePosted.read, raw) == [("customer", "author")]


@pytest.mark.parametrize(
    ("fact", "value"), [("time_zone", "Mars/Base"), ("time_zone", "../etc"), ("currency", "ABC"), ("holiday_country", "China")]
)
def test_a_shop_has_a_zone_a_currency_and_a_country_that_exist(fact: str, value: str) -> None:
    raw = json.dumps(StoreUpdated.example | {fact: value}).encode()

    assert [field for field, _ in problems_of(StoreUpdated.read, raw)] == [fact]


@pytest.mark.parametrize(
    ("days", "understood"),
    [
        (["mon", "sun"], ("mon", "sun")),
        (["Monday", "FRI"], ("mon", "fri")),
        ([1, 7], ("mon", "sun")),
        ([0, 6], ("sun", "sat")),
        ("mon-wed", ("mon", "tue", "wed")),
        ("fri-mon, wed", ("fri", "sat", "sun", "mon", "wed")),
        (["mon", "mon", 1], ("mon",)),
    ],
)
def test_weekdays_may_be_written_in_several_ways(days: object, understood: tuple[str, ...]) -> None:
    hours = BusinessHours.model_validate_json(json.dumps({"days": days, "from": "09:00", "to": "24:00"}))

    assert hours.days == understood


@pytest.mark.parametrize("days", [["someday"], [8], [True], 1, None, "mon-tue-wed", "", [[]]])
def test_what_is_no_weekday_is_malformed(days: object) -> None:
    hours = [{"days": days, "from": "09:00", "to": "18:00"}]

    problems = problems_of(StoreUpdated.read, json.dumps(StoreUpdated.example | {"business_hours": hours}).encode())

    assert problems == [("business_hours.0.days", "weekday")]


def test_an_address_of_a_shop_may_come_in_parts() -> None:
    shop = example(StoreUpdated, address={"line1": "9 Kiln Lane", "line2": None, "city": "Jingdezhen"})

    assert b'"address":"9 Kiln Lane\\nJingdezhen"' in shop.json_bytes()


def test_times_are_written_in_utc_and_money_with_the_places_of_its_currency() -> None:
    paid = example(OrderPaid, paid_at="2026-03-02T16:16:30+08:00", amount={"amount": "29", "currency": "USD"})

    written = json.loads(paid.json_bytes())

    assert (written["paid_at"], written["amount"]["amount"]) == ("2026-03-02T08:16:30Z", "29.00")


def test_a_snapshot_is_as_strict_as_what_it_is_made_of() -> None:
    raw = json.dumps(OrderConfirmed.example | {"version": 0, "dues": [{}]}).encode()

    assert ("version", "greater-than-equal") in problems_of(OrderConfirmed.read, raw)
