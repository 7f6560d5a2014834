from collections.abc import Collection, Sequence
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


async def closed(
    session: AsyncSession, kind: type[CaseRow | RefundRow], refs: Collection[tuple[str, UUID]]
) -> dict[tuple[str, UUID], bool]:
    """Whether they are closed, of those that something was said of."""
    key = CaseRow.case_id if kind is CaseRow else RefundRow.refund_id
    found = select(kind.store_id, key, kind.closed_at.is_not(None)).where(tuple_(kind.store_id, key).in_(refs), kind.said_id.is_not(None))
    return {(store_id, each): is_closed for store_id, each, is_closed in await session.execute(found)}
