from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar import WEEKDAYS, BusinessCalendar, Festival, MalformedHours, NeverOpen, OpeningHours, festivals_on

EVERY_DAY = WEEKDAYS
WORKING_DAYS = WEEKDAYS[:5]


def calendar(*hours: tuple[str, str], zone: str = "UTC", days: tuple[str, ...] = EVERY_DAY, country: str | None = None) -> BusinessCalendar:
    return BusinessCalendar.of(zone, [OpeningHours(days, opens, closes) for opens, closes in hours], country)


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


DEFAULT = BusinessCalendar.default()
NEW_YORK_NIGHTS = calendar(("22:00", "06:00"), zone="America/New_York")
ROUND_THE_CLOCK = calendar(("00:00", "24:00"), zone="Europe/Berlin")
NEVER = BusinessCalendar(ZoneInfo("UTC"), ((),) * 7)
CALENDARS = [
    DEFAULT,
    NEW_YORK_NIGHTS,
    ROUND_THE_CLOCK,
    calendar(("09:00", "12:00"), ("13:30", "18:00"), zone="Asia/Shanghai", days=WORKING_DAYS, country="CN"),
    calendar(("00:00", "01:30"), ("01:30", "09:00"), zone="America/New_York"),
    calendar(("02:15", "02:45"), ("20:00", "04:00"), zone="Europe/Berlin", country="DE"),
    calendar(("10:00", "10:00"), zone="Africa/Cairo", days=("sat",)),
]


@pytest.mark.parametrize(
    ("moment", "is_open", "next_opening"),
    [
        ("2026-03-02T08:59:59", False, "2026-03-02T09:00"),
        ("2026-03-02T09:00", True, "2026-03-02T09:00"),
        ("2026-03-02T17:59:59", True, "2026-03-02T17:59:59"),
        ("2026-03-02T18:00", False, "2026-03-03T09:00"),
        ("2026-03-06T18:00", False, "2026-03-09T09:00"),
        ("2026-03-07T12:00", False, "2026-03-09T09:00"),
    ],
)
def test_a_store_that_told_nothing_is_open_on_working_days_from_nine_to_six_utc(moment: str, next_opening: str, *, is_open: bool) -> None:
    assert DEFAULT.is_open(at(moment)) is is_open
    assert DEFAULT.next_opening(at(moment)) == at(next_opening)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-03-02T09:00", 4, "2026-03-02T13:00"),
        ("2026-03-02T14:00", 4, "2026-03-02T18:00"),
        ("2026-03-02T15:00", 4, "2026-03-03T10:00"),
        ("2026-03-06T17:00", 4, "2026-03-09T12:00"),
        ("2026-03-07T03:00", 4, "2026-03-09T13:00"),
        ("2026-03-02T20:00", 0, "2026-03-02T20:00"),
        ("2026-03-02T09:00", 45, "2026-03-06T18:00"),
    ],
)
def test_business_time_waits_over_nights_and_weekends(start: str, hours: int, due: str) -> None:
    assert DEFAULT.add_business_time(at(start), timedelta(hours=hours)) == at(due)


def test_a_shift_over_midnight_belongs_to_the_day_it_starts_on() -> None:
    fridays = calendar(("22:00", "02:00"), days=("fri",))

    assert fridays.is_open(at("2026-03-07T01:59"))
    assert not fridays.is_open(at("2026-03-06T01:00"))
    assert not fridays.is_business_day(date(2026, 3, 7))
    assert fridays.business_time_between(at("2026-03-06T00:00"), at("2026-03-08T00:00")) == timedelta(hours=4)


def test_a_store_open_round_the_clock_never_closes() -> None:
    assert ROUND_THE_CLOCK.is_open(at("2026-03-07T00:00", "Europe/Berlin"))
    assert ROUND_THE_CLOCK.add_business_time(at("2026-03-07T12:00"), timedelta(days=40)) == at("2026-04-16T12:00")


def test_holidays_of_the_country_are_no_business_days() -> None:
    chinese = calendar(("09:00", "18:00"), zone="Asia/Shanghai", country="CN")

    assert not chinese.is_business_day(date(2026, 10, 1))
    assert not chinese.is_open(at("2026-10-01T10:00", "Asia/Shanghai"))
    assert calendar(("09:00", "18:00"), zone="Asia/Shanghai").is_business_day(date(2026, 10, 1))


def test_a_country_without_known_holidays_has_none() -> None:
    assert calendar(("09:00", "18:00"), country="XX").is_business_day(date(2026, 1, 1))


@pytest.mark.parametrize(
    ("night", "hours"),
    [
        ("2026-03-07", 7),  # the clock goes from 02:00 to 03:00
        ("2026-10-31", 9),  # 01:00 to 02:00 comes twice
        ("2026-06-01", 8),
    ],
)
def test_a_night_with_a_clock_change_is_as_long_as_it_really_lasts(night: str, hours: int) -> None:
    dusk = at(f"{night}T20:00", "America/New_York")

    assert NEW_YORK_NIGHTS.business_time_between(dusk, dusk.astimezone(UTC) + timedelta(hours=14)) == timedelta(hours=hours)


def test_an_opening_that_the_clock_skips_is_as_much_later() -> None:
    early = calendar(("02:30", "05:00"), zone="America/New_York")

    assert early.next_opening(at("2026-03-08T00:00", "America/New_York")) == at("2026-03-08T07:30")


