from typing import Annotated
from uuid import UUID

from fastapi import Query

from services.aftersales import usecases
from services.aftersales.api.refs import HANDLERS, TaskRef
from services.aftersales.repository import tasks
from services.aftersales.schemas.refunds import AnswerIn, TaskOut
from shared.auth import Role
from shared.events.fields import Label, Moment, StoreId
from shared.http import Caller, IfMatch, Now, Page, Paging, Router, Session, allow

router = Router(tags=["Tasks"])

READERS = (*HANDLERS, Role.FINANCE)
ANSWERERS = (Role.FINANCE, Role.SUPERVISOR)


@router.get("/tasks", dependencies=[allow(*READERS)])
async def list_tasks(
    store_id: StoreId,
    paging: Paging,
    session: Session,
    department: Label | None = None,
    *,
    answered: Annotated[bool | None, Query()] = None,
) -> Page[TaskOut]:
    """Oldest first."""
    found = await tasks.tasks(
        session, store_id, department=department, answered=answered, after=paging.after(tuple[Moment, UUID]), limit=paging.limit + 1
    )
    return paging.page(found, key=tasks.position, item=TaskOut.model_validate)


@router.post("/tasks/{task_id}/answer", dependencies=[allow(*ANSWERERS)])
async def answer_task(ref: TaskRef, version: IfMatch, body: AnswerIn, caller: Caller, session: Session, now: Now) -> TaskOut:
    """What the department says; no money moves by it. 409 when it was answered."""
    task = await usecases.answer_task(session, ref, version, by=caller, answer=body.answer, reason=body.reason, now=now)
    return TaskOut.model_validate(task)
