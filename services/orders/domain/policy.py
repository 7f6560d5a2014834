from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from services.orders.domain.advice_policy import AdvicePolicy, contradictions
from services.orders.domain.watch_policy import reward_problems
from shared.bounds import amounts, check_bounds, number
from shared.money import places

_LIMITS = {
    "AED": 18_000, "AUD": 5_000, "BHD": 1_900, "BRL": 25_000, "CAD": 5_000, "CHF": 5_000, "CNY": 5_000, "CZK": 110_000, "DKK": 35_000,
    "EUR": 5_000, "GBP": 5_000, "HKD": 40_000, "HUF": 1_800_000, "IDR": 80_000_000, "ILS": 18_000, "INR": 420_000, "JPY": 500_000,
    "KRW": 5_000_000, "KWD": 1_500, "MXN": 100_000, "MYR": 23_000, "NOK": 50_000, "NZD": 5_000, "OMR": 1_900, "PHP": 280_000, "PLN": 20_000,
    "QAR": 18_000, "SAR": 18_000, "SEK": 50_000, "SGD": 5_000, "THB": 180_000, "TRY": 150_000, "TWD": 150_000, "USD": 5_000,
    "VND": 100_000_000, "ZAR": 90_000,
}  # fmt: skip
_TOLERANCE = Decimal("0.01")


def _order_value_limits() -> dict[str, Decimal]:
    return {currency: Decimal(amount) for currency, amount in _LIMITS.items()}


def _price_tolerances() -> dict[str, Decimal]:
    return {currency: round(_TOLERANCE, places(currency)) for currency in _LIMITS}


@dataclass(frozen=True)
class CheckPolicy:
    """What an order must pass to be confirmed by itself (ORD-2), and when it is held or closed for too long.

    Amounts are maps from currency to amount; an order in a currency that is missing in one is held. By default an order is held from
    5,000 of a currency like the US dollar, the euro, the pound or the yuan, and from a round amount of that order of magnitude where
    money comes in larger or smaller numbers (yen 500,000, won 5,000,000, dinar of Kuwait 1,500). Prices may differ by 0.01, which
    among yen means not at all.
    """

    order_value_limit: dict[str, Decimal] = amounts(_order_value_limits)
    price_tolerance: dict[str, Decimal] = amounts(_price_tolerances)
    safety_stock: int = number(3)
    duplicate_minutes: int = number(10)
    hold_minutes: int = number(240)
    delivered_days: int = number(14)

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


@dataclass(frozen=True)
class OrderPolicy(CheckPolicy, AdvicePolicy):
    """What a store decides for itself about its orders."""

    def __post_init__(self) -> None:
        """PolicyOutOfRange with every number that makes no sense."""
        check_bounds(self, *reward_problems(self), *contradictions(self))
