from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.aftersales.domain.cases import CaseStatus
from services.aftersales.models import CaseRow
from shared.errors import NotFound
from shared.http import Version

Position = tuple[datetime, UUID]

_ORDER_OF = text("select order_id from cases where store_id = :store_id and case_id = :case_id")


class UnknownCase(NotFound):
    """There is no such case in this store."""


class Ref(NamedTuple):
    store_id: str
    case_id: UUID

    @property
    def about(self) -> str:
        return f"case/{self.case_id}"


class Wanted(NamedTuple):
    """What a case has to have; None where it does not matter."""

    status: CaseStatus | None = None
    type: str | None = None
    order_id: str | None = None
    customer_id: str | None = None
    overdue: bool | None = None


async def case(session: AsyncSession, ref: Ref) -> CaseRow:
    """UnknownCase (404)."""
    row = await session.get(CaseRow, ref)
    if row is None:
        raise UnknownCase("there is no such case")
    return row


async def order_of(session: AsyncSession, ref: Ref) -> str | None:
    """Which order's lock goes before the case's; it never changes. UnknownCase (404)."""
    row = (await session.execute(_ORDER_OF, ref._asdict())).one_or_none()
    if row is None:
        raise UnknownCase("there is no such case")
    return row.order_id  # type: ignore[no-any-return]


async def case_for_update(session: AsyncSession, ref: Ref, version: Version | None = None) -> CaseRow:
    """UnknownCase (404), VersionMissing (428), StaleVersion (412); a Version of None is not asked for."""
    row = await session.get(CaseRow, ref, with_for_update=True, populate_existing=True)
    if row is None:
        raise UnknownCase("there is no such case")
    if version is not None:
        version.check(row.version)
    return row


async def open_one(session: AsyncSession, values: dict[str, object]) -> CaseRow | None:
    """None where there is an open one for its subject and type: the constraint has the last word."""
    added = insert(CaseRow).values(values).on_conflict_do_nothing().returning(CaseRow)
    return await session.scalar(added)


async def open_of_customer_for_update(session: AsyncSession, store_id: str, customer_id: str, kind: str) -> CaseRow | None:
    """The oldest, whatever it is about."""
    found = select(CaseRow).where(
        CaseRow.store_id == store_id, CaseRow.customer_id == customer_id, CaseRow.type == kind, CaseRow.status != CaseStatus.CLOSED
    )
    oldest = found.order_by(CaseRow.opened_at, CaseRow.case_id).limit(1)
    return await session.scalar(oldest.with_for_update().execution_options(populate_existing=True))


async def open_for_update(session: AsyncSession, store_id: str, subject: str, kind: str) -> CaseRow | None:
    found = select(CaseRow).where(
        CaseRow.store_id == store_id, CaseRow.subject == subject, CaseRow.type == kind, CaseRow.status != CaseStatus.CLOSED
    )
    return await session.scalar(found.with_for_update().execution_options(populate_existing=True))


async def cases(
    session: AsyncSession, store_id: str, wanted: Wanted, *, now: datetime, after: Position | None, limit: int
) -> Sequence[CaseRow]:
    """Newest first."""
    found = select(CaseRow).where(CaseRow.store_id == store_id, *_conditions(wanted, now))
    if after is not None:
        found = found.where(tuple_(CaseRow.opened_at, CaseRow.case_id) < tuple_(*after))
    return (await session.scalars(found.order_by(CaseRow.opened_at.desc(), CaseRow.case_id.desc()).limit(limit))).all()


def position(row: CaseRow) -> tuple[datetime, str]:
    """As a cursor holds it."""
    return row.opened_at, str(row.case_id)


def _conditions(wanted: Wanted, now: datetime) -> list[ColumnElement[bool]]:
    given = ("status", "type", "order_id", "customer_id")
    conditions = [getattr(CaseRow, name) == value for name in given if (value := getattr(wanted, name)) is not None]
    if wanted.overdue is not None:
        missed = CaseRow.next_reply_at.is_not(None) & (CaseRow.next_reply_at <= now)
        conditions.append(missed if wanted.overdue else ~missed)
    return conditions
