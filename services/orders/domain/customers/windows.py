"""How far back the months of a customer's record are looked at."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Self

from services.orders.domain.value_policy import ValuePolicy

_YEAR = 12


@dataclass(frozen=True, slots=True)
class Windows:
    """Months are named by their first day.

    Whoever did not order since `since` ordered nothing in the window, to the second. Sums are of months: the one in which `since` lies is
    counted in full, so that no order in the window is left out. `recent_from` and `earlier_from` begin two windows of equal length, of
    which the running month ends the first; `before_from` begins as long a window before `year_from`.
    """

    since: datetime
    before_from: date
    year_from: date
    earlier_from: date
    recent_from: date

    @classmethod
    def at(cls, now: datetime, policy: ValuePolicy) -> Self:
        since = months_before(now, policy.value_months)
        running = now.astimezone(UTC).date().replace(day=1)
        return cls(
            since=since,
            before_from=month_before(since.date(), policy.value_months),
            year_from=month_before(since.date(), 0),
            earlier_from=month_before(running, 2 * policy.growth_months - 1),
            recent_from=month_before(running, policy.growth_months - 1),
        )


def months_before(moment: datetime, months: int) -> datetime:
    """The same day and time so many months earlier, in UTC; a day that month does not have is its last."""
    there = moment.astimezone(UTC)
    first = month_before(there.date(), months)
    last_day = monthrange(first.year, first.month)[1]
    return there.replace(year=first.year, month=first.month, day=min(there.day, last_day))


def month_before(day: date, months: int) -> date:
    """The first day of the month so many months before this day's."""
    year, month = divmod(day.year * _YEAR + day.month - 1 - months, _YEAR)
    return date(year, month + 1, 1)
