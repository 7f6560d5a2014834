"""What cases and refunds say; said again it is the same event, with the same id and version."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.aftersales.domain.cases import CaseStatus
from services.aftersales.models import CaseRow, RefundRow
from shared.clock import new_id
from shared.events.base import Event, stamp
from shared.events.cases import CaseClosed, CaseOpened
from shared.events.parts import Guest
from shared.events.refunds import Payee, RefundClosed, RefundRequested
from shared.messaging.outbox import publish

SOURCE = "/kefu/aftersales"
_CASE = ("case_id", "store_id", "customer_id", "language", "inquiry_id", "order_id", "line_id", "type", "opened_at")
_REFUND = ("refund_id", "store_id", "case_id", "order_id")
_REQUESTED = ("customer_id", "kind", "reason", "payment_method", "payment_id", "requested_at", "settle_by")


def say(session: AsyncSession, row: CaseRow | RefundRow, *, caused_by: Event | None = None) -> None:
    """That it was opened, requested or closed just now."""
    row.said_id = new_id()
    say_again(session, row, caused_by=caused_by)


def say_again(session: AsyncSession, row: CaseRow | RefundRow, *, caused_by: Event | None = None) -> None:
    """Nothing changes after the closing, and what is said before it does not change until then."""
    said = _of_case(row) if isinstance(row, CaseRow) else _of_refund(row)
    stamp(said, event_id=str(row.said_id), source=SOURCE, traceparent=None)
    publish(session, said, caused_by=caused_by)


def decided_by(refund: RefundRow) -> tuple[str, ...]:
    return refund.asked_by, *(each["by"] for each in refund.approvals)


def _of_case(case: CaseRow) -> Event:
    content = {name: getattr(case, name) for name in _CASE} | {"guest": Guest(**case.guest) if case.guest is not None else None}
    if case.status != CaseStatus.CLOSED:
        return CaseOpened.model_validate(content | {"agent_id": None, "version": 1})
    names = ("agent_id", "version", "closed_at", "outcome", "cause")
    return CaseClosed.model_validate(content | {name: getattr(case, name) for name in names})


def _of_refund(refund: RefundRow) -> Event:
    content = {name: getattr(refund, name) for name in _REFUND} | {"amount": refund.money}
    if refund.closed_at is not None:
        closed = {"outcome": str(refund.status), "closed_at": refund.closed_at, "version": refund.version}
        return RefundClosed.model_validate(content | closed)
    requested = {name: getattr(refund, name) for name in _REQUESTED}
    payee = None if refund.payee is None else Payee(**refund.payee)
    own = {"payee": payee, "decided_by": decided_by(refund), "version": 1 + len(refund.approvals)}
    return RefundRequested.model_validate(content | requested | own)
