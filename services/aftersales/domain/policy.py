from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from shared.bounds import amounts, check_bounds, number
from shared.calendar import BusinessCalendar, NeverOpen
from shared.errors import FieldProblem

_AGENT_LIMITS = {
    "AED": 720, "AUD": 200, "BHD": 76, "BRL": 1_000, "CAD": 200, "CHF": 200, "CNY": 200, "CZK": 4_400, "DKK": 1_400, "EUR": 200, "GBP": 200,
    "HKD": 1_600, "HUF": 72_000, "IDR": 3_200_000, "ILS": 720, "INR": 16_800, "JPY": 20_000, "KRW": 200_000, "KWD": 60, "MXN": 4_000,
    "MYR": 920, "NOK": 2_000, "NZD": 200, "OMR": 76, "PHP": 11_200, "PLN": 800, "QAR": 720, "SAR": 720, "SEK": 2_000, "SGD": 200,
    "THB": 7_200, "TRY": 6_000, "TWD": 6_000, "USD": 200, "VND": 4_000_000, "ZAR": 3_600,
}  # fmt: skip
_MOST_DAYS = 365
_MOST_SECONDS = 31_536_000


def _agent_limits() -> dict[str, Decimal]:
    return {currency: Decimal(amount) for currency, amount in _AGENT_LIMITS.items()}


def _supervisor_limits() -> dict[str, Decimal]:
    return {currency: Decimal(amount * 10) for currency, amount in _AGENT_LIMITS.items()}


@dataclass(frozen=True, slots=True)
class Span:
    """So many business days of the store, and then so many seconds on the clock on the wall."""

    business_days: int
    seconds: int

    def after(self, moment: datetime, calendar: BusinessCalendar) -> datetime:
        """A shop that never opens has no business days: days on the wall count."""
        try:
            day = calendar.add_business_days(moment, self.business_days)
        except NeverOpen:
            day = moment + timedelta(days=self.business_days)
        return day + timedelta(seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class AftersalesPolicy:
    """What a store decides for itself about cases and refunds (AFS-6, AFS-8).

    Limits are maps from currency to amount: by default 200 and 2,000 of a currency like the US dollar, the euro or the yuan, and a round
    amount of that order of magnitude elsewhere; in a currency that is in neither map a supervisor approves every refund. A clock of
    business days and seconds counts both, so that a shop may set days to zero and think in seconds.
    """

    agent_limit: dict[str, Decimal] = amounts(_agent_limits)
    supervisor_limit: dict[str, Decimal] = amounts(_supervisor_limits)
    reply_business_days: int = number(1, most=_MOST_DAYS)
    reply_seconds: int = number(0, most=_MOST_SECONDS)
    reply_escalation_seconds: int = number(14_400, most=_MOST_SECONDS)
    settle_business_days: int = number(3, most=_MOST_DAYS)
    settle_seconds: int = number(0, most=_MOST_SECONDS)
    answer_business_days: int = number(2, most=_MOST_DAYS)
    answer_seconds: int = number(0, most=_MOST_SECONDS)
    answer_escalation_business_days: int = number(5, most=_MOST_DAYS)
    answer_escalation_seconds: int = number(0, most=_MOST_SECONDS)
    card_days_from: int = number(20, most=_MOST_DAYS)
    card_days_to: int = number(30, most=_MOST_DAYS)

    def __post_init__(self) -> None:
        """PolicyOutOfRange with every number that makes no sense."""
        problem = FieldProblem("values.card_days_from", "range", "must not be more than card_days_to")
        check_bounds(self, *([problem] if self.card_days_from > self.card_days_to else []))

    @property
    def reply_within(self) -> Span:
        return Span(self.reply_business_days, self.reply_seconds)

    @property
    def settle_within(self) -> Span:
        return Span(self.settle_business_days, self.settle_seconds)

    @property
    def answer_within(self) -> Span:
        """How long finance may be silent before it is asked."""
        return Span(self.answer_business_days, self.answer_seconds)

    @property
    def answer_escalation(self) -> Span:
        return Span(self.answer_escalation_business_days, self.answer_escalation_seconds)