def test_hours_that_only_a_skipped_hour_holds_are_closed_that_day() -> None:
    brief = calendar(("02:00", "03:00"), zone="America/New_York")

    assert brief.next_opening(at("2026-03-08T00:00", "America/New_York")) == at("2026-03-09T02:00", "America/New_York")


def test_intervals_that_overlap_count_once() -> None:
    overlapping = calendar(("09:00", "13:00"), ("12:00", "18:00"), ("10:00", "11:00"))

    assert overlapping.business_time_between(at("2026-03-02T00:00"), at("2026-03-03T00:00")) == timedelta(hours=9)


@pytest.mark.parametrize(
    ("day", "count", "due"),
    [
        (date(2026, 3, 2), 0, date(2026, 3, 2)),
        (date(2026, 3, 2), 3, date(2026, 3, 5)),
        (date(2026, 3, 5), 3, date(2026, 3, 10)),
        (date(2026, 3, 7), 1, date(2026, 3, 9)),
    ],
)
def test_business_days_leave_out_weekends(day: date, count: int, due: date) -> None:
    assert DEFAULT.business_day_after(day, count) == due


def test_business_days_keep_the_time_of_the_stores_day_over_a_clock_change() -> None:
    berlin = calendar(("09:00", "18:00"), zone="Europe/Berlin", days=WORKING_DAYS)

    assert berlin.add_business_days(at("2026-03-27T16:00", "Europe/Berlin"), 1) == at("2026-03-30T16:00", "Europe/Berlin")


@pytest.mark.parametrize(
    "question",
    [
        NEVER.next_opening,
        lambda moment: NEVER.add_business_time(moment, timedelta(seconds=1)),
        lambda moment: NEVER.business_day_after(moment.date(), 1),
    ],
)
def test_a_store_that_never_opens_says_so_instead_of_searching_for_ever(question: Callable[[datetime], object]) -> None:
    with pytest.raises(NeverOpen):
        question(at("2026-03-02T09:00"))


def test_a_store_that_never_opens_has_no_business_time() -> None:
    moment = at("2026-03-02T09:00")

    assert not NEVER.is_open(moment)
    assert NEVER.business_time_between(moment, moment + timedelta(days=30)) == timedelta(0)


def test_a_store_that_tells_no_hours_keeps_the_default_ones_in_its_zone() -> None:
    silent = calendar(zone="Asia/Shanghai")

    assert silent.next_opening(at("2026-03-02T00:00")) == at("2026-03-02T09:00", "Asia/Shanghai")


@pytest.mark.parametrize(
    "hours", [("9:00", "18:00"), ("09:00", "24:01"), ("25:00", "26:00"), ("09:60", "18:00"), ("", "18:00"), ("09:00\n", "18:00")]
)
def test_hours_that_cannot_be_read_are_malformed(hours: tuple[str, str]) -> None:
    with pytest.raises(MalformedHours):
        calendar(hours)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "UTC\0"])
def test_a_zone_that_does_not_exist_is_malformed(zone: str) -> None:
    with pytest.raises(MalformedHours):
        calendar(("09:00", "18:00"), zone=zone)


def test_a_day_that_is_no_weekday_is_malformed() -> None:
    with pytest.raises(MalformedHours):
        calendar(("09:00", "18:00"), days=("someday",))


moments = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
durations = st.timedeltas(timedelta(0), timedelta(days=20))


@given(st.sampled_from(CALENDARS), moments, durations)
def test_the_time_between_a_start_and_its_deadline_is_what_was_added(store: BusinessCalendar, start: datetime, duration: timedelta) -> None:
    assert store.business_time_between(start, store.add_business_time(start, duration)) == duration


@given(st.sampled_from(CALENDARS), moments, durations, durations)
def test_two_stretches_of_business_time_add_up(store: BusinessCalendar, start: datetime, first: timedelta, second: timedelta) -> None:
    middle, end = start + first, start + first + second

    whole = store.business_time_between(start, end)

    assert whole == store.business_time_between(start, middle) + store.business_time_between(middle, end)
    assert timedelta(0) <= whole <= end - start


@given(st.sampled_from(CALENDARS), moments)
def test_the_store_is_open_at_its_next_opening_and_not_before(store: BusinessCalendar, moment: datetime) -> None:
    opening = store.next_opening(moment)

    assert store.is_open(opening)
    assert store.business_time_between(moment, opening) == timedelta(0)


@pytest.mark.parametrize(
    ("country", "day", "festivals"),
    [
        ("CN", date(2026, 2, 17), (Festival("Chinese New Year (Spring Festival)", "春节"),)),
        ("CN", date(2026, 1, 2), ()),  # a day off for a working Sunday
        ("US", date(2026, 7, 4), (Festival("Independence Day", "Independence Day"),)),
        ("US", date(2026, 7, 3), ()),  # a day off in lieu
        ("XX", date(2026, 1, 1), ()),
        (None, date(2026, 1, 1), ()),
    ],
)
def test_a_festival_is_known_by_its_names_on_its_own_day_only(country: str | None, day: date, festivals: tuple[Festival, ...]) -> None:
    assert festivals_on(country, day) == festivals


def test_a_day_of_a_lunar_calendar_that_is_not_sure_yet_has_its_name_without_a_note() -> None:
    day = next(day for day in (date(2030, 1, 1) + timedelta(days=number) for number in range(366)) if _eid(day))

    assert all("estimated" not in each.english for each in festivals_on("EG", day))


def _eid(day: date) -> bool:
    return any(each.english.startswith("Eid al-Fitr") for each in festivals_on("EG", day))
