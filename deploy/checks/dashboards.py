"""Grafana's dashboards, as far as a machine can tell whether a person will find her way in them."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

DATASOURCE = "${datasource}"
_WIDTH = 24
_STAND_INS = {
    "$__rate_interval": "5m",
    "$__range": "1h",
    "$namespace": ".*",
    "$service": ".*",
}

Json = dict[str, Any]


def read(path: Path) -> Json:
    board: Json = json.loads(path.read_text())
    return board


def panels(board: Json) -> list[Json]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def expressions(board: Json) -> Iterator[tuple[str, str]]:
    """Where each stands, and what it asks with every variable filled in."""
    asked = [(f"{board['title']} / {panel['title']}", target["expr"]) for panel in panels(board) for target in panel["targets"]]
    asked += [(f"{board['title']} / {each['name']}", each["expr"]) for each in board["annotations"]["list"]]
    for place, expression in asked:
        yield place, filled(expression)


def filled(expression: str) -> str:
    for variable, value in _STAND_INS.items():
        expression = expression.replace(variable, value)
    return expression


def problems(board: Json) -> Iterator[str]:
    title = board["title"]
    for panel in panels(board):
        missing = [name for name, there in _wanted(panel).items() if not there]
        if missing:
            yield f"{title} / {panel['title']}: no {', '.join(missing)}"
    twice = [number for number, times in Counter(panel["id"] for panel in board["panels"]).items() if times > 1]
    if twice:
        yield f"{title}: panels {twice} have one id"
    for one, other in combinations(board["panels"], 2):
        if _overlap(one["gridPos"], other["gridPos"]):
            yield f"{title}: {one['title']} lies over {other['title']}"
    for place, expression in expressions(board):
        if "$" in expression:
            yield f"{place}: a variable that the dashboard does not have, in {expression}"


def _wanted(panel: Json) -> Mapping[str, object]:
    sources = {str(each["datasource"]["uid"]) for each in (panel, *panel["targets"])}
    place = panel["gridPos"]
    return {
        "title": panel.get("title"),
        "description": panel.get("description"),
        "unit": panel["fieldConfig"]["defaults"].get("unit"),
        "query": panel["targets"],
        "datasource of the reader's choice": sources == {DATASOURCE},
        "room": place["x"] >= 0 and place["x"] + place["w"] <= _WIDTH,
    }


def _overlap(one: Mapping[str, int], other: Mapping[str, int]) -> bool:
    beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
    above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
    return not beside and not above
