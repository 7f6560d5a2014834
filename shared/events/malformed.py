"""Why a text is not the event it claims to be: which field, which rule. Never with the value that was sent."""

import re
from collections.abc import Iterator, Mapping, Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.errors import FieldProblem
from shared.events.fields import GIVEN_ID_PATTERN, STORE_ID_PATTERN

SHOWN = 20
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_OWN_WORDS = frozenset({"currency", "date", "decimal_text", "event", "money", "number", "time", "time_zone", "weekday"})
_WORDS = {
    "missing": "must be there",
    "string_type": "must be a text",
    "string_too_short": "must not be shorter than {min_length}",
    "string_too_long": "must not be longer than {max_length}",
    "string_pattern_mismatch": "must match {pattern}",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "literal_error": "must be one of {expected}",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "decimal_max_places": "must not have more than {decimal_places} decimal places",
    "model_type": "must be an object",
    "dict_type": "must be an object",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "too_short": "must have at least {min_length}",
    "too_long": "must have at most {max_length}",
    "uuid_type": "must be a UUID",
    "uuid_parsing": "must be a UUID",
    "json_invalid": "must be JSON",
}
_PATTERNS = {
    GIVEN_ID_PATTERN: "must be printable characters without `/`, and not `.` or `..`",
    STORE_ID_PATTERN: "must be lower-case letters, digits and hyphens, 63 at most",
}


class Malformed(ValueError):
    """A text that is not what it claims to be; `problems` names each field and the rule it breaks."""

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__("; ".join(f"{problem.field or 'the event'} {problem.message}" for problem in problems[:SHOWN]))
        self.problems = tuple(problems)


def problems(error: ValidationError) -> list[FieldProblem]:
    """One for each broken rule, in the order of the fields; none repeats what was sent."""
    details = error.errors(include_url=False, include_input=False)
    above = {detail["loc"][:depth] for detail in details for depth in range(len(detail["loc"]))}
    # pydantic does not count items it could not read, and would call a list with one of them too short
    return [problem(detail) for detail in details if detail["type"] != "too_short" or detail["loc"] not in above]


def problem(detail: ErrorDetails) -> FieldProblem:
    """From one of pydantic's errors. A rule about several fields names the offending one as `field` of its context."""
    kind, context = detail["type"], detail.get("ctx", {})
    rule = str(context.get("rule", kind)).replace("_", "-")
    place = detail["loc"][:-2] if detail["loc"][-1:] == ("[key]",) else detail["loc"]
    path = [*map(str, place), *filter(None, [context.get("field")])]
    return FieldProblem(".".join(path), rule, _message(kind, detail["msg"], context))


def _message(kind: str, own: str, context: Mapping[str, object]) -> str:
    """In words of ours, because some of pydantic's repeat what was sent."""
    if kind in _OWN_WORDS:
        return own
    pattern = _PATTERNS.get(str(context.get("pattern")))
    return pattern or _WORDS.get(kind, "must have the form this field has").format_map(context)


def holds_nul(raw: bytes) -> bool:
    """Whether a JSON text holds U+0000, written as an escape or as it is. Costs next to nothing where there is none."""
    return b"\0" in raw or (b"\\u0000" in raw and _NUL.search(raw) is not None)


def nul_problem(parsed: object, known: frozenset[str]) -> FieldProblem:
    """Names the field with U+0000, as far down as the contract knows the names: what a sender made up is not repeated."""
    path = next(_paths_to_nul(parsed, known), ())
    return FieldProblem(".".join(path), "nul", "must not hold U+0000")


def _paths_to_nul(value: object, known: frozenset[str]) -> Iterator[tuple[str, ...]]:
    if isinstance(value, str) and "\0" in value:
        yield ()
    elif isinstance(value, dict):
        for key, inner in value.items():
            if "\0" in key:
                yield ()
            yield from ((key, *path) if key in known else () for path in _paths_to_nul(inner, known))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from ((str(position), *path) for path in _paths_to_nul(inner, known))
