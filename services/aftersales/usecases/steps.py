"""Every change of a case or a refund takes a version and a step of its history."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.aftersales.models import CaseRow, RefundRow
from shared.history import add_step


async def case_step(
    session: AsyncSession, case: CaseRow, name: str, *, by: str, now: datetime, reason: str | None = None, **detail: object
) -> None:
    case.version += 1
    await add_step(session, case.store_id, f"case/{case.case_id}", name, by=by, now=now, reason=reason, detail=detail)


async def refund_step(
    session: AsyncSession, refund: RefundRow, name: str, *, by: str, now: datetime, reason: str | None = None, **detail: object
) -> None:
    refund.version += 1
    await add_step(session, refund.store_id, f"refund/{refund.refund_id}", name, by=by, now=now, reason=reason, detail=detail)
