"""What people do with cases (AFS-7, AFS-8, AFS-10)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.aftersales.domain.cases import CaseStatus, Cause, Complaint, Escalation, IllegalCaseStep, escalated, must_be_complete
from services.aftersales.models import CaseRow
from services.aftersales.repository import cases, orders, refunds
from services.aftersales.repository.cases import Ref
from services.aftersales.usecases import clocks, saying, tellings
from services.aftersales.usecases.steps import case_step
from shared.auth import Actor, Role
from shared.errors import Conflict, FieldProblem, Unprocessable
from shared.history import AUTO
from shared.http import Version
from shared.money import Money

_TAKES_OVER = frozenset({Role.SUPERVISOR})


class CaseTaken(Conflict):
    """Somebody has it already; a supervisor may take it over."""


class PromiseInThePast(Unprocessable):
    """A reply is promised for a time to come."""


async def take(session: AsyncSession, ref: Ref, version: Version, *, by: Actor, reason: str, now: datetime) -> CaseRow:
    """Of two who take it at once one wins."""
    case = await _open(session, ref, version)
    if case.agent_id == by.sub:
        raise CaseTaken("you have taken it already")
    if case.agent_id is not None and not by.may_act_as(_TAKES_OVER):
        raise CaseTaken("somebody else has taken it")
    case.agent_id = by.sub
    await case_step(session, case, "taken", by=by.sub, now=now, reason=reason)
    return case


async def move(session: AsyncSession, ref: Ref, version: Version, target: CaseStatus, *, by: Actor, reason: str, now: datetime) -> CaseRow:
    """To a status that needs nothing but a reason. IllegalCaseStep (409)."""
    case = await cases.case_for_update(session, ref, version)
    case.status = CaseStatus(case.status).to(target)
    await case_step(session, case, target, by=by.sub, now=now, reason=reason)
    return case


async def refuse(session: AsyncSession, ref: Ref, version: Version, *, by: Actor, reason: str, now: datetime) -> CaseRow:
    """What was proposed; the next best option is to be found. IllegalCaseStep (409)."""
    case = await cases.case_for_update(session, ref, version)
    if case.status != CaseStatus.PROPOSED:
        raise IllegalCaseStep(f"nothing is proposed, the case is {case.status} (AFS-10)")
    case.status = CaseStatus(case.status).to(CaseStatus.DIAGNOSED)
    await case_step(session, case, "refused", by=by.sub, now=now, reason=reason)
    return case


async def diagnose(
    session: AsyncSession, ref: Ref, version: Version, *, cause: Cause, finding: str, by: Actor, reason: str | None, now: datetime
) -> CaseRow:
    case = await cases.case_for_update(session, ref, version)
    case.status = CaseStatus(case.status).to(CaseStatus.DIAGNOSED)
    case.cause, case.finding = cause, finding
    await case_step(session, case, CaseStatus.DIAGNOSED, by=by.sub, now=now, reason=reason, cause=cause)
    return case


async def propose(
    session: AsyncSession, ref: Ref, version: Version, *, action: str, text: str, amount: Money | None, by: Actor, now: datetime
) -> CaseRow:
    """The customer hears `text`, which answers her complaint; the clock of the next reply starts anew (AFS-8)."""
    case = await cases.case_for_update(session, ref, version)
    case.status = CaseStatus(case.status).to(CaseStatus.PROPOSED)
    case.proposal = {
        "action": action,
        "text": text,
        "amount": None if amount is None else {"amount": str(amount.amount), "currency": amount.currency},
    }
    policy, calendar = await clocks.rules(session, ref.store_id)
    case.answered_at, case.next_reply_at = now, policy.reply_within.after(now, calendar)
    case.promised_at = case.escalated_to = None
    await case_step(session, case, CaseStatus.PROPOSED, by=by.sub, now=now, reason=text, action=action)
    await clocks.watch_reply(session, case)
    tellings.write(session, case, text, now)
    return case


async def promise(
    session: AsyncSession, ref: Ref, version: Version, *, next_reply_at: datetime, by: Actor, reason: str, now: datetime
) -> CaseRow:
    """The clock starts anew (AFS-8)."""
    case = await _open(session, ref, version)
    if next_reply_at <= now:
        raise PromiseInThePast("a reply is promised for a time to come", [FieldProblem("next_reply_at", "future", "must lie ahead")])
    case.next_reply_at, case.promised_at, case.escalated_to = next_reply_at, now, None
    await case_step(session, case, "promised", by=by.sub, now=now, reason=reason, next_reply_at=next_reply_at.isoformat())
    await clocks.watch_reply(session, case)
    return case


async def close(
    session: AsyncSession,
    ref: Ref,
    version: Version,
    *,
    outcome: str,
    cause: Cause | None,
    reply: str | None,
    by: Actor,
    reason: str,
    now: datetime,
) -> CaseRow:
    """IllegalCaseStep, CaseIncomplete (409) with all that AFS-7 misses."""
    order_id = await cases.order_of(session, ref)
    if order_id is not None:
        await orders.for_update(session, ref.store_id, order_id)
    case = await cases.case_for_update(session, ref, version)
    closed = CaseStatus(case.status).to(CaseStatus.CLOSED)
    must_be_complete(await _complaint(session, case, outcome=outcome, cause=cause, reply=reply), now)
    case.status, case.closed_at, case.outcome, case.next_reply_at = closed, now, outcome, None
    case.cause = cause or case.cause
    await case_step(session, case, closed, by=by.sub, now=now, reason=reason, outcome=outcome)
    await clocks.watch_reply(session, case)
    saying.say(session, case)
    tellings.tell_of_case(session, tellings.CASE_CLOSED, case, now, reply=f"{reply} " if reply else "")
    return case


async def escalate(session: AsyncSession, refs: Collection[Ref], now: datetime) -> None:
    """A promised reply did not come: supervisor, then admin (AFS-8)."""
    for ref in sorted(refs):
        case = await cases.case_for_update(session, ref)
        if case.next_reply_at is None or case.next_reply_at > now:
            continue
        level = escalated(None if case.escalated_to is None else Escalation(case.escalated_to))
        if level is None:
            continue
        case.escalated_to = level
        await case_step(session, case, "escalated", by=AUTO, now=now, reason="the promised reply did not come (AFS-8)", to=level)
        if level is Escalation.SUPERVISOR:
            await clocks.watch_again(session, case, now)


async def _open(session: AsyncSession, ref: Ref, version: Version) -> CaseRow:
    case = await cases.case_for_update(session, ref, version)
    if case.status == CaseStatus.CLOSED:
        raise IllegalCaseStep("the case is closed")
    return case


async def _complaint(session: AsyncSession, case: CaseRow, *, outcome: str, cause: Cause | None, reply: str | None) -> Complaint:
    return Complaint(
        heard=bool(case.description.strip()),
        asked=bool(case.finding),
        answered=case.answered_at is not None or bool(reply),
        cause=cause or case.cause,
        outcome=outcome,
        open_refunds=await refunds.count_open(session, case.store_id, case.case_id),
        promised_until=case.next_reply_at if case.promised_at is not None else None,
    )
