"""Which metrics and labels a PromQL expression uses. Whether it is one at all is promtool's to say."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""
      (?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)
    | (?P<range>\[[^\]]*\])
    | (?P<number>\d[\w.]*)
    | (?P<name>[A-Za-z_:][\w:]*)
    | (?P<sign>=~|!~|!=|[^\s])
    """,
    re.VERBOSE,
)
_GROUPING = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_WORDS = frozenset({"and", "or", "unless", "bool", "offset", "atan2", "inf", "nan", "start", "end"})
_MATCHES = frozenset({"=", "!=", "=~", "!~"})

Token = tuple[str, str]


@dataclass
class Uses:
    """`matched`: the labels each metric is narrowed by; `equal`: those with the one value asked for; `grouped`: the others named."""

    matched: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    equal: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    grouped: set[str] = field(default_factory=set)


def uses(expression: str) -> Uses:
    found = Uses()
    tokens = [(str(each.lastgroup), each.group()) for each in _TOKEN.finditer(expression)]
    places = iter(range(len(tokens)))
    for place in places:
        kind, text = tokens[place]
        following = tokens[place + 1][1] if place + 1 < len(tokens) else ""
        if kind != "name" or text.lower() in _WORDS:
            continue
        if text in _GROUPING and following == "(":
            found.grouped.update(name for kind, name in _until(tokens, places, ")") if kind == "name")
        elif following not in ("(", *_GROUPING):
            _select(found, text, list(_until(tokens, places, "}")) if following == "{" else [])
    return found


def _until(tokens: list[Token], places: Iterator[int], end: str) -> Iterator[Token]:
    for place in places:
        if tokens[place][1] == end:
            return
        yield tokens[place]


def _select(found: Uses, metric: str, inside: list[Token]) -> None:
    equal = {}
    found.matched[metric].update()
    for (kind, label), (_, sign), (_, value) in zip(inside, inside[1:], inside[2:], strict=False):
        if kind == "name" and sign in _MATCHES:
            found.matched[metric].add(label)
            if sign == "=":
                equal[label] = value[1:-1]
    found.equal.append((metric, equal))
