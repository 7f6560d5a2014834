import json
from pathlib import Path

import pytest

from shared.events.registry import OUTSIDERS, contracts, schema
from tests.contracts.compatibility import Schema, breaks, loosened

RELEASED = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (Path(__file__).parent / "released").glob("*.json")}

TEXT: Schema = {"type": "string", "maxLength": 64}
BASE: Schema = {
    "type": "object",
    "required": ["order_id", "lines"],
    "properties": {
        "order_id": TEXT,
        "status": {"enum": ["held", "confirmed"], "type": "string"},
        "note": {"anyOf": [TEXT, {"type": "null"}], "default": None},
        "weight": {"type": "number"},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}, "maxItems": 10},
        "attributes": {"type": "object", "additionalProperties": True},
    },
    "$defs": {
        "Line": {
            "type": "object",
            "required": ["sku", "quantity"],
            "properties": {"sku": {"$ref": "#/$defs/Sku"}, "quantity": {"type": "integer", "minimum": 1}, "gift": {"type": "boolean"}},
        },
        "Sku": {"type": "string", "pattern": "^[A-Z]+$"},
    },
}


def changed(path: str, value: object) -> Schema:
    """The made-up schema with the word at this path set, or gone where the value is None."""
    schema = _with(BASE, path.split("/"), value)
    assert isinstance(schema, dict)
    return schema


def _with(node: object, way: list[str], value: object) -> object:
    here, *further = way
    if isinstance(node, list):
        return [_with(inner, further, value) if str(position) == here else inner for position, inner in enumerate(node)]
    assert isinstance(node, dict)
    inner = _with(node[here], further, value) if further else value
    rest = {word: said for word, said in node.items() if word != here}
    return rest if inner is None else rest | {here: inner}


@pytest.mark.parametrize("name", sorted(RELEASED))
def test_what_was_written_by_a_released_schema_can_still_be_read(name: str) -> None:
    assert name in {contract.name for contract in contracts()}, f"{name} was released and is not declared any more"

    assert breaks(RELEASED[name], dict(schema(name))) == []


@pytest.mark.parametrize("name", sorted(kind.name for kind in contracts() if not kind.draft and kind.said_by not in OUTSIDERS))
def test_what_we_say_keeps_what_listeners_were_promised(name: str) -> None:
    assert loosened(RELEASED[name], dict(schema(name))) == []


def test_every_event_that_is_no_draft_has_a_released_schema() -> None:
    assert set(RELEASED) == {contract.name for contract in contracts() if not contract.draft}


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("properties/note", None, "note was removed"),
        ("$defs/Line/properties/gift", None, "lines[].gift was removed"),
        ("properties/order_id/type", "integer", "order_id was retyped: string is not accepted any more"),
        ("properties/weight/type", "integer", "weight was retyped: number is not accepted any more"),
        ("properties/note", TEXT, "note was retyped: null is not accepted any more"),
        ("properties/lines/items", {"type": "string"}, "lines[] was retyped: object is not accepted any more"),
        ("$defs/Line/properties/quantity/type", "string", "lines[].quantity was retyped: integer is not accepted any more"),
        ("properties/order_id/maxLength", 32, "order_id was narrowed: maxLength"),
        ("properties/order_id/minLength", 1, "order_id was narrowed: minLength"),
        ("properties/note/anyOf/0/maxLength", 10, "note was narrowed: maxLength"),
        ("properties/lines/maxItems", 5, "lines was narrowed: maxItems"),
        ("properties/lines/minItems", 1, "lines was narrowed: minItems"),
        ("properties/weight/maximum", 100, "weight was narrowed: maximum"),
        ("$defs/Line/properties/quantity/minimum", 2, "lines[].quantity was narrowed: minimum"),
        ("$defs/Sku/pattern", "^[A-Z]{3}$", "lines[].sku was narrowed: pattern"),
        ("properties/order_id/format", "uuid", "order_id was narrowed: format"),
        ("properties/order_id/enum", ["1", "2"], "order_id was narrowed: not every value is allowed any more"),
        ("properties/status/enum", ["held"], "status was narrowed: not every value is allowed any more"),
        ("properties/weight/multipleOf", 5, "weight was narrowed: multipleOf"),
        ("additionalProperties", False, "{} was retyped: anything is not accepted any more"),
        ("properties/attributes/additionalProperties", TEXT, "attributes{} was retyped: anything is not accepted any more"),
        ("required", ["order_id", "lines", "note"], "note is newly required"),
        ("$defs/Line/required", ["sku", "quantity", "gift"], "lines[].gift is newly required"),
    ],
)
def test_a_break_is_found_and_named(path: str, value: object, message: str) -> None:
    assert breaks(BASE, changed(path, value)) == [message]


def test_a_new_required_field_is_a_break() -> None:
    new = changed("properties/colour", TEXT) | {"required": ["order_id", "lines", "colour"]}

    assert breaks(BASE, new) == ["colour is newly required"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("properties/colour", TEXT),
        ("$defs/Line/properties/colour", TEXT),
        ("required", ["order_id"]),
        ("properties/order_id/maxLength", 128),
        ("properties/order_id/maxLength", None),
        ("properties/order_id", {"anyOf": [TEXT, {"type": "null"}]}),
        ("properties/status/enum", ["held", "confirmed", "shipped"]),
        ("properties/status/enum", None),
        ("$defs/Line/properties/quantity/type", "number"),
        ("$defs/Line/properties/quantity/minimum", 0),
        ("$defs/Sku/pattern", None),
        ("properties/lines/items", {"anyOf": [{"$ref": "#/$defs/Line"}, {"type": "string"}]}),
        ("properties/note/description", "Other words"),
    ],
)
def test_adding_and_loosening_are_no_breaks(path: str, value: object) -> None:
    assert breaks(BASE, changed(path, value)) == []


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("properties/order_id", {"anyOf": [TEXT, {"type": "null"}]}, "order_id may be null now"),
        ("$defs/Line/properties/quantity/type", "number", "lines[].quantity may be number now"),
        ("properties/status", {}, "status may be anything now"),
        ("required", ["order_id"], "lines may be left out now"),
        ("$defs/Line/required", ["sku"], "lines[].quantity may be left out now"),
    ],
)
def test_a_promise_that_is_taken_back_is_found_and_named(path: str, value: object, message: str) -> None:
    assert loosened(BASE, changed(path, value)) == [message]


@pytest.mark.parametrize(
    ("path", "value"), [("properties/colour", TEXT), ("properties/status/enum", ["held"]), ("properties/order_id/maxLength", 8)]
)
def test_adding_and_narrowing_take_no_promise_back(path: str, value: object) -> None:
    assert loosened(BASE, changed(path, value)) == []
