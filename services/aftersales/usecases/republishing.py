from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.aftersales.models import CaseRow, RefundRow
from services.aftersales.repository import said
from services.aftersales.usecases import saying

BATCH = 500


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
