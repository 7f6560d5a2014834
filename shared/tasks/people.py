"""What people do with tasks."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import orjson
from pydantic import JsonValue, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from shared.auth.actor import Actor, Role
from shared.errors import FieldProblem
from shared.events.malformed import problems
from shared.history import add_step
from shared.http.preconditions import Version
from shared.tasks import repository
from shared.tasks.repository import Ref
from shared.tasks.router import Kind, TaskRouter, end, withdraw_one
from shared.tasks.task import AnswerForm, MalformedAnswer, NotAskedAnyMore, Task, TaskOfAnotherDepartment, TaskTaken


async def take(session: AsyncSession, ref: Ref, version: Version, *, by: Actor, reason: str, now: datetime) -> Task:
    """Makes it this person's; of two who take it at once one wins. TaskTaken, TaskAnswered, TaskWithdrawn (409)."""
    task = await repository.task_for_update(session, ref)
    _must_be_asked(by, task)
    version.check(task.version)
    task.must_be_open()
    if task.owner is not None:
        raise TaskTaken("you have taken it already" if task.owner == by.sub else "somebody else has taken it")
    taken = replace(task, version=task.version + 1, owner=by.sub)
    await repository.save(session, [taken])
    await add_step(session, task.store_id, f"task/{task.task_id}", "taken", by=by.sub, now=now, reason=reason)
    return taken


async def answer(
    session: AsyncSession,
    tasks: TaskRouter,
    ref: Ref,
    version: Version,
    given: Mapping[str, JsonValue],
    *,
    by: Actor,
    reason: str | None,
    now: datetime,
) -> Task:
    """Records it, and what waited for it goes on. MalformedAnswer (422); TaskAnswered, TaskWithdrawn, NotAskedAnyMore (409)."""
    asked = await repository.task(session, ref)
    _must_be_asked(by, asked)
    kind = tasks.kinds.get(asked.kind)
    if kind is None:
        raise NotAskedAnyMore("questions of this kind are not asked any more: withdraw it")
    form = _filled(kind, given)
    if kind.lock is not None:
        await kind.lock(session, asked.store_id, asked.about)
    task = await repository.task_for_update(session, ref)
    version.check(task.version)
    task.must_be_open()
    told = form.model_dump(mode="json")
    answered = replace(
        task, version=task.version + 1, owner=task.owner or by.sub, answer=told, answered_at=now, answered_by=by.sub, reason=reason
    )
    await end(session, answered, "answered", by=by.sub, reason=reason, now=now)
    await kind.go_on(session, answered, form, now)
    return answered


async def call_off(session: AsyncSession, ref: Ref, version: Version, *, by: Actor, reason: str, now: datetime) -> Task:
    """TaskAnswered, TaskWithdrawn (409)."""
    task = await repository.task_for_update(session, ref)
    version.check(task.version)
    task.must_be_open()
    return await withdraw_one(session, task, reason=reason, now=now, by=by.sub)


def _must_be_asked(by: Actor, task: Task) -> None:
    if not by.may_act_as(frozenset({Role(task.department), Role.SUPERVISOR})):
        raise TaskOfAnotherDepartment(f"{task.department} was asked")


def _filled(kind: Kind, given: Mapping[str, JsonValue]) -> AnswerForm:
    try:
        return kind.form.model_validate_json(orjson.dumps(given))
    except ValidationError as error:
        wrong = [FieldProblem(".".join(filter(None, ["answer", each.field])), each.rule, each.message) for each in problems(error)]
        raise MalformedAnswer("the answer is not as the form wants it", wrong) from None
