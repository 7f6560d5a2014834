"""What happened to a thing, step by step: who, when, why. One table a service, for all that it owns."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import orjson
from sqlalchemy import Column, DateTime, Index, Integer, MetaData, RowMapping, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from shared.rows import as_json, told

AUTO = "auto"  # what nobody did but the rules

_ADD = text("""
    insert into history (store_id, about, number, at, step, by, reason, detail)
    select :store_id, :about, coalesce(max(number), 0) + 1, :at, :step, :by, :reason, cast(:detail as jsonb)
    from history where store_id = :store_id and about = :about
""")
_FIRST = {"store_id": "text", "about": "text", "step": "text", "by": "text", "reason": "text"}
_ADD_FIRST = text(f"""
    insert into history (store_id, about, number, at, step, by, reason, detail)
    select store_id, about, 1, :at, step, by, reason, '{{}}' from {told(_FIRST)}
""")  # noqa: S608
_READ = text("""
    select number, at, step, by, reason, detail from history
    where store_id = :store_id and about = :about and number > :after order by number limit :limit
""")


def table(metadata: MetaData) -> Table:
    return Table(
        "history",
        metadata,
        Column("store_id", Text, primary_key=True),
        Column("about", Text, primary_key=True, comment="kind/id"),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("at", DateTime(timezone=True), nullable=False),
        Column("step", Text, nullable=False),
        Column("by", Text, nullable=False, comment="a sub, or `auto`"),
        Column("reason", Text),
        Column("detail", JSONB, nullable=False),
        Index(None, "at", postgresql_using="brin"),
    )


async def add_step(
    session: AsyncSession,
    store_id: str,
    about: str,
    step: str,
    *,
    by: str,
    now: datetime,
    reason: str | None = None,
    detail: Mapping[str, object] | None = None,
) -> None:
    """`about` is a kind and an id, `case/0198…`. The row of the thing must be locked: steps are numbered one after another."""
    told = {"at": now, "step": step, "by": by, "reason": reason, "detail": orjson.dumps(detail or {}, default=str).decode()}
    await session.execute(_ADD, {"store_id": store_id, "about": about, **told})


async def add_first_steps(session: AsyncSession, steps: Sequence[tuple[str, str, str, str, str | None]], now: datetime) -> None:
    """Of things that are new: (store, about, step, by, reason) each."""
    if steps:
        await session.execute(_ADD_FIRST, {"rows": as_json(_FIRST, steps), "at": now})


async def steps(session: AsyncSession, store_id: str, about: str, *, after: int = 0, limit: int) -> Sequence[RowMapping]:
    """Oldest first."""
    return (await session.execute(_READ, {"store_id": store_id, "about": about, "after": after, "limit": limit})).mappings().all()
