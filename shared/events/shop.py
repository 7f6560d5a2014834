"""A shop's address and opening hours, which storefronts write in several ways."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from shared.events.base import Part
from shared.events.fields import Text

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ClockTime = Annotated[str, StringConstraints(pattern=r"^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAME = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)(?:[a-z]*day)?", re.ASCII | re.IGNORECASE)


def _weekdays(given: object) -> tuple[str, ...]:
    """Names or ISO numbers (1 is Monday, 7 and 0 are Sunday) in a list, or a text such as "mon-fri" or "mon,wed"."""
    if isinstance(given, str):
        given = given.split(",")
    if not isinstance(given, list | tuple):
        raise _no_weekday()
    return tuple(dict.fromkeys(_WEEKDAYS[day] for entry in given for day in _days_of(entry)))


def _days_of(entry: object) -> tuple[int, ...]:
    if isinstance(entry, int) and not isinstance(entry, bool) and entry in range(8):
        return ((entry - 1) % 7,)
    if isinstance(entry, str) and entry.count("-") <= 1:
        first, *last = (_position(name) for name in entry.split("-"))
        return tuple(day % 7 for day in range(first, first + (last[0] - first) % 7 + 1)) if last else (first,)
    raise _no_weekday()


def _position(name: str) -> int:
    if _NAME.fullmatch(name.strip()) is None:
        raise _no_weekday()
    return _WEEKDAYS.index(name.strip()[:3].lower())


def _on_lines(given: object) -> object:
    """An address in parts becomes one on lines; its empty parts are left out."""
    if not isinstance(given, dict):
        return given
    return "\n".join(part for part in given.values() if isinstance(part, str) and part)


def _no_weekday() -> PydanticCustomError:
    return PydanticCustomError("weekday", "must be weekdays: mon to sun, or 1 (Monday) to 7")


StoreAddress = Annotated[
    Text,
    BeforeValidator(_on_lines),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "maxLength": 20_000}, {"type": "object", "additionalProperties": {"type": ["string", "null"]}}]}
    ),
    Field(description="As a receipt prints it, or in parts like a shipping address."),
]


class BusinessHours(Part):
    """Open on these weekdays between these times of the store's own clock; an end at or before the start lies on the next day.

    Days are `mon` to `sun` or their ISO numbers 1 to 7; we write names.
    """

    days: Annotated[
        tuple[Weekday, ...],
        BeforeValidator(_weekdays),
        WithJsonSchema(
            {
                "type": "array",
                "items": {"anyOf": [{"enum": list(_WEEKDAYS), "type": "string"}, {"maximum": 7, "minimum": 1, "type": "integer"}]},
            }
        ),
    ]
    opens: ClockTime = Field(alias="from")
    closes: ClockTime = Field(alias="to")
