"""Which deadlines a case and a refund have."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.aftersales.domain.policy import AftersalesPolicy
from services.aftersales.models import CaseRow, RefundRow
from shared import policies, stores
from shared.calendar import BusinessCalendar, NeverOpen
from shared.timers import cancel_timers, set_timers

NEXT_REPLY = "next-reply"
UNANSWERED = "unanswered"


async def rules(session: AsyncSession, store_id: str) -> tuple[AftersalesPolicy, BusinessCalendar]:
    policy = (await policies.load(session, AftersalesPolicy, [store_id]))[store_id]
    return policy, (await stores.store(session, store_id)).calendar


async def watch_reply(session: AsyncSession, case: CaseRow) -> None:
    """A case that is closed is not watched any more (AFS-8)."""
    if case.next_reply_at is None:
        await cancel_timers(session, NEXT_REPLY, [case_key(case)])
    else:
        await set_timers(session, NEXT_REPLY, {case_key(case): case.next_reply_at})


async def watch_again(session: AsyncSession, case: CaseRow, now: datetime) -> None:
    """For the next one up."""
    policy, calendar = await rules(session, case.store_id)
    wait = timedelta(seconds=policy.reply_escalation_seconds)
    try:
        due = calendar.add_business_time(now, wait)
    except NeverOpen:
        due = now + wait
    await set_timers(session, NEXT_REPLY, {case_key(case): due})


async def watch_answer(session: AsyncSession, refund: RefundRow, due: datetime | None) -> None:
    if due is None:
        await cancel_timers(session, UNANSWERED, [refund_key(refund)])
    else:
        await set_timers(session, UNANSWERED, {refund_key(refund): due})


def case_key(case: CaseRow) -> str:
    return f"{case.store_id}/{case.case_id}"


def refund_key(refund: RefundRow) -> str:
    return f"{refund.store_id}/{refund.refund_id}"
