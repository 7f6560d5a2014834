"""Models made of parts that were checked when they came in."""

from collections.abc import Mapping
from functools import cache
from typing import TypeVar

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)


def unchecked(kind: type[M], content: Mapping[str, object]) -> M:
    """What is left out has its default. Checking it all again would cost more than everything else that happens to an order."""
    made = kind.__new__(kind)
    object.__setattr__(made, "__dict__", {**_defaults(kind), **content})
    object.__setattr__(made, "__pydantic_fields_set__", set(content))
    object.__setattr__(made, "__pydantic_extra__", None)
    object.__setattr__(made, "__pydantic_private__", None)
    return made


@cache
def _defaults(kind: type[BaseModel]) -> dict[str, object]:
    return {name: field.get_default() for name, field in kind.model_fields.items() if not field.is_required()}
