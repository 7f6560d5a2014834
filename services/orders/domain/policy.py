from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from shared.errors import FieldProblem, Unprocessable
from shared.money import is_currency, places

_LIMITS = {
    "AED": 18_000, "AUD": 5_000, "BHD": 1_900, "BRL": 25_000, "CAD": 5_000, "CHF": 5_000, "CNY": 5_000, "CZK": 110_000, "DKK": 35_000,
    "EUR": 5_000, "GBP": 5_000, "HKD": 40_000, "HUF": 1_800_000, "IDR": 80_000_000, "ILS": 18_000, "INR": 420_000, "JPY": 500_000,
    "KRW": 5_000_000, "KWD": 1_500, "MXN": 100_000, "MYR": 23_000, "NOK": 50_000, "NZD": 5_000, "OMR": 1_900, "PHP": 280_000, "PLN": 20_000,
    "QAR": 18_000, "SAR": 18_000, "SEK": 50_000, "SGD": 5_000, "THB": 180_000, "TRY": 150_000, "TWD": 150_000, "USD": 5_000,
    "VND": 100_000_000, "ZAR": 90_000,
}  # fmt: skip
_TOLERANCE = Decimal("0.01")
_MOST = 1_000_000
_RANGE = f"must be between 0 and {_MOST}"


class PolicyOutOfRange(Unprocessable):
    """A number no store can mean."""


def _order_value_limits() -> dict[str, Decimal]:
    return {currency: Decimal(amount) for currency, amount in _LIMITS.items()}


def _price_tolerances() -> dict[str, Decimal]:
    return {currency: round(_TOLERANCE, places(currency)) for currency in _LIMITS}


@dataclass(frozen=True, slots=True)
class OrderPolicy:
    """What a store decides for itself about its orders (ORD-2).

    Amounts are maps from currency to amount; an order in a currency that is missing in one is held. By default an order is held from
    5,000 of a currency like the US dollar, the euro, the pound or the yuan, and from a round amount of that order of magnitude where
    money comes in larger or smaller numbers (yen 500,000, won 5,000,000, dinar of Kuwait 1,500). Prices may differ by 0.01, which
    among yen means not at all.
    """

    order_value_limit: dict[str, Decimal] = field(default_factory=_order_value_limits)
    price_tolerance: dict[str, Decimal] = field(default_factory=_price_tolerances)
    safety_stock: int = 3
    duplicate_minutes: int = 10
    hold_minutes: int = 240
    delivered_days: int = 14

    def __post_init__(self) -> None:
        """PolicyOutOfRange with every number that makes no sense."""
        numbers = ("safety_stock", "duplicate_minutes", "hold_minutes", "delivered_days")
        wrong = [FieldProblem(f"values.{name}", "range", _RANGE) for name in numbers if not 0 <= getattr(self, name) <= _MOST]
        for name in ("order_value_limit", "price_tolerance"):
            wrong += _wrong_amounts(f"values.{name}", getattr(self, name))
        if wrong:
            raise PolicyOutOfRange("; ".join(f"{problem.field} {problem.message}" for problem in wrong), wrong)

    @property
    def duplicate_within(self) -> timedelta:
        return timedelta(minutes=self.duplicate_minutes)

    @property
    def hold_for(self) -> timedelta:
        """Business time until the supervisor takes a held order over."""
        return timedelta(minutes=self.hold_minutes)

    @property
    def delivered_after(self) -> timedelta:
        """How long an unsigned delivery waits for a signature before the order closes."""
        return timedelta(days=self.delivered_days)

    def knows(self, currency: str) -> bool:
        return currency in self.order_value_limit and currency in self.price_tolerance


def _wrong_amounts(name: str, amounts: Mapping[str, Decimal]) -> Iterator[FieldProblem]:
    for currency, amount in amounts.items():
        if not is_currency(currency):
            yield FieldProblem(name, "currency", "must have ISO 4217 currencies as its names")
        elif not (amount.is_finite() and amount >= 0):
            yield FieldProblem(f"{name}.{currency}", "range", "must be an amount of zero or more")
        elif amount != round(amount, places(currency)):
            yield FieldProblem(f"{name}.{currency}", "places", "must not have more decimal places than the currency")
