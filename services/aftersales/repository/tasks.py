from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.aftersales.models import TaskRow
from shared.errors import NotFound
from shared.http import Version

Position = tuple[datetime, UUID]


class UnknownTask(NotFound):
    """There is no such task in this store."""


class Ref(NamedTuple):
    store_id: str
    task_id: UUID


async def task_for_update(session: AsyncSession, ref: Ref, version: Version) -> TaskRow:
    """UnknownTask (404), VersionMissing (428), StaleVersion (412)."""
    row = await session.get(TaskRow, ref, with_for_update=True, populate_existing=True)
    if row is None:
        raise UnknownTask("there is no such task")
    version.check(row.version)
    return row


async def open_about(session: AsyncSession, store_id: str, about: str) -> Sequence[TaskRow]:
    found = select(TaskRow).where(TaskRow.store_id == store_id, TaskRow.about == about, TaskRow.answered_at.is_(None))
    return (await session.scalars(found.order_by(TaskRow.task_id).with_for_update())).all()


async def tasks(
    session: AsyncSession, store_id: str, *, department: str | None, answered: bool | None, after: Position | None, limit: int
) -> Sequence[TaskRow]:
    """Oldest first."""
    found = select(TaskRow).where(TaskRow.store_id == store_id)
    if department is not None:
        found = found.where(TaskRow.department == department)
    if answered is not None:
        found = found.where(TaskRow.answered_at.is_not(None) if answered else TaskRow.answered_at.is_(None))
    if after is not None:
        found = found.where(tuple_(TaskRow.asked_at, TaskRow.task_id) > tuple_(*after))
    return (await session.scalars(found.order_by(TaskRow.asked_at, TaskRow.task_id).limit(limit))).all()


def position(row: TaskRow) -> tuple[datetime, str]:
    """As a cursor holds it."""
    return row.asked_at, str(row.task_id)
