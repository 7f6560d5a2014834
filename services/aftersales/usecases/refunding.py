"""Asking for money back, and saying yes or no to it (AFS-6). The order's lock is held before anything is decided."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.aftersales import metrics
from services.aftersales.domain import refunds as rules
from services.aftersales.domain.cases import CaseStatus, IllegalCaseStep
from services.aftersales.domain.policy import AftersalesPolicy
from services.aftersales.domain.refunds import FINANCE, SUPERVISOR, RefundStatus
from services.aftersales.models import CaseRow, RefundRow
from services.aftersales.repository import cases, orders, refunds
from services.aftersales.repository.orders import KnownOrder
from services.aftersales.usecases import clocks, following, saying, tellings
from services.aftersales.usecases.steps import case_step, refund_step
from shared.auth import Actor, Role
from shared.calendar import BusinessCalendar
from shared.clock import new_id
from shared.counting import on_commit
from shared.errors import Conflict
from shared.events.base import Event
from shared.events.refunds import Payee
from shared.history import add_step
from shared.http import Version
from shared.money import Money

_ROLES = {SUPERVISOR: frozenset({Role.SUPERVISOR}), FINANCE: frozenset({Role.FINANCE})}


class CaseWithoutOrder(Conflict):
    """Nothing was paid for it, so nothing can go back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody, or a due of the order, wants to go back.

    The refund of a due has the due's id: finance, which pays a refund once, sees the same one when a restored database hears the due again.
    """

    amount: Money
    kind: str
    reason: str
    payee: Payee | None = None
    refund_id: UUID | None = None


async def ask(session: AsyncSession, ref: cases.Ref, asked: Asked, *, by: Actor, now: datetime) -> RefundRow:
    """UnknownCase (404); PayeeMissing, PayeeNotWanted, AmountNotPositive (422); CaseWithoutOrder, IllegalCaseStep,
    RefundExceedsPaid (409)."""
    rules.must_be_money(asked.amount)
    order_id = await cases.order_of(session, ref)
    if order_id is None:
        raise CaseWithoutOrder("the case has no order, so nothing was paid for it (AFS-6)")
    order = await orders.known_for_update(session, ref.store_id, order_id)
    case = await cases.case_for_update(session, ref)
    if case.status == CaseStatus.CLOSED:
        raise IllegalCaseStep("the case is closed (AFS-6)")
    refund = await add(session, case, order, asked, by=by.sub, now=now)
    if case.status == CaseStatus.AGREED:
        case.status = CaseStatus(case.status).to(CaseStatus.IN_PROGRESS)
        await case_step(session, case, CaseStatus.IN_PROGRESS, by=by.sub, now=now, reason=asked.reason, refund_id=refund.refund_id)
    return refund


async def add(
    session: AsyncSession, case: CaseRow, order: KnownOrder, asked: Asked, *, by: str, now: datetime, due: Event | None = None
) -> RefundRow:
    """Of a locked order and case. A due whose account nobody knows waits for a supervisor who does."""
    paid, returned = await orders.money_of(session, order, asked.amount.currency)
    payment = rules.payment_for(asked.amount, await orders.payments_of(session, order))
    policy, calendar = await clocks.rules(session, case.store_id)
    needed = rules.approvals_needed(asked.amount, policy)
    if due is None:
        rules.must_have_payee(payment.method, there=asked.payee is not None)
    elif rules.needs_payee(payment.method) and not needed:
        needed = (SUPERVISOR,)
    rules.must_fit(asked.amount, paid - returned)
    await orders.hold(session, (order.store_id, order.order_id), asked.amount)
    refund = _refund(case, order, asked, payment, needed, by=by, now=now)
    if not needed:
        _request(session, refund, case, policy, calendar, now, cause=due)
    await refunds.add(session, refund)
    detail = {"amount": str(asked.amount), "approvals_needed": list(needed)}
    await add_step(session, case.store_id, f"refund/{refund.refund_id}", "asked", by=by, now=now, reason=asked.reason, detail=detail)
    if not needed:
        await clocks.watch_answer(session, refund, policy.answer_within.after(now, calendar))
    return refund


async def approve(
    session: AsyncSession, ref: refunds.Ref, version: Version, *, by: Actor, reason: str, payee: Payee | None, now: datetime
) -> RefundRow:
    """404, 428, 412, PayeeMissing, PayeeNotWanted (422), ApprovesOwnDecision (403), ApprovedAlready, IllegalRefundStep (409)."""
    refund = await refunds.refund_for_update(session, ref, version)
    requested = RefundStatus(refund.status).to(RefundStatus.REQUESTED)
    approved = [(each["role"], each["by"]) for each in refund.approvals]
    roles = [role for role in refund.approvals_needed if by.may_act_as(_ROLES[role])]
    role = rules.approving_role(by.sub, roles, decided_by=refund.asked_by, approved=approved, needed=refund.approvals_needed)
    if payee is not None:
        _name_payee(refund, payee)
    rules.must_have_payee(refund.payment_method, there=refund.payee is not None)
    refund.approvals = [*refund.approvals, {"role": role, "by": by.sub, "at": now.isoformat()}]
    await refund_step(session, refund, "approved", by=by.sub, now=now, reason=reason, role=role)
    if len(refund.approvals) == len(refund.approvals_needed):
        refund.status, refund.requested_at = requested, now
        case = await cases.case_for_update(session, cases.Ref(ref.store_id, refund.case_id))
        policy, calendar = await clocks.rules(session, ref.store_id)
        _request(session, refund, case, policy, calendar, now)
        await clocks.watch_answer(session, refund, policy.answer_within.after(now, calendar))
    return refund


async def deny(session: AsyncSession, ref: refunds.Ref, version: Version, *, by: Actor, reason: str, now: datetime) -> RefundRow:
    """The amount is free again, and the customer told as of any other answer. 404, 428, 412, IllegalRefundStep (409)."""
    refund = await refunds.refund_for_update(session, ref, version)
    refund.status = RefundStatus(refund.status).to(RefundStatus.DENIED)
    refund.closed_at = now
    await orders.hold(session, (refund.store_id, refund.order_id), -refund.money)
    on_commit(session, metrics.closed.labels(RefundStatus.DENIED).inc)
    await refund_step(session, refund, "denied", by=by.sub, now=now, reason=reason)
    await following.go_on(session, refund, tellings.REFUND_DENIED, now)
    return refund


def _name_payee(refund: RefundRow, payee: Payee) -> None:
    """Once: who approves does not send the money elsewhere."""
    named = payee.model_dump()
    if refund.payee is not None and refund.payee != named:
        rules.refuse_payee("must be the one that is named already, or left out")
    refund.payee = named


def _request(
    session: AsyncSession,
    refund: RefundRow,
    case: CaseRow,
    policy: AftersalesPolicy,
    calendar: BusinessCalendar,
    now: datetime,
    cause: Event | None = None,
) -> None:
    """Once per refund: only a refund that was not requested yet gets here, with its row locked or new."""
    refund.requested_at, refund.settle_by = now, policy.settle_within.after(now, calendar)
    saying.say(session, refund, caused_by=cause)
    on_commit(session, metrics.requested.inc)
    tellings.tell_of_refund(session, tellings.REFUND_REQUESTED, refund, case, policy, now, caused_by=cause)


def _refund(
    case: CaseRow, order: KnownOrder, asked: Asked, payment: rules.Payment, needed: tuple[str, ...], *, by: str, now: datetime
) -> RefundRow:
    return RefundRow(
        store_id=case.store_id,
        refund_id=asked.refund_id or new_id(),
        version=1,
        case_id=case.case_id,
        order_id=order.order_id,
        customer_id=order.customer_id,
        amount=asked.amount.amount,
        currency=asked.amount.currency,
        kind=asked.kind,
        reason=asked.reason,
        status=RefundStatus.AWAITING_APPROVAL if needed else RefundStatus.REQUESTED,
        payment_method=payment.method,
        payment_id=payment.payment_id,
        payee=None if asked.payee is None else asked.payee.model_dump(),
        asked_by=by,
        asked_at=now,
        approvals_needed=list(needed),
        approvals=[],
        requested_at=None if needed else now,
    )
