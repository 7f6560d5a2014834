from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.rows import as_json, told
from shared.tasks.task import About, Task, TaskState, UnknownTask

Position = tuple[datetime, UUID]

_TYPES = {"task_id": "uuid", "version": "integer", "context": "jsonb", "answer": "jsonb"}
_COLUMNS = {each.name: _TYPES.get(each.name, "timestamptz" if each.name.endswith("_at") else "text") for each in fields(Task)}
_READ = ", ".join(_COLUMNS)
_OPEN = "answered_at is null and withdrawn_at is null"
_ABOUT = {"store_id": "text", "about_kind": "text", "about_id": "text"}
_KEY = {"store_id": "text", "task_id": "uuid"}

_ADD = text(f"""
    insert into tasks ({_READ}) select {_READ} from {told(_COLUMNS)}
    on conflict (store_id, about_kind, about_id, kind) where {_OPEN} do nothing returning task_id
""")  # noqa: S608
_ONE = text(f"select {_READ} from tasks where store_id = :store_id and task_id = :task_id")  # noqa: S608
_ONE_FOR_UPDATE = text(f"{_ONE.text} for update")
_FOR_UPDATE = text(f"""
    select {_READ} from tasks where (store_id, task_id) in (select store_id, task_id from {told(_KEY)})
    order by store_id, task_id for update
""")  # noqa: S608
_OPEN_ABOUT = text(f"""
    select {_READ} from tasks
    where {_OPEN} and (store_id, about_kind, about_id) in (select store_id, about_kind, about_id from {told(_ABOUT)})
    and (cast(:kinds as text[]) is null or kind = any(cast(:kinds as text[])))
    order by store_id, task_id for update
""")  # noqa: S608
_CHANGED = {name: _COLUMNS[name] for name in (*_KEY, "version", "escalated_at", "owner", "answer", "answered_at", "answered_by",
            "withdrawn_at", "withdrawn_by", "reason")}  # fmt: skip
_SAVE = text(f"""
    update tasks set {", ".join(f"{name} = new.{name}" for name in _CHANGED if name not in _KEY)} from {told(_CHANGED, "new")}
    where tasks.store_id = new.store_id and tasks.task_id = new.task_id
""")  # noqa: S608
_STATES = {
    TaskState.OPEN: _OPEN,
    TaskState.ANSWERED: "answered_at is not null",
    TaskState.WITHDRAWN: "withdrawn_at is not null",
}
_COUNTS = text(f"""
    select department, count(*) as open, count(*) filter (where due_at < :now) as overdue,
        count(*) filter (where escalated_at is not null) as escalated
    from tasks where store_id = :store_id and {_OPEN} group by department
""")  # noqa: S608


class Ref(NamedTuple):
    store_id: str
    task_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which tasks a list shows; what is None narrows nothing."""

    department: str | None = None
    about: About | None = None
    kind: str | None = None
    state: TaskState | None = None
    overdue_at: datetime | None = None
    escalated: bool | None = None

    def conditions(self) -> list[str]:
        told = {
            "department = :department": self.department,
            "about_kind = :about_kind and about_id = :about_id": self.about,
            "kind = :kind": self.kind,
            f"due_at < :overdue_at and {_OPEN}": self.overdue_at,
        }
        states = [] if self.state is None else [_STATES[self.state]]
        escalated = [] if self.escalated is None else [f"escalated_at is {'not ' if self.escalated else ''}null"]
        return [*(condition for condition, value in told.items() if value is not None), *states, *escalated]

    def values(self) -> dict[str, object]:
        kind, identity = self.about or (None, None)
        told = {"department": self.department, "kind": self.kind, "about_kind": kind, "about_id": identity, "overdue_at": self.overdue_at}
        return {name: value for name, value in told.items() if value is not None}


async def add(session: AsyncSession, tasks: Sequence[Task]) -> set[UUID]:
    """Which of them are new: where an open one asks the same of the same thing, none is added."""
    if not tasks:
        return set()
    rows = as_json(_COLUMNS, [[getattr(task, name) for name in _COLUMNS] for task in tasks])
    return set(await session.scalars(_ADD, {"rows": rows}))


async def task(session: AsyncSession, ref: Ref) -> Task:
    """UnknownTask (404)."""
    return _one((await session.execute(_ONE, ref._asdict())).one_or_none())


async def task_for_update(session: AsyncSession, ref: Ref) -> Task:
    """UnknownTask (404)."""
    return _one((await session.execute(_ONE_FOR_UPDATE, ref._asdict())).one_or_none())


async def tasks_for_update(session: AsyncSession, refs: Collection[Ref]) -> list[Task]:
    return [_task(row) for row in await session.execute(_FOR_UPDATE, {"rows": as_json(_KEY, refs)})]


async def open_about(session: AsyncSession, things: Iterable[tuple[str, About]], kinds: Collection[str] | None = None) -> list[Task]:
    """Locked; of all kinds, or of these."""
    rows = as_json(_ABOUT, [(store_id, *about) for store_id, about in things])
    return [_task(row) for row in await session.execute(_OPEN_ABOUT, {"rows": rows, "kinds": None if kinds is None else sorted(kinds)})]


async def save(session: AsyncSession, tasks: Sequence[Task]) -> None:
    """Locked ones, with what may change of them."""
    if tasks:
        await session.execute(_SAVE, {"rows": as_json(_CHANGED, [[getattr(task, name) for name in _CHANGED] for task in tasks])})


async def tasks(session: AsyncSession, store_id: str, wanted: Wanted, *, after: Position | None, limit: int) -> list[Task]:
    """The one that is due first comes first."""
    conditions = ["store_id = :store_id", *wanted.conditions()]
    values: dict[str, object] = {"store_id": store_id, "limit": limit, **wanted.values()}
    if after is not None:
        conditions.append("(due_at, task_id) > (:after_due, :after_id)")
        values |= {"after_due": after[0], "after_id": after[1]}
    found = text(f"select {_READ} from tasks where {' and '.join(conditions)} order by due_at, task_id limit :limit")  # noqa: S608
    return [_task(row) for row in await session.execute(found, values)]


async def counts(session: AsyncSession, store_id: str, now: datetime) -> Mapping[str, tuple[int, int, int]]:
    """Open, overdue and escalated ones by department."""
    rows = await session.execute(_COUNTS, {"store_id": store_id, "now": now})
    return {row.department: (row.open, row.overdue, row.escalated) for row in rows}


def _one(row: Any) -> Task:
    if row is None:
        raise UnknownTask("there is no such task")
    return _task(row)


def _task(row: Any) -> Task:
    return Task(**dict(zip(_COLUMNS, row, strict=True)))
