from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from decimal import Decimal

from shared.calendar import BusinessCalendar, NeverOpen
from shared.errors import FieldProblem, Unprocessable
from shared.money import is_currency, places

_AGENT_LIMITS = {
    "AED": 720, "AUD": 200, "BHD": 76, "BRL": 1_000, "CAD": 200, "CHF": 200, "CNY": 200, "CZK": 4_400, "DKK": 1_400, "EUR": 200, "GBP": 200,
    "HKD": 1_600, "HUF": 72_000, "IDR": 3_200_000, "ILS": 720, "INR": 16_800, "JPY": 20_000, "KRW": 200_000, "KWD": 60, "MXN": 4_000,
    "MYR": 920, "NOK": 2_000, "NZD": 200, "OMR": 76, "PHP": 11_200, "PLN": 800, "QAR": 720, "SAR": 720, "SEK": 2_000, "SGD": 200,
    "THB": 7_200, "TRY": 6_000, "TWD": 6_000, "USD": 200, "VND": 4_000_000, "ZAR": 3_600,
}  # fmt: skip
_MOST_DAYS = 365
_MOST_SECONDS = 31_536_000
_TOO_MUCH = Decimal(10) ** 15


class PolicyOutOfRange(Unprocessable):
    """A number no store can mean."""


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

    agent_limit: dict[str, Decimal] = field(default_factory=_agent_limits)
    supervisor_limit: dict[str, Decimal] = field(default_factory=_supervisor_limits)
    reply_business_days: int = 1
    reply_seconds: int = 0
    reply_escalation_seconds: int = 14_400
    settle_business_days: int = 3
    settle_seconds: int = 0
    answer_business_days: int = 2
    answer_seconds: int = 0
    answer_escalation_business_days: int = 5
    answer_escalation_seconds: int = 0
    card_days_from: int = 20
    card_days_to: int = 30

    def __post_init__(self) -> None:
        """PolicyOutOfRange with every number that makes no sense."""
        wrong = [problem for each in fields(self) for problem in _problems(each.name, getattr(self, each.name))]
        if self.card_days_from > self.card_days_to:
            wrong.append(FieldProblem("values.card_days_from", "range", "must not be more than card_days_to"))
        if wrong:
            raise PolicyOutOfRange("; ".join(f"{problem.field} {problem.message}" for problem in wrong), wrong)

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


def _problems(name: str, value: int | Mapping[str, Decimal]) -> Iterator[FieldProblem]:
    if isinstance(value, int):
        most = _MOST_SECONDS if name.endswith("_seconds") else _MOST_DAYS
        if not 0 <= value <= most:
            yield FieldProblem(f"values.{name}", "range", f"must be between 0 and {most}")
        return
    for currency, amount in value.items():
        if not is_currency(currency):
            yield FieldProblem(f"values.{name}", "currency", "must have ISO 4217 currencies as its names")
        elif not (amount.is_finite() and 0 <= amount < _TOO_MUCH):
            yield FieldProblem(
                f"values.{name}.{currency}", "range", "must be an amount of zero or more, of at most 15 digits before the point"
            )
        elif amount != round(amount, places(currency)):
            yield FieldProblem(f"values.{name}.{currency}", "places", "must not have more decimal places than the currency")
