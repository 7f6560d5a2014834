"""An event that is declared is said: in the use cases of the service whose name it carries, and nowhere else."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.documents import ROOT, composed
from shared.events.base import Event
from shared.events.registry import OUTSIDERS, contracts

ANY = "every service"
EXISTING = sorted(composed())


def sources(service: str) -> Iterator[Path]:
    return (path for path in (ROOT / "services" / service).rglob("*.py") if "migrations" not in path.parts)


def is_use_case(path: Path) -> bool:
    return "usecases" in path.parts or path.name == "usecases.py"


def mentioned(text: str) -> set[str]:
    """The names that stand in its code, imports apart: called there, or handed on to be called."""
    nodes = list(ast.walk(ast.parse(text)))
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def constructed(text: str) -> set[str]:
    """The names that are called in it."""
    called = [node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    return {node.id if isinstance(node, ast.Name) else node.attr for node in called if isinstance(node, ast.Name | ast.Attribute)}


def in_use_cases(service: str, names: Callable[[str], set[str]]) -> set[str]:
    return set().union(*(names(path.read_text(encoding="utf-8")) for path in sources(service) if is_use_case(path)))


def is_due(kind: type[Event]) -> bool:
    """Ours, no draft any more, and whoever is to say it exists."""
    everybody = {other.said_by for other in contracts()} - OUTSIDERS - {ANY}
    speakers = everybody if kind.said_by == ANY else {kind.said_by}
    return not kind.draft and kind.said_by not in OUTSIDERS and speakers <= set(EXISTING)


def test_a_released_event_is_said_by_a_use_case_of_its_service() -> None:
    said = {service: in_use_cases(service, mentioned) for service in EXISTING}
    anywhere = set().union(*said.values())

    never = [kind.name for kind in contracts() if is_due(kind) and kind.__name__ not in said.get(kind.said_by, anywhere)]

    assert never == []


def test_no_service_says_what_another_is_to_say() -> None:
    ours = [kind for kind in contracts() if kind.said_by not in {*OUTSIDERS, ANY}]
    said = {service: in_use_cases(service, constructed) for service in EXISTING}

    foreign = [(service, kind.name) for service in EXISTING for kind in ours if kind.said_by != service and kind.__name__ in said[service]]

    assert foreign == []


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("from shared.events.orders import OrderHeld", False),
        ("publish(session, OrderHeld(**order))", True),
        ("SAID = {HELD: orders.OrderHeld}", True),
    ],
)
def test_an_event_counts_as_said_where_it_stands_in_code_and_not_where_it_is_imported(code: str, *, said: bool) -> None:
    assert ("OrderHeld" in mentioned(code)) is said
