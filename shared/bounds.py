"""Within what bounds a store may set its numbers: told beside each number's default, checked together."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import Field, field, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from shared.errors import FieldProblem, Unprocessable
from shared.money import is_currency, places

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

N = TypeVar("N", int, Decimal)

MOST = 1_000_000
_TOO_MUCH = Decimal(10) ** 15


class PolicyOutOfRange(Unprocessable):
    """A number no store can mean."""


def number(default: N, least: N | int = 0, most: N | int = MOST) -> N:
    """A dataclass field: a number from `least` to `most`."""
    made: N = field(default=default, metadata={"bounds": (least, most)})
    return made


def amounts(default: Callable[[], dict[str, Decimal]]) -> dict[str, Decimal]:
    """A dataclass field: an amount for each currency, of no more places than it has."""
    made: dict[str, Decimal] = field(default_factory=default)
    return made


def numbers_by(named: str, default: Callable[[], dict[str, int]], least: int = 0, most: int = MOST) -> dict[str, int]:
    """A dataclass field: a number from `least` to `most` for each name, which is of the pattern `named`."""
    made: dict[str, int] = field(default_factory=default, metadata={"named": named, "bounds": (least, most)})
    return made


def texts_by(named: str, default: Callable[[], dict[str, str]], always: Sequence[str] = (), longest: int = 500) -> dict[str, str]:
    """A dataclass field: a text for each name, which is of the pattern `named`; those of `always` are never missing."""
    made: dict[str, str] = field(default_factory=default, metadata={"named": named, "always": tuple(always), "longest": longest})
    return made


def check_bounds(policy: "DataclassInstance", *also: FieldProblem) -> None:
    """PolicyOutOfRange with every number that makes no sense; `also` is what contradicts each other."""
    wrong = [problem for each in fields(policy) for problem in _problems(each, getattr(policy, each.name))]
    wrong += also
    if wrong:
        raise PolicyOutOfRange("; ".join(f"{problem.field} {problem.message}" for problem in wrong), wrong)


def _problems(told: "Field[Any]", value: object) -> Iterator[FieldProblem]:
    name = f"values.{told.name}"
    if "named" in told.metadata and isinstance(value, Mapping):
        yield from _wrong_entries(name, told.metadata, value)
    elif "bounds" in told.metadata:
        yield from _out_of_range(name, told.metadata, value)
    elif isinstance(value, Mapping):
        for currency, amount in value.items():
            yield from _wrong_amount(name, currency, amount)


def _wrong_entries(name: str, metadata: Mapping[str, Any], entries: Mapping[str, object]) -> Iterator[FieldProblem]:
    for missing in sorted(set(metadata.get("always", ())) - entries.keys()):
        yield FieldProblem(f"{name}.{missing}", "missing", "must be there")
    for key, entry in entries.items():
        if re.fullmatch(metadata["named"], key, re.ASCII) is None:
            yield FieldProblem(name, "name", f"must have names like {metadata['named']}")
        elif "bounds" in metadata:
            yield from _out_of_range(f"{name}.{key}", metadata, entry)
        elif not 0 < len(str(entry).strip()) <= metadata["longest"]:
            yield FieldProblem(f"{name}.{key}", "length", f"must have 1 to {metadata['longest']} characters")


def _out_of_range(name: str, metadata: Mapping[str, Any], value: object) -> Iterator[FieldProblem]:
    least, most = metadata["bounds"]
    if not _within(value, least, most):
        yield FieldProblem(name, "range", f"must be between {least} and {most}")


def _within(value: Any, least: Any, most: Any) -> bool:
    """NaN is within nothing."""
    return bool(least <= value <= most) if not isinstance(value, Decimal) or value.is_finite() else False


def _wrong_amount(name: str, currency: str, amount: Decimal) -> Iterator[FieldProblem]:
    if not is_currency(currency):
        yield FieldProblem(name, "currency", "must have ISO 4217 currencies as its names")
    elif not (amount.is_finite() and 0 <= amount < _TOO_MUCH):
        yield FieldProblem(f"{name}.{currency}", "range", "must be an amount of zero or more, of at most 15 digits before the point")
    elif amount != round(amount, places(currency)):
        yield FieldProblem(f"{name}.{currency}", "places", "must not have more decimal places than the currency")
