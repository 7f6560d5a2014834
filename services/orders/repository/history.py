"""Every step of an order, numbered from one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.retention import Retention
from shared.rows import as_json, told

HISTORY = Retention("order_history", "at", days=730)

_READ = text("""
    select number, at, step, by, reason, detail from order_history
    where store_id = :store_id and order_id = :order_id and number > :after order by number limit :limit
""")
_COLUMNS = {
    "store_id": "text",
    "order_id": "text",
    "number": "integer",
    "at": "timestamptz",
    "step": "text",
    "by": "text",
    "reason": "text",
    "detail": "jsonb",
}
_ADD = text(f"insert into order_history ({', '.join(_COLUMNS)}) select * from {told(_COLUMNS)}")  # noqa: S608


class Step(NamedTuple):
    """What happened, by whom (a `sub`, `storefront` or `auto`), and why where a person did it."""

    step: str
    by: str
    reason: str | None = None
    detail: Mapping[str, object] | None = None


class NumberedStep(NamedTuple):
    store_id: str
    order_id: str
    number: int
    at: datetime
    step: Step

    def row(self) -> tuple[object, ...]:
        step = self.step
        return self.store_id, self.order_id, self.number, self.at, step.step, step.by, step.reason, step.detail or {}


async def add_steps(session: AsyncSession, steps: Sequence[NumberedStep]) -> None:
    if steps:
        await session.execute(_ADD, {"rows": as_json(_COLUMNS, [step.row() for step in steps])})


async def steps_of(session: AsyncSession, store_id: str, order_id: str, *, after: int, limit: int) -> Sequence[RowMapping]:
    asked = {"store_id": store_id, "order_id": order_id, "after": after, "limit": limit}
    return (await session.execute(_READ, asked)).mappings().all()
