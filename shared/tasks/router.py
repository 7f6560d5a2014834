from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession

from shared.auth.actor import Role
from shared.clock import new_id
from shared.counting import on_commit
from shared.errors import Overtaken
from shared.history import AUTO, add_first_steps, add_step
from shared.tasks import repository
from shared.tasks.task import About, AnswerForm, Asked, Task
from shared.telemetry import metrics
from shared.timers import TimerRouter, cancel_timers, set_timers

ESCALATE = "task-escalation"

GoOn = Callable[[AsyncSession, Task, Any, datetime], Awaitable[None]]
Lock = Callable[[AsyncSession, str, About], Awaitable[None]]
G = TypeVar("G", bound=GoOn)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of question: who is asked, what an answer holds, what goes on with it, and what is locked before the task."""

    name: str
    department: Role
    form: type[AnswerForm]
    go_on: GoOn
    lock: Lock | None


class TaskRouter:
    """`@tasks.on("goods-where", department=Role.WAREHOUSE, form=Whereabouts)` registers `async def f(session, task, answer, now)`.

    It runs in the transaction of the answer. A use case that asks has locked the thing it asks about; so that an answer never waits for it
    in a ring, `lock(session, store_id, about)` locks that thing before the task is.
    """

    def __init__(self, *parts: "TaskRouter") -> None:
        self.kinds: dict[str, Kind] = {}
        for part in parts:
            for kind in part.kinds.values():
                self._add(kind)

    def on(self, kind: str, *, department: Role, form: type[AnswerForm], lock: Lock | None = None) -> Callable[[G], G]:
        def register(function: G) -> G:
            self._add(Kind(kind, department, form, function, lock))
            return function

        return register

    async def ask(
        self,
        session: AsyncSession,
        kind: str,
        *,
        store_id: str,
        about: About,
        question: str,
        due_at: datetime,
        now: datetime,
        escalates_at: datetime | None = None,
        context: dict[str, JsonValue] | None = None,
        by: str = AUTO,
    ) -> Task:
        """The task; where an open one of this kind is about the same thing, that one as it is."""
        asked = Asked(
            store_id=store_id, about=about, question=question, due_at=due_at, escalates_at=escalates_at, context=context or {}, by=by
        )
        return (await self.ask_all(session, kind, [asked], now))[0]

    async def ask_all(self, session: AsyncSession, kind: str, asked: Sequence[Asked], now: datetime) -> list[Task]:
        """Many of one kind, about different things; their tasks in the same order."""
        made = [_task(self.kinds[kind], each, now) for each in asked]
        added = await repository.add(session, made)
        new = [task for task in made if task.task_id in added]
        steps = [(task.store_id, _history(task), "asked", task.asked_by, task.question) for task in new]
        await add_first_steps(session, steps, now)
        await set_timers(session, ESCALATE, {_key(task): task.escalates_at for task in new})
        if len(new) == len(made):
            return made
        things = [(task.store_id, task.about) for task in made if task.task_id not in added]
        open_ones = {(task.store_id, task.about): task for task in [*new, *await repository.open_about(session, things, [kind])]}
        if any((task.store_id, task.about) not in open_ones for task in made):
            raise Overtaken("a task that was open has been answered meanwhile")
        return [open_ones[task.store_id, task.about] for task in made]

    async def withdraw(
        self, session: AsyncSession, store_id: str, about: About, kind: str | None = None, *, reason: str, now: datetime, by: str = AUTO
    ) -> list[Task]:
        """Which were open, of this kind or of every."""
        return await withdraw(session, [(store_id, about)], None if kind is None else [kind], reason=reason, now=now, by=by)

    @property
    def timers(self) -> TimerRouter:
        timers = TimerRouter()
        timers.on(ESCALATE, lock=_lock)(escalate)
        return timers

    def _add(self, kind: Kind) -> None:
        if kind.name in self.kinds:
            raise TypeError(f"two functions for the task {kind.name}")
        self.kinds[kind.name] = kind


async def withdraw(
    session: AsyncSession,
    things: Collection[tuple[str, About]],
    kinds: Collection[str] | None = None,
    *,
    reason: str,
    now: datetime,
    by: str = AUTO,
) -> list[Task]:
    """Every open task about these (store, thing), of these kinds: nobody waits for the answer any more. Which they were."""
    found = await repository.open_about(session, things, kinds) if things else []
    return [await withdraw_one(session, task, reason=reason, now=now, by=by) for task in found]


async def withdraw_one(session: AsyncSession, task: Task, *, reason: str, now: datetime, by: str) -> Task:
    """A locked one."""
    changed = replace(task, version=task.version + 1, withdrawn_at=now, withdrawn_by=by, reason=reason)
    await end(session, changed, "withdrawn", by=by, reason=reason, now=now)
    return changed


async def end(session: AsyncSession, changed: Task, step: str, *, by: str, reason: str | None, now: datetime) -> None:
    await repository.save(session, [changed])
    await add_step(session, changed.store_id, _history(changed), step, by=by, now=now, reason=reason, detail=changed.answer)
    await cancel_timers(session, ESCALATE, [_key(changed)])


async def escalate(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    """Nobody answered in time: the supervisor has them too from now on."""
    for task in await _locked(session, keys):
        if task.state is not task.state.OPEN or task.escalated_at is not None:
            continue
        await repository.save(session, [replace(task, version=task.version + 1, escalated_at=now)])
        reason = f"{task.department} did not answer by {task.escalates_at.isoformat()}"
        await add_step(session, task.store_id, _history(task), "escalated", by=AUTO, now=now, reason=reason)
        on_commit(session, metrics.tasks_escalated.labels(task.department).inc)


async def _lock(session: AsyncSession, keys: Sequence[str], _now: datetime) -> None:
    await _locked(session, keys)


async def _locked(session: AsyncSession, keys: Sequence[str]) -> list[Task]:
    refs = [repository.Ref(store_id, UUID(task_id)) for store_id, task_id in (key.split("/") for key in keys)]
    return await repository.tasks_for_update(session, refs)


def _task(kind: Kind, asked: Asked, now: datetime) -> Task:
    return Task(
        store_id=asked.store_id,
        task_id=new_id(),
        version=1,
        kind=kind.name,
        department=kind.department.value,
        about_kind=asked.about.kind,
        about_id=asked.about.id,
        question=asked.question,
        context=asked.context,
        asked_at=now,
        asked_by=asked.by,
        due_at=asked.due_at,
        escalates_at=asked.escalates_at or asked.due_at,
    )


def _key(task: Task) -> str:
    return f"{task.store_id}/{task.task_id}"


def _history(task: Task) -> str:
    return f"task/{task.task_id}"
