"""What finance answers, and what happens while it does not (AFS-6)."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.aftersales import metrics
from services.aftersales.domain.refunds import FINANCE, RefundStatus
from services.aftersales.models import RefundRow
from services.aftersales.repository import orders, refunds
from services.aftersales.usecases import clocks, following, questions, saying, tellings
from services.aftersales.usecases.steps import refund_step
from shared.counting import on_commit
from shared.errors import Refused
from shared.events.base import Event
from shared.events.finance import RefundFailed, RefundRejected, RefundSettled
from shared.history import AUTO
from shared.telling import MessageTemplate


class AnswerToNothing(Refused):
    """No refund of ours has this id."""


class AnswerTooLate(Refused):
    """The refund does not wait for an answer: it has its final one, or was never asked of finance."""


class AnswerOfAnotherAmount(Refused):
    """Not what was asked for was paid."""


async def settle(session: AsyncSession, told: RefundSettled, *, now: datetime) -> None:
    """Only with exactly the amount that was asked for."""
    refund = await _waiting(session, told.refund_id)
    if told.amount != refund.money:
        raise AnswerOfAnotherAmount(f"{told.amount} was settled, {refund.money} was asked for (AFS-6)")
    refund.settled_at, refund.reference = told.settled_at, told.reference
    await _close(session, refund, RefundStatus.SETTLED, tellings.REFUND_SETTLED, told, now)


async def reject(session: AsyncSession, told: RefundRejected, *, now: datetime) -> None:
    refund = await _waiting(session, told.refund_id)
    await _close(session, refund, RefundStatus.REJECTED, tellings.REFUND_REJECTED, told, now)


async def fail(session: AsyncSession, told: RefundFailed, *, now: datetime) -> None:
    """A retryable failure is not final: finance tries again by itself, and the refund waits on."""
    refund = await _waiting(session, told.refund_id)
    if told.retryable:
        await refund_step(session, refund, "failed-for-now", by=FINANCE, now=now, reason=told.reason)
        await following.tell_of(session, refund, tellings.REFUND_DELAYED, now)
        return
    await _close(session, refund, RefundStatus.FAILED, tellings.REFUND_FAILED, told, now)


async def watch(session: AsyncSession, refs: Collection[refunds.Ref], now: datetime) -> None:
    """Unanswered: first a task for finance, then one for the supervisor; never a second event."""
    for ref in sorted(refs):
        refund = await refunds.refund(session, ref)
        if refund.status != RefundStatus.REQUESTED or refund.requested_at is None:
            continue
        policy, calendar = await clocks.rules(session, ref.store_id)
        escalates_at = policy.answer_escalation.after(refund.requested_at, calendar)
        if refund.overdue_at is None:
            refund.overdue_at = now
            await questions.ask(session, questions.UNANSWERED, refund, due_at=escalates_at, now=now)
            await refund_step(session, refund, "overdue", by=AUTO, now=now)
            await clocks.watch_answer(session, refund, max(escalates_at, now))
        elif refund.escalated_at is None:
            refund.escalated_at = now
            due_at = policy.answer_within.after(now, calendar)
            await questions.ask(session, questions.STILL_UNANSWERED, refund, due_at=due_at, now=now)
            await refund_step(session, refund, "escalated", by=AUTO, now=now, to="supervisor")


async def _waiting(session: AsyncSession, refund_id: UUID) -> RefundRow:
    ref = await refunds.ref_of(session, refund_id)
    if ref is None:
        raise AnswerToNothing("there is no such refund")
    refund = await refunds.refund_for_update(session, ref)
    if refund.status != RefundStatus.REQUESTED:
        raise AnswerTooLate(f"the refund is {refund.status}, it waits for no answer")
    return refund


async def _close(
    session: AsyncSession, refund: RefundRow, outcome: RefundStatus, template: MessageTemplate, told: Event, now: datetime
) -> None:
    refund.status = RefundStatus(refund.status).to(outcome)
    refund.closed_at = now
    if outcome is not RefundStatus.SETTLED:
        await orders.hold(session, (refund.store_id, refund.order_id), -refund.money)
    await clocks.watch_answer(session, refund, None)
    await refund_step(session, refund, outcome, by=FINANCE, now=now, reason=getattr(told, "reason", None))
    await questions.withdraw(session, refund, f"Finance answered: {told.name}", now)
    saying.say(session, refund, caused_by=told)
    on_commit(session, metrics.closed.labels(outcome).inc)
    await following.go_on(session, refund, template, now)
