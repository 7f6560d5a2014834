"""How long a customer may wait for a person's answer, in the store's business time (INQ-5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.inquiry.domain.policy import InquiryPolicy
from shared.calendar import BusinessCalendar, NeverOpen

CHAT, EMAIL, PHONE = "chat", "email", "phone"


class ClockState(StrEnum):
    RUNNING = "running"
    WARNED = "warned"
    BREACHED = "breached"
    MET = "met"


@dataclass(frozen=True, slots=True)
class Dues:
    """When a first response warns and breaches; None: never, as where the channel has no warning or the store never opens."""

    warn_at: datetime | None
    due_at: datetime | None


def first_response_dues(channel: str, started_at: datetime, calendar: BusinessCalendar, policy: InquiryPolicy) -> Dues:
    """Phone is due at once: who typed the record in has answered."""
    if channel == PHONE:
        return Dues(None, started_at)
    breach = {CHAT: policy.chat_breach_seconds, EMAIL: policy.email_breach_seconds}.get(channel, policy.social_breach_seconds)
    warn_at = _after(calendar, started_at, policy.chat_warn_seconds) if channel == CHAT else None
    return Dues(warn_at, _after(calendar, started_at, breach))


def later_reply_due(channel: str, asked_at: datetime, calendar: BusinessCalendar, policy: InquiryPolicy) -> datetime | None:
    """Only chat has a clock for later replies."""
    return _after(calendar, asked_at, policy.chat_reply_seconds) if channel == CHAT else None


def is_met_at(due_at: datetime | None, answered_at: datetime) -> bool:
    """An answer in the very moment it is due is in time."""
    return due_at is None or answered_at <= due_at


def business_seconds(calendar: BusinessCalendar, started_at: datetime, ended_at: datetime) -> int:
    return max(0, round(calendar.business_time_between(started_at, ended_at).total_seconds()))


def state_of(
    *, due_at: datetime | None, warned_at: datetime | None, breached_at: datetime | None, answered_at: datetime | None, closed: bool
) -> ClockState | None:
    """A breach stays one, answered or not. None: nothing runs, because it was closed unanswered or the store never opens."""
    if breached_at is not None:
        return ClockState.BREACHED
    if answered_at is not None:
        return ClockState.MET
    if closed or due_at is None:
        return None
    return ClockState.WARNED if warned_at is not None else ClockState.RUNNING


def _after(calendar: BusinessCalendar, start: datetime, seconds: int) -> datetime | None:
    try:
        if seconds == 0:
            return calendar.next_opening(start)
        return calendar.add_business_time(start, timedelta(seconds=seconds))
    except NeverOpen:
        return None
