"""When customers are sent a kind word, and when they are not (CUS-5)."""

from calendar import isleap
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.orders.domain.value_policy import ValuePolicy

# days on which nobody is wished a happy one: parts of their English and Chinese names
_SOLEMN = (
    "tomb", "qingming", "ching ming", "chung yeung", "good friday", "memorial", "remembrance", "mourning", "martyr", "anzac", "ashura",
    "tasua", "arbaeen", "holocaust", "genocide", "victim", "all souls", "repentance", "atonement", "tisha b'av", "demise", "death",
    "passing", "fast of", "election", "清明", "重阳", "受难", "阵亡", "死难", "哀悼", "忌日",
)  # fmt: skip
_LEAP_DAY = 229
BIRTHDAY = "birthday"


def birthday_number(birth_date: date) -> int:
    """Month and day: 517 is 17 May."""
    return birth_date.month * 100 + birth_date.day


def birthdays_on(day: date) -> list[int]:
    """On 28 February also those of the 29th, in years that have none."""
    today = birthday_number(day)
    return [today, _LEAP_DAY] if today == _LEAP_DAY - 1 and not isleap(day.year) else [today]


def is_festive(*names: str) -> bool:
    """Whether one wishes others well on a day of these names."""
    told = " ".join(names).lower()
    return not any(word in told for word in _SOLEMN)


def next_at(hour: int, after: datetime, zone: ZoneInfo) -> datetime:
    """The next time at which the store's clocks show this full hour, later than `after`."""
    local = after.astimezone(zone)
    due = datetime.combine(local.date(), time(hour), tzinfo=zone).astimezone(UTC)
    return due if due > after else datetime.combine(local.date() + timedelta(days=1), time(hour), tzinfo=zone).astimezone(UTC)


def is_night(moment: datetime, zone: ZoneInfo, policy: ValuePolicy) -> bool:
    return policy.is_quiet(moment.astimezone(zone).hour)
