"""Business time of a store: its opening hours in its own zone, without its country's holidays."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Interval = tuple[int, int]
Week = tuple[tuple[Interval, ...], ...]

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00", re.ASCII)
_ESTIMATED = re.compile(r"\s*[(（][^()（）]*(?:estimated|推定)[^()（）]*[)）]")
_DAY = 24 * 60
_WORKING_WEEK: Week = (((9 * 60, 18 * 60),),) * 5 + ((),) * 2
# A store that has not opened for more than a year of days is taken to be closed for good.
_SEARCHED_DAYS = 400


class NeverOpen(ValueError):
    """The store's hours and holidays leave no business time to count."""


class MalformedHours(ValueError):
    """Opening hours, a weekday or a time zone that cannot be read."""


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """The same hours on several weekdays; an end at or before the start lies on the next day."""

    days: Sequence[str]
    opens: str
    closes: str


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """`hours` has the intervals of Monday to Sunday in minutes of the day they start on; an end beyond 1,440 lies on the next day.

    A holiday takes away what starts on it. Time is counted as it really passes, also where a clock change skips or repeats an hour.
    """

    zone: ZoneInfo
    hours: Week
    holiday_country: str | None = None

    @classmethod
    def default(cls) -> Self:
        """What holds until a store tells its own: UTC, Monday to Friday 09:00-18:00, no holidays."""
        return cls(ZoneInfo("UTC"), _WORKING_WEEK)

    @classmethod
    def of(cls, time_zone: str, hours: Iterable[OpeningHours], holiday_country: str | None) -> Self:
        """From a store's own words ("Asia/Shanghai", "22:00" to "02:00"); without a single hour the default ones in its zone.

        MalformedHours says what cannot be read.
        """
        week: list[list[Interval]] = [[] for _ in WEEKDAYS]
        for opening in hours:
            for day in opening.days:
                week[_weekday(day)].append(_interval(opening.opens, opening.closes))
        told = tuple(tuple(sorted(set(day))) for day in week)
        return cls(zone_named(time_zone), told if any(told) else _WORKING_WEEK, holiday_country)

    def is_open(self, moment: datetime) -> bool:
        opens, _ = next(self._spans(moment), (None, None))
        return opens is not None and opens <= moment

    def next_opening(self, moment: datetime) -> datetime:
        """The moment itself while open, else when the store opens next; NeverOpen when it does not."""
        for opens, _ in self._spans(moment):
            return max(opens, moment.astimezone(UTC))
        raise NeverOpen(f"the store does not open within {_SEARCHED_DAYS} days")

    def add_business_time(self, start: datetime, duration: timedelta) -> datetime:
        """When so much business time has passed since `start`; zero or less is `start` itself."""
        if duration <= timedelta(0):
            return start.astimezone(UTC)
        left = duration
        for opens, closes in self._spans(start):
            begin = max(opens, start.astimezone(UTC))
            if left <= closes - begin:
                return begin + left
            left -= closes - begin
        raise NeverOpen(f"the store does not open within {_SEARCHED_DAYS} days")

    def business_time_between(self, start: datetime, end: datetime) -> timedelta:
        """The business time that passed; negative when `end` lies before `start`."""
        if end < start:
            return -self.business_time_between(end, start)
        passed = timedelta(0)
        for opens, closes in self._spans(start):
            if opens >= end:
                break
            passed += min(closes, end) - max(opens, start)
        return passed

    def is_business_day(self, day: date) -> bool:
        """A day of the store's zone on which it opens; a shift that began the evening before does not make one."""
        return bool(self.hours[day.weekday()]) and day not in _holidays(self.holiday_country, day.year)

    def business_day_after(self, day: date, count: int) -> date:
        """The `count`-th business day after `day`, which itself is not counted; NeverOpen when there are none."""
        closed = 0
        while count > 0:
            day += timedelta(days=1)
            closed = 0 if self.is_business_day(day) else closed + 1
            count -= closed == 0
            if closed > _SEARCHED_DAYS:
                raise NeverOpen(f"the store has no business day within {_SEARCHED_DAYS} days")
        return day

    def add_business_days(self, moment: datetime, count: int) -> datetime:
        """The same time of the store's day `count` business days later; zero is the moment itself."""
        local = moment.astimezone(self.zone)
        day = self.business_day_after(local.date(), count)
        return local.replace(year=day.year, month=day.month, day=day.day).astimezone(UTC)

    def _spans(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """What is open and ends after `moment`, in UTC, in order, without overlaps; stops after a year of closed days."""
        covered, floor = moment.astimezone(UTC), datetime.min.replace(tzinfo=UTC)
        day = moment.astimezone(self.zone).date() - timedelta(days=2)
        closed = 0
        while closed <= _SEARCHED_DAYS:
            closed += 1
            for opens, closes in self._spans_of(day):
                if closes > covered:
                    yield max(opens, floor), closes
                    covered = floor = closes
                    closed = 0
            day += timedelta(days=1)

    def _spans_of(self, day: date) -> list[tuple[datetime, datetime]]:
        if not self.is_business_day(day):
            return []
        spans = ((self._utc(day, opens), self._utc(day, closes, last=True)) for opens, closes in self.hours[day.weekday()])
        return sorted((opens, closes) for opens, closes in spans if opens < closes)

    def _utc(self, day: date, minutes: int, *, last: bool = False) -> datetime:
        """A skipped wall time is as much later as the clock was put forward; of a repeated one a closing takes the second."""
        wall = datetime.combine(day + timedelta(days=minutes // _DAY), time(*divmod(minutes % _DAY, 60)), tzinfo=self.zone)
        first = wall.astimezone(UTC)
        return max(first, wall.replace(fold=1).astimezone(UTC)) if last else first


def zone_named(name: str) -> ZoneInfo:
    """An IANA zone; MalformedHours when there is none of this name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise MalformedHours("not an IANA time zone") from unknown


def _weekday(name: str) -> int:
    try:
        return WEEKDAYS.index(name.strip().lower()[:3])
    except ValueError as unknown:
        raise MalformedHours("a weekday is one of mon, tue, wed, thu, fri, sat, sun") from unknown


def _interval(opens: str, closes: str) -> Interval:
    start, end = _minutes(opens), _minutes(closes)
    return (start, end) if end > start else (start, end + _DAY)


def _minutes(clock: str) -> int:
    if _CLOCK.fullmatch(clock) is None:
        raise MalformedHours("a time of day is written HH:MM, from 00:00 to 24:00")
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


@dataclass(frozen=True, slots=True)
class Festival:
    """A holiday by what it is called in English, and in Chinese where that is known."""

    english: str
    chinese: str

    def called(self, language: str) -> str:
        return self.chinese if language == "zh-CN" else self.english


@lru_cache(maxsize=1024)
def festivals_on(country: str | None, day: date) -> tuple[Festival, ...]:
    """What a country celebrates on this very day: no days off in exchange or in lieu; none for a country that the library does not know."""
    if country is None or country not in _countries_with_holidays():
        return ()
    english, chinese = (_celebrated(country, day, language) for language in ("en_US", "zh_CN"))
    return tuple(Festival(*names) for names in zip(english, chinese if len(chinese) == len(english) else english, strict=True))


def _celebrated(country: str, day: date, language: str) -> list[str]:
    """In English where the library does not know the language; an estimated day of a lunar calendar without the note that it is."""
    known = holidays.country_holidays(country, years=day.year).supported_languages
    language = language if language in known else "en_US"
    told = holidays.country_holidays(country, years=day.year, expand=False, observed=False, language=language)
    in_exchange = str(getattr(told, "substituted_label", "") and told.tr(told.substituted_label)).partition("%s")[0]
    names = [_ESTIMATED.sub("", name) for name in told.get_list(day)]
    return [name for name in names if not (in_exchange and name.startswith(in_exchange))]


@lru_cache(maxsize=4096)
def _holidays(country: str | None, year: int) -> frozenset[date]:
    """The public holidays; none for a country that the library does not know."""
    if country is None or country not in _countries_with_holidays():
        return frozenset()
    return frozenset(holidays.country_holidays(country, years=year, expand=False))


@lru_cache(maxsize=1)
def _countries_with_holidays() -> frozenset[str]:
    return frozenset(holidays.list_supported_countries())
