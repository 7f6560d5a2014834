"""Money that goes back: never twice, never more than was paid, never on one person's word alone where it is much (AFS-6)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.aftersales.domain.policy import AftersalesPolicy
from shared.errors import Conflict, FieldProblem, Forbidden, Unprocessable
from shared.money import Money

SUPERVISOR, FINANCE = "supervisor", "finance"
_WITHOUT_WAY_BACK = frozenset({"bank-transfer", "cash-on-delivery"})


class IllegalRefundStep(Conflict):
    """The refund is not where this could be done to it."""


class RefundExceedsPaid(Conflict):
    """More than was paid, less what went back or is about to."""


class ApprovesOwnDecision(Forbidden):
    """Nobody approves what they decided."""


class ApprovedAlready(Conflict):
    """Two approvals are two people, each role once."""


class PayeeMissing(Unprocessable):
    """The payment came by a way that cannot take money back."""


class PayeeNotWanted(Unprocessable):
    """The money goes back the way it came, or to the account that is named already."""


class AmountNotPositive(Unprocessable):
    """A refund is of some money."""


class RefundStatus(StrEnum):
    AWAITING_APPROVAL = "awaiting-approval"
    REQUESTED = "requested"
    SETTLED = "settled"
    REJECTED = "rejected"
    FAILED = "failed"
    DENIED = "denied"

    def to(self, target: "RefundStatus") -> "RefundStatus":
        if target not in _STEPS[self]:
            raise IllegalRefundStep(f"a refund cannot go from {self} to {target} (AFS-6)")
        return target


_STEPS = {
    RefundStatus.AWAITING_APPROVAL: {RefundStatus.REQUESTED, RefundStatus.DENIED},
    RefundStatus.REQUESTED: {RefundStatus.SETTLED, RefundStatus.REJECTED, RefundStatus.FAILED},
    RefundStatus.SETTLED: set[RefundStatus](),
    RefundStatus.REJECTED: set[RefundStatus](),
    RefundStatus.FAILED: set[RefundStatus](),
    RefundStatus.DENIED: set[RefundStatus](),
}
OPEN = (RefundStatus.AWAITING_APPROVAL, RefundStatus.REQUESTED)
HOLDING = (*OPEN, RefundStatus.SETTLED)  # these take their amount away from what may still go back


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came in, and how much of it is not on its way back."""

    payment_id: str
    method: str
    amount: Money
    left: Money


def approvals_needed(amount: Money, policy: AftersalesPolicy) -> tuple[str, ...]:
    """Whose word it takes beside the one who asks (AFS-6)."""
    agent, supervisor = policy.agent_limit.get(amount.currency), policy.supervisor_limit.get(amount.currency)
    if agent is not None and amount.amount <= agent:
        return ()
    if supervisor is None or amount.amount <= supervisor:
        return (SUPERVISOR,)
    return SUPERVISOR, FINANCE


def must_be_money(amount: Money) -> None:
    if amount.amount <= 0:
        raise AmountNotPositive("a refund is of more than nothing", [FieldProblem("amount", "positive", "must be more than zero")])


def must_fit(amount: Money, left: Money) -> None:
    """RefundExceedsPaid (AFS-6)."""
    if amount > left:
        raise RefundExceedsPaid(f"of what was paid {left} is left (AFS-6)")


def payment_for(amount: Money, payments: Sequence[Payment]) -> Payment:
    """The first payment with enough left, else the largest, of those in the amount's currency; RefundExceedsPaid where there is none."""
    same = [payment for payment in payments if payment.amount.currency == amount.currency]
    if not same:
        raise RefundExceedsPaid(f"nothing was paid in {amount.currency} (AFS-6)")
    enough = (payment for payment in same if payment.left >= amount)
    return next(enough, None) or max(same, key=lambda payment: payment.amount.amount)


def needs_payee(method: str) -> bool:
    return method in _WITHOUT_WAY_BACK


def must_have_payee(method: str, *, there: bool) -> None:
    """PayeeMissing, PayeeNotWanted (422)."""
    if there and not needs_payee(method):
        refuse_payee(f"must be left out, as {method} takes money back itself")
    if needs_payee(method) and not there:
        problem = FieldProblem("payee", "payee", f"must be there, as {method} cannot take money back")
        raise PayeeMissing("whose account the money goes to must be known (AFS-6)", [problem])


def refuse_payee(why: str) -> None:
    raise PayeeNotWanted("the money goes to no other account (AFS-6)", [FieldProblem("payee", "payee", why)])


def approving_role(sub: str, roles: Collection[str], *, decided_by: str, approved: Sequence[tuple[str, str]], needed: Sequence[str]) -> str:
    """As what this person approves; `approved` has (role, sub). ApprovesOwnDecision (403), ApprovedAlready (409), both AFS-6."""
    if sub == decided_by:
        raise ApprovesOwnDecision("nobody approves what they decided (AFS-6)")
    if any(sub == other for _, other in approved):
        raise ApprovedAlready("two approvals are two people (AFS-6)")
    given = {role for role, _ in approved}
    open_roles = [role for role in needed if role not in given and role in roles]
    if not open_roles:
        raise ApprovedAlready("your role has approved, or is not needed (AFS-6)")
    return open_roles[0]
