"""First response and later replies in business time (INQ-5)."""

from datetime import UTC, datetime, timedelta

import pytest

from services.inquiry.domain.clocks import ClockState, business_seconds, first_response_dues, is_met_at, later_reply_due, state_of
from services.inquiry.domain.policy import InquiryPolicy
from shared.calendar import BusinessCalendar, OpeningHours

POLICY = InquiryPolicy()
WORKING = BusinessCalendar.default()
SHANGHAI = BusinessCalendar.of("Asia/Shanghai", [OpeningHours(["mon", "tue", "wed", "thu", "fri"], "09:00", "18:00")], "CN")
BERLIN_NIGHT = BusinessCalendar.of("Europe/Berlin", [OpeningHours(["sat", "sun"], "00:00", "24:00")], None)
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


@pytest.mark.parametrize(
    ("channel", "warns", "breaches"),
    [("chat", 10, 30), ("email", None, 4 * 3600), ("social", None, 900), ("wechat", None, 900), ("phone", None, 0)],
)
def test_each_channel_has_its_own_time(channel: str, warns: int | None, breaches: int) -> None:
    dues = first_response_dues(channel, MONDAY, WORKING, POLICY)

    assert dues.warn_at == (None if warns is None else MONDAY + timedelta(seconds=warns))
    assert dues.due_at == MONDAY + timedelta(seconds=breaches)


@pytest.mark.parametrize(
    ("calendar", "asked", "channel", "due"),
    [
        (WORKING, "2026-03-06T17:59:50", "chat", "2026-03-09T09:00:20"),
        (WORKING, "2026-03-07T12:00:00", "chat", "2026-03-09T09:00:30"),
        (WORKING, "2026-03-06T16:00:00", "email", "2026-03-09T11:00:00"),
        (SHANGHAI, "2026-02-16T03:00:00", "chat", None),
        (BERLIN_NIGHT, "2026-03-29T00:50:00", "social", "2026-03-29T01:05:00"),
        (BERLIN_NIGHT, "2026-10-25T00:50:00", "social", "2026-10-25T01:05:00"),
    ],
)
def test_the_clock_stands_still_over_weekends_holidays_and_goes_on_over_clock_changes(
    calendar: BusinessCalendar, asked: str, channel: str, due: str | None
) -> None:
    due_at = first_response_dues(channel, utc(asked), calendar, POLICY).due_at

    if due is None:
        assert due_at is not None
        assert due_at - utc(asked) > timedelta(days=1)
    else:
        assert due_at == utc(due)


def test_a_store_that_never_opens_has_no_clock() -> None:
    closed = BusinessCalendar(WORKING.zone, ((),) * 7)

    assert first_response_dues("chat", MONDAY, closed, POLICY).due_at is None


@pytest.mark.parametrize(("channel", "due"), [("chat", MONDAY + timedelta(minutes=2)), ("email", None), ("social", None), ("phone", None)])
def test_later_replies_are_due_in_chat_only(channel: str, due: datetime | None) -> None:
    assert later_reply_due(channel, MONDAY, WORKING, POLICY) == due


@pytest.mark.parametrize(("late", "met"), [(-1, True), (0, True), (1, False)])
def test_an_answer_in_the_moment_it_is_due_is_in_time(late: int, *, met: bool) -> None:
    assert is_met_at(MONDAY, MONDAY + timedelta(milliseconds=late)) is met


def test_seconds_are_of_business_time() -> None:
    assert business_seconds(WORKING, utc("2026-03-06T17:59:00"), utc("2026-03-09T09:01:30")) == 150


@pytest.mark.parametrize(
    ("warned", "breached", "answered", "closed", "state"),
    [
        (False, False, False, False, ClockState.RUNNING),
        (True, False, False, False, ClockState.WARNED),
        (True, True, False, False, ClockState.BREACHED),
        (True, True, True, False, ClockState.BREACHED),
        (True, False, True, False, ClockState.MET),
        (False, False, True, True, ClockState.MET),
        (False, False, False, True, None),
    ],
)
def test_a_breach_stays_one_and_an_answer_in_time_is_met(
    *, warned: bool, breached: bool, answered: bool, closed: bool, state: ClockState | None
) -> None:
    moments = {"warned_at": warned, "breached_at": breached, "answered_at": answered}
    told = {name: MONDAY if happened else None for name, happened in moments.items()}

    assert state_of(due_at=MONDAY, closed=closed, **told) is state
