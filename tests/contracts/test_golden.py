"""An example of every released event, as it once went over the wire. They never change: what was said is understood for ever."""

import json
from pathlib import Path
from typing import TypedDict

import pytest

from shared.events.base import Event
from shared.events.registry import contract, contracts

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))


class Record(TypedDict):
    topic: str
    key: str
    headers: dict[str, str]
    value: dict[str, object]


FREE = {"attributes", "preferences", "servqual"}


def record(path: Path) -> tuple[type[Event], Record]:
    said: Record = json.loads(path.read_text(encoding="utf-8"))
    kind = contract(said["topic"], said["headers"]["ce_type"])
    assert kind is not None
    return kind, said


def with_unknown_fields(value: object) -> object:
    """The same, with a field nobody knows in every object that is not the sender's own to fill."""
    if isinstance(value, list):
        return [with_unknown_fields(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    known = {field: inner if field in FREE else with_unknown_fields(inner) for field, inner in value.items()}
    return {"field_of_tomorrow": {"any": [1, None]}} | known


def test_every_released_event_has_a_golden_example() -> None:
    names = {record(path)[0].name for path in GOLDEN}

    assert names == {kind.name for kind in contracts() if not kind.draft}


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_example_is_read_and_written_as_it_was(path: Path) -> None:
    kind, said = record(path)

    event = kind.read(json.dumps(said["value"]).encode())

    written = json.loads(event.json_bytes())
    assert {field: written[field] for field in said["value"]} == said["value"]
    assert event.key == said["key"]
    assert kind.read(event.json_bytes()) == event


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_unknown_fields_are_ignored_on_every_level(path: Path) -> None:
    kind, said = record(path)

    event = kind.read(json.dumps(with_unknown_fields(said["value"])).encode())

    assert event == kind.read(json.dumps(said["value"]).encode())
