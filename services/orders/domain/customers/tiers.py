"""ABC by cumulative contribution, and the named tiers (CUS-2).

`repository/customers/classifying.py` says the same in SQL, for a whole store.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from services.orders.domain.value_policy import ValuePolicy

_NOTHING = Decimal(0)


class Abc(StrEnum):
    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Tier(StrEnum):
    """关键, 潜力, 一般, 临时. Every customer begins as `occasional`, and nobody is told of that."""

    KEY = "key"
    POTENTIAL = "potential"
    GENERAL = "general"
    OCCASIONAL = "occasional"


class Trade(NamedTuple):
    """What decides a tier beside the class: orders ever, and the worth of the last three months and of the three before."""

    orders: int
    recent: Decimal
    earlier: Decimal


def abc_classes(contributions: Mapping[str, Decimal], policy: ValuePolicy) -> dict[str, Abc]:
    """Of all customers who ordered in the window, by what they contributed in it, largest first; equals by customer_id.

    A customer is A while the sum up to and with her is at most 70 % of the whole, B up to 90 %, C above. The largest is A whatever her
    share: else a store that lives by one customer would have no A. Who gave nothing, or got more back, is C. Who did not order is D
    and not asked about here.
    """
    whole = sum((max(value, _NOTHING) for value in contributions.values()), _NOTHING)
    classes, so_far = {}, _NOTHING
    for customer_id, value in sorted(contributions.items(), key=lambda each: (-max(each[1], _NOTHING), each[0])):
        so_far += max(value, _NOTHING)
        classes[customer_id] = _class(value, so_far, whole, policy)
    return classes


def tier_of(abc: Abc, trade: Trade, policy: ValuePolicy) -> Tier:
    """Occasional comes first: D says that there is no trade, a single order that there is none yet, whatever it was worth.

    The rule names the single order beside D although ABC has a class for it, so it is the exception from ABC, and an exception goes
    before what it is excepted from. Then key, potential, general, as they are named.
    """
    if abc is Abc.D or trade.orders <= 1:
        return Tier.OCCASIONAL
    if abc is Abc.A:
        return Tier.KEY
    if abc is Abc.B or has_grown(trade, policy):
        return Tier.POTENTIAL
    return Tier.GENERAL


def has_grown(trade: Trade, policy: ValuePolicy) -> bool:
    """At least twice; from nothing to something counts, from nothing to nothing does not."""
    return trade.recent > 0 and trade.recent >= policy.growth_factor * trade.earlier


def _class(value: Decimal, so_far: Decimal, whole: Decimal, policy: ValuePolicy) -> Abc:
    if value <= 0:
        return Abc.C
    if so_far == value or so_far <= whole * policy.key_share:
        return Abc.A
    return Abc.B if so_far <= whole * policy.potential_share else Abc.C
