from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic import JsonValue

from deploy.documents import ROOT, generated
from shared.events.base import Event
from shared.events.documents import Document, asyncapi, events_markdown, listeners
from shared.events.orders import OrderConfirmed
from shared.events.refunds import RefundRequested
from shared.events.registry import contracts, schema
from shared.events.storefront import OrderPaid, OrderPlaced

HEARD = {"orders": (OrderPlaced, OrderPaid), "inquiry": (OrderConfirmed,)}


def references(node: JsonValue) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(target := node.get("$ref"), str):
            yield target
        for inner in node.values():
            yield from references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from references(inner)


def found(document: Document, reference: str) -> JsonValue:
    node: JsonValue = document
    for step in reference.removeprefix("#/").split("/"):
        node = node[step] if isinstance(node, dict) else None
    return node


@pytest.mark.parametrize(("path", "text"), generated().items(), ids=lambda part: str(part) if isinstance(part, Path) else "")
def test_a_generated_file_is_as_the_contracts_make_it(path: Path, text: str) -> None:
    assert (ROOT / path).is_file(), "run make docs"

    assert (ROOT / path).read_text(encoding="utf-8") == text, "run make docs"


def test_no_schema_is_left_of_an_event_that_is_gone() -> None:
    assert {path.stem for path in (ROOT / "docs/schemas").iterdir()} == {kind.name for kind in contracts()}


@pytest.mark.parametrize("kind", contracts())
def test_an_example_follows_the_schema_that_is_published(kind: type[Event]) -> None:
    Draft202012Validator.check_schema(schema(kind.name))

    Draft202012Validator(schema(kind.name)).validate(kind.example)


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    document = asyncapi(HEARD, "1.0.0")

    for reference in references(document):
        assert (ROOT / "docs" / reference).is_file() if reference.startswith("schemas/") else found(document, reference), reference


def test_the_asyncapi_document_says_which_service_says_and_hears_what() -> None:
    operations = asyncapi(HEARD, "1.0.0")["operations"]
    assert isinstance(operations, dict)

    assert operations["orders-hears-storefront-orders"] == {
        "action": "receive",
        "channel": {"$ref": "#/channels/storefront-orders"},
        "messages": [
            {"$ref": "#/channels/storefront-orders/messages/order-placed"},
            {"$ref": "#/channels/storefront-orders/messages/order-paid"},
        ],
    }
    assert {"orders-says-orders", "inquiry-hears-orders", "aftersales-says-refunds"} <= set(operations)
    assert "storefront-says-storefront-orders" not in operations


def test_the_committed_asyncapi_document_is_version_3() -> None:
    assert yaml.safe_load((ROOT / "docs/asyncapi.yaml").read_text(encoding="utf-8"))["asyncapi"] == "3.0.0"


def test_services_and_outsiders_are_named_as_listeners() -> None:
    assert listeners(OrderConfirmed, HEARD) == ["inquiry", "storefront"]
    assert listeners(RefundRequested, HEARD) == ["finance"]
    assert "| orders | inquiry, storefront | The order stands and may be fulfilled." in events_markdown(HEARD)
