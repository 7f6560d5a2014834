from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, bindparam, case, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from services.aftersales.domain.refunds import OPEN, RefundStatus
from services.aftersales.models import RefundRow
from services.aftersales.repository import orders
from shared.errors import NotFound
from shared.http import Version

Position = tuple[datetime, UUID]

_COLUMNS = tuple(RefundRow.__table__.columns.keys())
_ADD = text(f"insert into refunds ({', '.join(_COLUMNS)}) values (:{', :'.join(_COLUMNS)})").bindparams(  # noqa: S608
    bindparam("payee", type_=JSONB(none_as_null=True)), bindparam("approvals", type_=JSONB)
)
_ORDER_OF = text("select order_id from refunds where store_id = :store_id and refund_id = :refund_id")
_IN_FLIGHT = text("""
    select status, overdue_at is not null as overdue, count(*) as refunds, min(coalesce(requested_at, asked_at)) as since
    from refunds where status in ('awaiting-approval', 'requested')
    group by 1, 2
""")


class UnknownRefund(NotFound):
    """There is no such refund in this store."""


class Ref(NamedTuple):
    store_id: str
    refund_id: UUID

    @property
    def about(self) -> str:
        return f"refund/{self.refund_id}"


class Wanted(NamedTuple):
    """What a refund has to have; None where it does not matter. `since` and `until` bound when it was asked for."""

    status: RefundStatus | None = None
    overdue: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


async def refund(session: AsyncSession, ref: Ref) -> RefundRow:
    """UnknownRefund (404)."""
    row = await session.get(RefundRow, ref)
    if row is None:
        raise UnknownRefund("there is no such refund")
    return row


async def add(session: AsyncSession, row: RefundRow) -> None:
    """As it is now: what is set later is not written."""
    await session.execute(_ADD, {name: getattr(row, name) for name in _COLUMNS})


async def refund_for_update(session: AsyncSession, ref: Ref, version: Version | None = None) -> RefundRow:
    """With its order locked before it. UnknownRefund (404), VersionMissing (428), StaleVersion (412)."""
    found = (await session.execute(_ORDER_OF, ref._asdict())).one_or_none()
    if found is None:
        raise UnknownRefund("there is no such refund")
    await orders.for_update(session, ref.store_id, found.order_id)
    row = await session.get(RefundRow, ref, with_for_update=True, populate_existing=True)
    if row is None:
        raise UnknownRefund("there is no such refund")
    if version is not None:
        version.check(row.version)
    return row


async def ref_of(session: AsyncSession, refund_id: UUID) -> Ref | None:
    """Finance names a refund without its store."""
    store_id = await session.scalar(select(RefundRow.store_id).where(RefundRow.refund_id == refund_id))
    return None if store_id is None else Ref(store_id, refund_id)


async def lock_all(session: AsyncSession, refs: Collection[Ref]) -> None:
    """Their orders first."""
    asked = select(RefundRow.store_id, RefundRow.order_id).where(tuple_(RefundRow.store_id, RefundRow.refund_id).in_(refs))
    await orders.lock(session, [(row.store_id, row.order_id) for row in await session.execute(asked)])
    for ref in sorted(refs):
        await session.get(RefundRow, ref, with_for_update=True, populate_existing=True)


async def count_open(session: AsyncSession, store_id: str, case_id: UUID) -> int:
    asked = select(func.count()).where(RefundRow.store_id == store_id, RefundRow.case_id == case_id, RefundRow.status.in_(OPEN))
    return await session.scalar(asked) or 0


async def in_flight(session: AsyncSession) -> Sequence[Row[Any]]:
    """How many of all stores wait for approval or an answer, by whether they have waited too long, and since when the first of them."""
    return (await session.execute(_IN_FLIGHT)).all()


async def refunds(session: AsyncSession, store_id: str, wanted: Wanted, *, after: Position | None, limit: int) -> Sequence[RefundRow]:
    """Newest first."""
    found = select(RefundRow).where(RefundRow.store_id == store_id, *_conditions(wanted))
    if after is not None:
        found = found.where(tuple_(RefundRow.asked_at, RefundRow.refund_id) < tuple_(*after))
    return (await session.scalars(found.order_by(RefundRow.asked_at.desc(), RefundRow.refund_id.desc()).limit(limit))).all()


async def totals(session: AsyncSession, store_id: str, wanted: Wanted, zone: str) -> Sequence[Row[tuple[object, ...]]]:
    """By the store's day on which they were asked for, the payment method and the currency; denied ones do not count."""
    return (await session.execute(_totals(store_id, wanted, zone))).all()


def position(row: RefundRow) -> tuple[datetime, str]:
    """As a cursor holds it."""
    return row.asked_at, str(row.refund_id)


def _totals(store_id: str, wanted: Wanted, zone: str) -> Select[tuple[object, ...]]:
    day = func.date(func.timezone(zone, RefundRow.asked_at)).label("day")
    settled = RefundRow.status == RefundStatus.SETTLED
    found = select(
        day,
        RefundRow.payment_method,
        RefundRow.currency,
        func.count().label("count"),
        func.sum(RefundRow.amount).label("amount"),
        func.count().filter(settled).label("settled_count"),
        func.sum(case((settled, RefundRow.amount), else_=0)).label("settled_amount"),
    )
    counted = found.where(RefundRow.store_id == store_id, RefundRow.status != RefundStatus.DENIED, *_conditions(wanted))
    keys = ("day", RefundRow.payment_method, RefundRow.currency)
    return counted.group_by(*keys).order_by(*keys)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.status is not None:
        conditions.append(RefundRow.status == wanted.status)
    if wanted.overdue is not None:
        overdue = (RefundRow.status == RefundStatus.REQUESTED) & RefundRow.overdue_at.is_not(None)
        conditions.append(overdue if wanted.overdue else ~overdue)
    if wanted.since is not None:
        conditions.append(RefundRow.asked_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(RefundRow.asked_at < wanted.until)
    return conditions
