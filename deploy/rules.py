"""The rules of the domain, drawn from the code that decides them, and where each is decided and held (`make docs`)."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, fields
from pathlib import Path
from re import compile as pattern
from string import Formatter
from typing import Any

from services.orders.domain.cancelling import CANCEL
from services.orders.domain.changing import CHANGE
from services.orders.domain.logistics import LOGISTICS
from services.orders.domain.policy import OrderPolicy
from shared.rules import Answer, Rule, flow_chart, questions

ROOT = Path(__file__).resolve().parent.parent
PAGES = Path("docs/rules")

FAMILIES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "orders": (
        "Orders",
        {
            "ORD-1": "Intake", "ORD-2": "Confirmation", "ORD-3": "Receipt", "ORD-4": "Find", "ORD-5": "Cancel advice",
            "ORD-6": "Change advice", "ORD-7": "Logistics advice", "ORD-8": "Tracking watch", "ORD-9": "Tasks for departments",
            "ORD-10": "Notes",
            "ORD-11": "Sales figures",
        },
    ),
    "customers": (
        "Customer value",
        {
            "CUS-1": "Recency, frequency, money", "CUS-2": "ABC and tiers", "CUS-3": "Lifetime value", "CUS-4": "Word of mouth",
            "CUS-5": "Loss", "CUS-6": "Segments", "CUS-7": "Erasure",
        },
    ),
    "inquiry": (
        "Inquiry",
        {
            "INQ-1": "Intake", "INQ-2": "Topic", "INQ-3": "Emotion", "INQ-4": "Greeting and auto-reply",
            "INQ-5": "First response", "INQ-6": "Assignment", "INQ-7": "Conversation", "INQ-8": "Reply templates",
            "INQ-9": "Knowledge base", "INQ-10": "Product facts",
            "INQ-11": "Stock question", "INQ-12": "Price question", "INQ-13": "Outcome", "INQ-14": "Follow-up", "INQ-15": "Closing",
            "INQ-16": "Customer memory", "INQ-17": "Pre-sale project", "INQ-18": "Service team",
        },
    ),
    "aftersales": (
        "Aftersales",
        {
            "AFS-1": "Case intake", "AFS-2": "Evidence", "AFS-3": "Not as described", "AFS-4": "Quality", "AFS-5": "Return",
            "AFS-6": "Money", "AFS-7": "Complaint discipline", "AFS-8": "Next reply promise", "AFS-9": "Follow-up",
            "AFS-10": "States", "AFS-11": "Figures",
        },
    ),
    "survey": (
        "Survey",
        {
            "SVY-1": "Questionnaires", "SVY-2": "Occasions", "SVY-3": "Public answer page", "SVY-4": "Scores", "SVY-5": "Closed loop",
            "SVY-6": "Return visits", "SVY-7": "Analysis", "SVY-8": "Improvement actions",
        },
    ),
    "team": ("Team figures", {"TEAM-1": "Per agent, shift, day", "TEAM-2": "Quality check", "TEAM-3": "Training"}),
}  # fmt: skip

# what is not built yet; a rule that has its code and its tests is taken off (a test says so)
NOT_BUILT = frozenset(
    {
        "CUS-7", "INQ-3", "INQ-4", "INQ-8",
        "INQ-9", "INQ-11", "INQ-14", "INQ-16", "INQ-17", "INQ-18", "AFS-2", "AFS-3", "AFS-4", "AFS-5", "AFS-9", "AFS-11", "SVY-6",
        "SVY-7",
        "SVY-8", "TEAM-1", "TEAM-2", "TEAM-3",
    }
)  # fmt: skip

# rules that are trees, with the numbers that they use beside those their words name
DRAWN: Mapping[str, tuple[Rule[Any, Any], tuple[str, ...]]] = {
    "ORD-5": (CANCEL, ("answer_business_days",)),
    "ORD-6": (CHANGE, ("safety_stock", "similar_products", "gift")),
    "ORD-7": (LOGISTICS, ("answer_business_days", "change_business_days", "transit_days", "transit_days_elsewhere", "local_posts")),
}

_IDS = pattern(r"\b(?:ORD|CUS|INQ|AFS|SVY|TEAM)-[0-9]+\b")
_INDEX = """# Rules

