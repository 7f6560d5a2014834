"""Figures of a period, against the one before (ORD-11)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from services.orders.domain.figures import Sales
from shared.errors import FieldProblem, Unprocessable
from shared.money import Money, places

MOST_DAYS = 400
_FIRST_YEAR, _LAST_YEAR = 1900, 9000
_DAY = timedelta(days=1)
_RATE = Decimal("0.0001")


class PeriodOutOfRange(Unprocessable):
    """No days that figures are told of."""


class Span(NamedTuple):
    """A whole month by its first day, or one day; `times` is -1 for a day that is taken off its month."""

    grain: str
    start: date
    times: int = 1


@dataclass(frozen=True, slots=True)
class Period:
    """Days of the store, both ends included."""

    since: date
    until: date

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    @property
    def before(self) -> "Period":
        """As many days, just before."""
        return Period(self.since - self.days * _DAY, self.since - _DAY)

    def spans(self) -> Iterator[Span]:
        """Of each month the days there are of it, or the whole month less the days there are not, whichever is fewer."""
        first = self.since.replace(day=1)
        while first <= self.until:
            following = (first + 32 * _DAY).replace(day=1)
            within = [day for day in _days(first, following) if self.since <= day <= self.until]
            without = [day for day in _days(first, following) if not self.since <= day <= self.until]
            if len(without) < len(within):
                yield Span("month", first)
                yield from (Span("day", day, -1) for day in without)
            else:
                yield from (Span("day", day) for day in within)
            first = following

    def each_day(self) -> Iterator[Span]:
        return (Span("day", day) for day in _days(self.since, self.until + _DAY))


def period(since: date | None, until: date | None, today: date, *, default_days: int) -> Period:
    """From what was asked for; without a beginning so many days, without an end until today. PeriodOutOfRange names the field."""
    until = until or today
    for name, day in (("from", since), ("to", until)):
        if day is not None and not _FIRST_YEAR < day.year < _LAST_YEAR:
            raise _refused(name, "range", "must be a day something was sold on")
    wanted = Period(since or until - (default_days - 1) * _DAY, until)
    if wanted.since > wanted.until:
        raise _refused("from", "order", "must not be after to")
    if wanted.days > MOST_DAYS:
        raise _refused("to", "length", f"must be at most {MOST_DAYS} days from the first, both included")
    return wanted


def average(sales: Sales, currency: str) -> Money | None:
    """Of an order that stands, to the nearest unit of the currency."""
    orders = sales.placed - sales.cancelled
    if orders <= 0:
        return None
    return Money((sales.revenue / orders).quantize(Decimal(1).scaleb(-places(currency)), ROUND_HALF_EVEN), currency)


def rate(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """To four places; None where there is nothing to take a part of."""
    return (Decimal(part) / Decimal(whole)).quantize(_RATE, ROUND_HALF_EVEN) if whole > 0 else None


def growth(now: int | Decimal, before: int | Decimal) -> Decimal | None:
    """0.25 is a quarter more than before; None where there was nothing before."""
    return rate(now - before, before)


def _days(start: date, end: date) -> Iterator[date]:
    """Without the last."""
    return (start + number * _DAY for number in range((end - start).days))


def _refused(field: str, rule: str, message: str) -> PeriodOutOfRange:
    return PeriodOutOfRange(f"{field} {message}", [FieldProblem(field, rule, message)])
