"""What a customer is worth over her lifetime (CUS-3). Exact decimals, rounded once, when they are told."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import NamedTuple

from services.orders.domain.value_policy import ValuePolicy
from shared.money import Money, places

_ONE, _NOTHING = Decimal(1), Decimal(0)
_PRECISE = Context(prec=50)


class Observed(NamedTuple):
    """Of the customers of a segment who ordered in the year before, how many ordered again in the last."""

    dimension: str
    segment: str
    ordered_before: int
    ordered_again: int


class Retention(NamedTuple):
    """The share of customers who come back next year, and the segment it was observed in; `policy` where nothing could be observed."""

    rate: Decimal
    dimension: str


def retention_of(segments: Sequence[Observed], policy: ValuePolicy) -> Retention:
    """Of the first of these segments that is large enough to tell; `usual_retention` where none is."""
    for observed in segments:
        if observed.ordered_before >= policy.retention_sample:
            return Retention(Decimal(observed.ordered_again) / observed.ordered_before, observed.dimension)
    return Retention(policy.usual_retention, "policy")


def retained_value(yearly: Money, retention: Decimal, policy: ValuePolicy) -> Money:
    """The retention model: Σ (margin - service) × retentionᵗ ÷ (1 + discount)ᵗ for t = 1 … horizon, less acquisition.

    F. Robert Dwyer, "Customer Lifetime Valuation to Support Marketing Decision Making", Journal of Direct Marketing 3 (4), 1989, pp. 8-15
    (again in 11 (4), 1997, pp. 6-13): a customer who leaves is lost for good, so year t has the margin of those who stayed t times.
    Margin is the policy's share of what she was worth in the last twelve months, which are over and not counted again; service is paid
    while she stays, acquisition once. May be negative.
    """
    margin = yearly.amount * policy.margin - policy.service_cost.get(yearly.currency, _NOTHING)
    factor = sum((_power(retention / (_ONE + policy.discount_rate), year) for year in range(1, policy.horizon_years + 1)), _NOTHING)
    return rounded(margin * factor - policy.acquisition_cost.get(yearly.currency, _NOTHING), yearly.currency)


def simple_value(order_value: Money, orders_a_year: Decimal, years: Decimal) -> Money:
    """The simple model: value of an order × orders a year × years (e.g. Kotler and Keller, Marketing Management, ch. 5)."""
    return rounded(order_value.amount * orders_a_year * years, order_value.currency)


def lifetime_years(retention: Decimal, policy: ValuePolicy) -> Decimal:
    """How long a customer stays of whom each year this share does: 1 ÷ (1 - retention), at most the horizon."""
    leaves = _ONE - retention
    horizon = Decimal(policy.horizon_years)
    return horizon if leaves * horizon <= _ONE else _ONE / leaves


def rounded(amount: Decimal, currency: str) -> Money:
    """To the currency's places, half to even."""
    return Money(amount.quantize(_ONE.scaleb(-places(currency)), ROUND_HALF_EVEN, _PRECISE), currency)


def _power(base: Decimal, years: int) -> Decimal:
    return _PRECISE.power(base, years) if base else _NOTHING
