"""What time does to inquiries (INQ-5, INQ-13)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.inquiry.domain.conversation import InquiryStatus, Outcome
from services.inquiry.domain.policy import InquiryPolicy
from services.inquiry.models import InquiryRow
from services.inquiry.repository import inquiries
from services.inquiry.repository.inquiries import Ref
from services.inquiry.usecases import clocks, snapshots
from services.inquiry.usecases.desk import end
from shared import policies
from shared.history import AUTO, add_step
from shared.timers import set_timers


async def warn(session: AsyncSession, refs: Collection[Ref], now: datetime) -> None:
    """Nobody has answered yet."""
    for row in await _open(session, refs):
        if row.answered_at is None and row.warned_at is None:
            row.warned_at = now
            await _record(session, row, "first-response-warned", now)


async def breach(session: AsyncSession, refs: Collection[Ref], now: datetime) -> None:
    """Nobody has answered in time: the supervisor's from now on."""
    for row in await _open(session, refs):
        if row.answered_at is None and row.breached_at is None:
            row.breached_at = row.escalated_at = now
            clocks.count_breached(session, row)
            await _record(session, row, clocks.BREACHED, now, escalated_to="supervisor")


async def reply_is_late(session: AsyncSession, refs: Collection[Ref], now: datetime) -> None:
    for row in await _open(session, refs):
        if row.reply_due_at is not None and row.reply_due_at <= now:
            row.reply_late_at = now
            await _record(session, row, clocks.LATE, now)


async def abandon(session: AsyncSession, refs: Collection[Ref], now: datetime) -> None:
    """The customer has not written for long; by the policy of now."""
    found = await policies.load(session, InquiryPolicy, sorted({ref.store_id for ref in refs}))
    for row in await _open(session, refs):
        due_at = row.last_customer_at + found[row.store_id].abandon_after
        if due_at <= now:
            await end(session, row, Outcome.ABANDONED, by=AUTO, reason=None, now=now)
        else:
            await set_timers(session, clocks.ABANDON, {clocks.key_of(row): due_at})


async def _open(session: AsyncSession, refs: Collection[Ref]) -> list[InquiryRow]:
    found = await inquiries.inquiries_for_update(session, refs)
    return [row for row in found.values() if row.status != InquiryStatus.CLOSED]


async def _record(session: AsyncSession, row: InquiryRow, step: str, now: datetime, **detail: str) -> None:
    snapshots.touch(row, now)
    await add_step(session, row.store_id, inquiries.about(Ref(row.store_id, row.inquiry_id)), step, by=AUTO, now=now, detail=detail)
