"""By what customers are told apart (CUS-6), where their storefront says so."""

from datetime import date
from enum import StrEnum

from services.orders.domain.value_policy import ValuePolicy
from shared.errors import Unprocessable


class Dimension(StrEnum):
    TIER = "tier"
    ABC = "abc"
    AGE_BAND = "age_band"
    INCOME_BAND = "income_band"
    REGION = "region"
    PREFERENCE = "preference"


class UnknownAgeBand(Unprocessable):
    """The store's policies cut ages otherwise."""


def age_bands(policy: ValuePolicy) -> list[str]:
    """`0-17`, `18-24`, …, `55+`, as the policies cut them."""
    edges = policy.age_edges
    return [f"{start}-{end - 1}" for start, end in zip((0, *edges), edges, strict=False)] + [f"{edges[-1]}+"]


def age_band(birth_date: date, today: date, policy: ValuePolicy) -> str:
    """One born on 29 February is a year older on 1 March where there is no such day."""
    age = today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))
    return age_bands(policy)[sum(age >= edge for edge in policy.age_edges)]
