"""An inquiry's deadlines, set and cancelled with the change that starts or ends them (INQ-5, INQ-13)."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.inquiry import metrics
from services.inquiry.domain import clocks
from services.inquiry.domain.policy import InquiryPolicy
from services.inquiry.models import InquiryRow
from services.inquiry.repository.inquiries import Ref
from shared.calendar import BusinessCalendar
from shared.counting import on_commit
from shared.timers import cancel_timers, set_timers_of

FIRST_WARN = "first-response-warn"
FIRST_BREACH = "first-response-breach"
REPLY_LATE = "reply-late"
ABANDON = "abandon"
MET, BREACHED, LATE = "first-response-met", "first-response-breached", "reply-late"
KINDS = (FIRST_WARN, FIRST_BREACH, REPLY_LATE, ABANDON)


def key_of(row: InquiryRow) -> str:
    return f"{row.store_id}/{row.inquiry_id}"


def start_first_response(row: InquiryRow, calendar: BusinessCalendar, policy: InquiryPolicy, now: datetime) -> None:
    """From when we know of the question; phone is met by whoever types it in."""
    dues = clocks.first_response_dues(row.channel, now, calendar, policy)
    row.clock_started_at, row.warn_at, row.due_at = now, dues.warn_at, dues.due_at
    row.warned_at = row.breached_at = row.escalated_at = None
    if row.channel == clocks.PHONE:
        row.answered_at, row.first_seconds = now, 0


def stop(row: InquiryRow, calendar: BusinessCalendar, now: datetime) -> str | None:
    """A person has answered; the server's time decides whether that was in time. The step it is, if it is one."""
    due_at, row.reply_due_at = row.reply_due_at, None
    if row.answered_at is None:
        row.answered_at = now
        row.first_seconds = clocks.business_seconds(calendar, row.clock_started_at, now)
        if row.breached_at is not None:
            return None
        if clocks.is_met_at(row.due_at, now):
            return MET
        row.breached_at = row.escalated_at = now
        return BREACHED
    if due_at is not None and not clocks.is_met_at(due_at, now):
        row.reply_late_at = now
        return LATE
    return None


def count_answered(session: AsyncSession, row: InquiryRow, step: str | None) -> None:
    """That a person answered first; `step` is what `stop` said of it."""
    channel = metrics.channel_of(row.channel)
    on_commit(session, partial(metrics.first_response_time.labels(channel).observe, row.first_seconds or 0))
    if step == MET:
        on_commit(session, metrics.first_responses.labels(channel, metrics.MET).inc)
    elif step == BREACHED:
        count_breached(session, row)


def count_breached(session: AsyncSession, row: InquiryRow) -> None:
    on_commit(session, metrics.first_responses.labels(metrics.channel_of(row.channel), metrics.BREACHED).inc)


async def set_clocks(session: AsyncSession, written_in: Collection[InquiryRow], policies: Mapping[str, InquiryPolicy]) -> None:
    """After customers wrote in these."""
    waiting = [row for row in written_in if row.answered_at is None and row.breached_at is None]
    dues = {
        FIRST_WARN: _dues(waiting, lambda row: row.warn_at if row.warned_at is None else None),
        FIRST_BREACH: _dues(waiting, lambda row: row.due_at),
        REPLY_LATE: _dues(written_in, lambda row: row.reply_due_at),
        ABANDON: _dues(written_in, lambda row: row.last_customer_at + policies[row.store_id].abandon_after),
    }
    await set_timers_of(session, dues)


async def cancel_answered(session: AsyncSession, row: InquiryRow) -> None:
    for kind in (FIRST_WARN, FIRST_BREACH, REPLY_LATE):
        await cancel_timers(session, kind, [key_of(row)])


async def cancel_all(session: AsyncSession, row: InquiryRow) -> None:
    for kind in KINDS:
        await cancel_timers(session, kind, [key_of(row)])


def _dues(rows: Collection[InquiryRow], due_at: Callable[[InquiryRow], datetime | None]) -> dict[str, datetime]:
    return {key_of(row): due for row in rows if (due := due_at(row)) is not None}


def ref_of(key: str) -> Ref:
    store_id, inquiry_id = key.split("/")
    return Ref(store_id, UUID(inquiry_id))
