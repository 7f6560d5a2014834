from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.aftersales.models import CaseRow, RefundRow
from services.aftersales.repository import said
from services.aftersales.usecases import saying
from shared.events.base import Event
from shared.events.cases import CaseClosed, CaseEvent
from shared.events.refunds import RefundClosed, RefundEvent

BATCH = 500
FINAL = (CaseClosed, RefundClosed)


async def republish(session: AsyncSession, since: datetime, after: str | None) -> str | None:
    """Says of each case, then of each refund, that changed since what was said last: those who heard it ignore it."""
    kind, store_id, last = (after or f"cases//{UUID(int=0)}").split("/")
    row: type[CaseRow | RefundRow] = CaseRow if kind == "cases" else RefundRow
    found = await said.since(session, row, since, (store_id, UUID(last)), BATCH)
    for each in found:
        saying.say_again(session, each)
    if len(found) == BATCH:
        ended = found[-1]
        return f"{kind}/{ended.store_id}/{ended.case_id if isinstance(ended, CaseRow) else ended.refund_id}"
    return f"refunds//{UUID(int=0)}" if kind == "cases" else None


async def reconcile(session: AsyncSession, told: Sequence[Event], _now: datetime) -> Sequence[Event]:
    """Says nothing anew: no newer word on a case or refund takes back an older. Lost is what is not there, or not as far as was said."""
    cases = {(each.store_id, each.case_id): each for each in told if isinstance(each, CaseEvent)}
    refunds = {(each.store_id, each.refund_id): each for each in told if isinstance(each, RefundEvent)}
    closed = await said.closed(session, CaseRow, cases) | await said.closed(session, RefundRow, refunds)
    return [each for ref, each in (*cases.items(), *refunds.items()) if ref not in closed or (isinstance(each, FINAL) and not closed[ref])]
