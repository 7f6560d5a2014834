from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.aftersales.models import CaseRow, RefundRow


async def since(
    session: AsyncSession, kind: type[CaseRow | RefundRow], moment: datetime, after: tuple[str, UUID], limit: int
) -> Sequence[CaseRow | RefundRow]:
    """Locked, so that nothing newer is said of them meanwhile."""
    key, began = (CaseRow.case_id, CaseRow.opened_at) if kind is CaseRow else (RefundRow.refund_id, RefundRow.requested_at)
    found = select(kind).where(
        kind.said_id.is_not(None), func.coalesce(kind.closed_at, began) >= moment, tuple_(kind.store_id, key) > tuple_(*after)
    )
    return (await session.scalars(found.order_by(kind.store_id, key).limit(limit).with_for_update())).all()  # type: ignore[return-value]
