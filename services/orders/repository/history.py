"""Every step of an order, numbered from one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.copying import copy_rows
from shared.retention import Retention

HISTORY = Retention("order_history", "at", days=730)

_READ = text("""
    select number, at, step, by, reason, detail from order_history
    where store_id = :store_id and order_id = :order_id and number > :after order by number limit :limit
""")
_COLUMNS = ("store_id", "order_id", "number", "at", "step", "by", "reason", "detail")


@dataclass(frozen=True, slots=True)
class Step:
    """What happened, by whom (a `sub`, `storefront` or `auto`), and why where a person did it."""

    step: str
    by: str
    reason: str | None = None
    detail: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class NumberedStep:
    store_id: str
    order_id: str
    number: int
    at: datetime
    step: Step

    def row(self) -> tuple[object, ...]:
        detail = orjson.dumps(self.step.detail).decode() if self.step.detail else "{}"
        return self.store_id, self.order_id, self.number, self.at, self.step.step, self.step.by, self.step.reason, detail


async def add_steps(session: AsyncSession, steps: Sequence[NumberedStep]) -> None:
    if steps:
        await session.run_sync(copy_rows, "order_history", _COLUMNS, [step.row() for step in steps])


async def steps_of(session: AsyncSession, store_id: str, order_id: str, *, after: int, limit: int) -> Sequence[RowMapping]:
    asked = {"store_id": store_id, "order_id": order_id, "after": after, "limit": limit}
    return (await session.execute(_READ, asked)).mappings().all()
