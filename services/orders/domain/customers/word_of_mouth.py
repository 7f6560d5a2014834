"""What customers are worth by what they tell others (CUS-4).

The satisfied tell 5, the dissatisfied 10, and a fifth of those who are told act on it: the numbers of TARP's Consumer Complaint Handling in
America (1979, 1986), as service textbooks use them. With W for what a customer spends over her lifetime:

    satisfied      W × (1 + 5 × 20 %)  = 2 W    she stays and brings one more like her
    dissatisfied  -W × (1 + 10 × 20 %) = -3 W   she goes and takes two more with her

50 a week over 10 years of 52 weeks is W = 26,000, so 52,000 are won and 78,000 lost.
"""

from decimal import Decimal
from typing import NamedTuple

from services.orders.domain.customers.lifetime import rounded
from services.orders.domain.value_policy import ValuePolicy
from shared.money import Money


class PeriodValue(NamedTuple):
    """`value`: what the satisfied spend themselves; `brought` what others spend because of them; `lost` with the dissatisfied."""

    value: Money
    brought: Money
    lost: Money
    dynamic: Money


def dynamic_value(value: Money, *, satisfied: bool | None, policy: ValuePolicy) -> Money:
    """Of one customer; whoever told us nothing is taken to tell nobody else."""
    if satisfied is None:
        return value
    factor = _with_others(policy.satisfied_tells, policy) if satisfied else -_with_others(policy.dissatisfied_tells, policy)
    return rounded(value.amount * factor, value.currency)


def period_value(value: Money, *, satisfied: int, dissatisfied: int, policy: ValuePolicy) -> PeriodValue:
    """Of all customers of a period who said how it was, each worth `value`."""
    own = value * satisfied
    kept = dynamic_value(own, satisfied=True, policy=policy)
    lost = -dynamic_value(value * dissatisfied, satisfied=False, policy=policy)
    return PeriodValue(own, kept - own, lost, kept - lost)


def _with_others(told: int, policy: ValuePolicy) -> Decimal:
    return 1 + told * policy.told_converted
