from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from shared import history
from shared.auth.actor import STAFF, Role
from shared.events.fields import Label, Moment, StoreId
from shared.http import Caller, IfMatch, Now, Page, Paging, Reason, Router, Session, allow, path_ref
from shared.tasks import people, repository
from shared.tasks.repository import Ref, Wanted
from shared.tasks.router import TaskRouter
from shared.tasks.task import About, Task, TaskState

TaskRef = Annotated[Ref, Depends(path_ref(Ref))]
_THING = Query(pattern=r"^[^/]{1,64}/.+$", max_length=300, description="The kind and the id of a thing, as `order/10001`.")


class AboutOut(BaseModel):
    kind: str
    id: str


class TaskOut(BaseModel):
    """A question to a department, and its answer."""

    task_id: UUID
    version: int
    kind: str
    department: Role
    state: TaskState
    overdue: bool
    about: AboutOut
    question: Annotated[str, Field(description="For people.")]
    context: Annotated[dict[str, JsonValue], Field(description="What they need to know to answer.")]
    form: Annotated[
        dict[str, JsonValue] | None, Field(description="JSON Schema of the answer; null for a kind that is not asked any more.")
    ]
    asked_at: datetime
    asked_by: Annotated[str, Field(description="A person's `sub`, or `auto`.")]
    due_at: datetime
    escalates_at: datetime
    escalated_at: datetime | None
    owner: Annotated[str | None, Field(description="The `sub` of who took it.")]
    answer: dict[str, JsonValue] | None
    answered_at: datetime | None
    answered_by: str | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    reason: str | None


class AnswerIn(BaseModel):
    """The answer as the task's `form` wants it."""

    answer: Annotated[dict[str, JsonValue], Field(max_length=100)]
    reason: Annotated[str | None, StringConstraints(strip_whitespace=True, max_length=1000)] = None


class DepartmentCount(BaseModel):
    department: Role
    open: int
    overdue: int
    escalated: int


class TaskCounts(BaseModel):
    departments: list[DepartmentCount]

    @classmethod
    def of(cls, counted: Mapping[str, tuple[int, int, int]]) -> Self:
        """Open, overdue and escalated ones by department."""
        rows = [dict(zip(DepartmentCount.model_fields, (name, *numbers), strict=True)) for name, numbers in counted.items()]
        return cls(departments=[DepartmentCount.model_validate(row) for row in rows])


class TaskStepOut(BaseModel):
    """One step of a task's history."""

    number: int
    at: datetime
    step: str
    by: str
    reason: str | None
    detail: dict[str, JsonValue]

    model_config = ConfigDict(from_attributes=True)


Shown = Callable[[Task, datetime], TaskOut]


def tasks_router(tasks: TaskRouter) -> Router:
    """`/tasks` of a service that asks departments."""
    router = Router(tags=["Tasks"])
    forms = {name: kind.form.model_json_schema() for name, kind in tasks.kinds.items()}
    departments = sorted({kind.department for kind in tasks.kinds.values()})

    def shown(task: Task, now: datetime) -> TaskOut:
        own = {field.name: getattr(task, field.name) for field in fields(Task)}
        more = {"state": task.state, "overdue": task.is_overdue(now), "about": task.about._asdict(), "form": forms.get(task.kind)}
        return TaskOut.model_validate(own | more)

    _for_readers(router, departments, shown)
    _for_departments(router, tasks, departments, shown)
    return router


def _for_readers(router: Router, departments: Sequence[Role], shown: Shown) -> None:
    @router.get("/tasks", dependencies=[allow(*STAFF)])
    async def list_tasks(
        store_id: StoreId,
        paging: Paging,
        session: Session,
        now: Now,
        *,
        department: Role | None = None,
        about: Annotated[str | None, _THING] = None,
        kind: Label | None = None,
        state: TaskState | None = None,
        overdue: Annotated[bool, Query(description="Only open ones that should have been answered by now.")] = False,
        escalated: bool | None = None,
    ) -> Page[TaskOut]:
        """What is due first comes first."""
        wanted = Wanted(
            department=department,
            about=About(*about.split("/", 1)) if about else None,
            kind=kind,
            state=state,
            overdue_at=now if overdue else None,
            escalated=escalated,
        )
        found = await repository.tasks(session, store_id, wanted, after=paging.after(tuple[Moment, UUID]), limit=paging.limit + 1)
        return paging.page(found, key=lambda task: (task.due_at, str(task.task_id)), item=lambda task: shown(task, now))

    @router.get("/tasks/counts", dependencies=[allow(*STAFF)])
    async def count_tasks(store_id: StoreId, session: Session, now: Now) -> TaskCounts:
        """Open, overdue and escalated ones of every department that is asked."""
        found = await repository.counts(session, store_id, now)
        counted = {department: found.get(department, (0, 0, 0)) for department in sorted({*departments, *found})}
        return TaskCounts.of(counted)

    @router.get("/tasks/{task_id}", dependencies=[allow(*STAFF)])
    async def show_task(ref: TaskRef, session: Session, now: Now) -> TaskOut:
        """With the JSON Schema of the answer that is wanted."""
        return shown(await repository.task(session, ref), now)

    @router.get("/tasks/{task_id}/history", dependencies=[allow(*STAFF)])
    async def list_task_steps(ref: TaskRef, paging: Paging, session: Session) -> Page[TaskStepOut]:
        """Asked, taken, escalated, answered, withdrawn: when, by whom, why; oldest first."""
        task = await repository.task(session, ref)
        (after,) = paging.after(tuple[int]) or (0,)
        steps = await history.steps(session, task.store_id, f"task/{task.task_id}", after=after, limit=paging.limit + 1)
        return paging.page(steps, key=lambda step: (step["number"],), item=TaskStepOut.model_validate)


def _for_departments(router: Router, tasks: TaskRouter, departments: Sequence[Role], shown: Shown) -> None:
    askable = allow(*departments, Role.SUPERVISOR)

    @router.post("/tasks/{task_id}/take", dependencies=[askable])
    async def take_task(ref: TaskRef, version: IfMatch, body: Reason, caller: Caller, session: Session, now: Now) -> TaskOut:
        """Make it yours. 403 where another department was asked; 409 when somebody has it, or it is answered or withdrawn."""
        return shown(await people.take(session, ref, version, by=caller, reason=body.reason, now=now), now)

    @router.post("/tasks/{task_id}/answer", dependencies=[askable])
    async def answer_task(ref: TaskRef, version: IfMatch, body: AnswerIn, caller: Caller, session: Session, now: Now) -> TaskOut:
        """What waited for the answer goes on by itself. 403 where another department was asked; 409 when it is answered or withdrawn."""
        done = await people.answer(session, tasks, ref, version, body.answer, by=caller, reason=body.reason, now=now)
        return shown(done, now)

    @router.post("/tasks/{task_id}/withdraw", dependencies=[allow(Role.SUPERVISOR)])
    async def withdraw_task(ref: TaskRef, version: IfMatch, body: Reason, caller: Caller, session: Session, now: Now) -> TaskOut:
        """Nobody needs the answer any more; nothing goes on by it. 409 when it is answered or withdrawn."""
        return shown(await people.call_off(session, ref, version, by=caller, reason=body.reason, now=now), now)
