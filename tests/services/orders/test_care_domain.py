"""CUS-5: when customers are sent a kind word, and when they are not."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from services.orders.domain.customers.care import birthday_number, birthdays_on, is_festive, is_night, next_at
from services.orders.domain.policy import OrderPolicy

POLICY = OrderPolicy()
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("hour", "minute", "night"),
    [(21, 59, False), (22, 0, True), (23, 59, True), (0, 0, True), (7, 59, True), (8, 0, False), (12, 0, False)],
)
def test_cus_5_night_is_by_the_stores_clock(hour: int, minute: int, *, night: bool) -> None:
    moment = datetime(2026, 3, 2, hour, minute, tzinfo=SHANGHAI)

    assert is_night(moment.astimezone(UTC), SHANGHAI, POLICY) is night


@pytest.mark.parametrize(("start", "end", "quiet"), [(8, 8, []), (0, 2, [0, 1]), (23, 1, [0, 23])])
def test_cus_5_quiet_hours_may_lie_on_either_side_of_midnight(start: int, end: int, quiet: list[int]) -> None:
    policy = replace(POLICY, quiet_from_hour=start, quiet_until_hour=end)

    assert [hour for hour in range(24) if policy.is_quiet(hour)] == quiet


@pytest.mark.parametrize(
    ("day", "birthdays"),
    [
        (date(2026, 5, 17), [517]),
        (date(2026, 2, 28), [228, 229]),
        (date(2028, 2, 28), [228]),
        (date(2028, 2, 29), [229]),
        (date(2026, 3, 1), [301]),
    ],
)
def test_cus_5_a_birthday_on_29_february_is_kept_on_the_28th_where_there_is_none(day: date, birthdays: list[int]) -> None:
    assert birthdays_on(day) == birthdays
    assert birthday_number(day) == birthdays[0]


@pytest.mark.parametrize(
    ("names", "festive"),
    [(("New Year's Day", "元旦"), True), (("Tomb-Sweeping Day", "清明节"), False), (("Good Friday", "Good Friday"), False)],
)
def test_cus_5_nobody_is_wished_a_happy_day_of_mourning(names: tuple[str, ...], *, festive: bool) -> None:
    assert is_festive(*names) is festive


@pytest.mark.parametrize(
    ("after", "due"),
    [
        (datetime(2026, 3, 2, 1, 59, tzinfo=UTC), datetime(2026, 3, 2, 2, tzinfo=UTC)),
        (datetime(2026, 3, 2, 2, tzinfo=UTC), datetime(2026, 3, 3, 2, tzinfo=UTC)),
    ],
)
def test_the_daily_time_is_the_stores(after: datetime, due: datetime) -> None:
    assert next_at(10, after, SHANGHAI) == due