Written by `make docs`. Each rule of the domain with the code that decides it and the tests that hold it, found by its id in their
docstrings. The advice rules are trees of questions; their pages draw them as they are walked.
"""
_PAGE = """# {rule}: {title}

Written by `make docs` from the tree that is walked when an agent asks, with the default numbers. The `rules` of a piece of advice are the
ids that it passed.

```mermaid
{chart}
```

| number | default | from | to |
|---|---|---|---|
{numbers}
"""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A file, and what in it names the rule: a function, a class, or the whole module (empty)."""

    path: Path
    name: str


def titles() -> dict[str, str]:
    return {rule: title for _, rules in FAMILIES.values() for rule, title in rules.items()}


def code_of_rules() -> dict[str, list[Place]]:
    """By rule, what in the services and in what they share says that it decides it."""
    return _places(ROOT / "services", ROOT / "shared")


def tests_of_rules() -> dict[str, list[Place]]:
    return _places(ROOT / "tests", only="test_")


def rule_pages() -> dict[Path, str]:
    """The index, and a page for each rule that is a tree."""
    return {
        PAGES / "index.md": _index(),
        **{PAGES / f"{rule.lower()}.md": _page(tree, also) for rule, (tree, also) in DRAWN.items()},
    }


def numbers_of(rule: Rule[Any, Any]) -> list[str]:
    """The policy's numbers that its words name, in their order."""
    answers = [then for question in questions(rule) for then in (question.yes, question.no) if isinstance(then, Answer)]
    words = [*(question.asks for question in questions(rule)), *(answer.meaning for answer in answers)]
    return list(dict.fromkeys(name for text in words for _, name, *_ in Formatter().parse(text) if name))


def _index() -> str:
    code, tests = code_of_rules(), tests_of_rules()
    parts = [_INDEX]
    for heading, rules in FAMILIES.values():
        rows = [_row(rule, title, code.get(rule, []), tests.get(rule, [])) for rule, title in rules.items()]
        parts.append("\n".join([f"## {heading}\n", "| rule | decided in | held by |", "|---|---|---|", *rows, ""]))
    return "\n".join(parts)


def _row(rule: str, title: str, code: list[Place], tests: list[Place]) -> str:
    name = f"[{rule} {title}]({rule.lower()}.md)" if rule in DRAWN else f"{rule} {title}"
    if rule in NOT_BUILT:
        return f"| {name} | not built yet | |"
    return f"| {name} | {_links(code)} | {_links(tests)} |"


def _links(places: list[Place]) -> str:
    """A link for each file, with what in it names the rule."""
    named: dict[Path, list[str]] = {}
    for place in sorted(places):
        named.setdefault(place.path, []).append(place.name)
    return "<br>".join(f"[{path.as_posix()}](../../{path.as_posix()}){_names(names)}" for path, names in named.items())


def _names(names: list[str]) -> str:
    told = [f"`{name}`" for name in names if name]
    return f": {', '.join(told)}" if told else ""


def _page(rule: Rule[Any, Any], also: tuple[str, ...]) -> str:
    known = {each.name: each for each in fields(OrderPolicy)}
    rows = [_number(known[name]) for name in dict.fromkeys([*numbers_of(rule), *also])]
    return _PAGE.format(rule=rule.rule, title=rule.title, chart=flow_chart(rule, OrderPolicy()), numbers="\n".join(rows))


def _number(field: "Field[Any]") -> str:
    default = getattr(OrderPolicy(), field.name)
    told = ", ".join(f"{name}: {value}" for name, value in default.items()) if isinstance(default, dict) else str(default)
    least, most = field.metadata.get("bounds", ("", ""))
    return f"| `{field.name}` | {told} | {least} | {most} |"


def _places(*roots: Path, only: str = "") -> dict[str, list[Place]]:
    found: dict[str, list[Place]] = {}
    paths = sorted(path for root in roots for path in root.rglob(f"{only}*.py") if "migrations" not in path.parts)
    for path in paths:
        for name, words in _docstrings(ast.parse(path.read_text(encoding="utf-8"))):
            for rule in sorted(set(_IDS.findall(words))):
                found.setdefault(rule, []).append(Place(path.relative_to(ROOT), name))
    return found


def _docstrings(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Of the module and everything that it defines."""
    yield "", ast.get_docstring(module) or ""
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, ast.get_docstring(node) or ""
