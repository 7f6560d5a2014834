from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from pydantic import BaseModel, ConfigDict, JsonValue

from shared.errors import Conflict, Forbidden, NotFound, Unprocessable
from shared.history import AUTO


class UnknownTask(NotFound):
    """There is no such task in this store."""


class TaskTaken(Conflict):
    """Somebody is at it already."""


class TaskAnswered(Conflict):
    """It has its answer."""


class TaskWithdrawn(Conflict):
    """Nobody waits for the answer any more."""


class TaskOfAnotherDepartment(Forbidden):
    """Only the department that was asked takes and answers it, or a supervisor."""


class NotAskedAnyMore(Conflict):
    """No rule waits for answers to questions of this kind."""


class MalformedAnswer(Unprocessable):
    """Not what the form of the question wants; every field that is wrong is named."""


class AnswerForm(BaseModel):
    """What an answer must hold. As strict as an event, and with no other names."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class About(NamedTuple):
    """A thing of the service or of the store: `About("order", "10001")`."""

    kind: str
    id: str


class TaskState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as a rule asks it. Where nobody has answered by `escalates_at` (left out: by `due_at`) the supervisor has it too."""

    store_id: str
    about: About
    question: str
    due_at: datetime
    escalates_at: datetime | None = None
    context: Mapping[str, JsonValue] = field(default_factory=dict)
    by: str = AUTO


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    store_id: str
    task_id: UUID
    version: int
    kind: str
    department: str
    about_kind: str
    about_id: str
    question: str
    context: Mapping[str, JsonValue]
    asked_at: datetime
    asked_by: str
    due_at: datetime
    escalates_at: datetime
    escalated_at: datetime | None = None
    owner: str | None = None
    answer: Mapping[str, JsonValue] | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None
    reason: str | None = None

    @property
    def about(self) -> About:
        return About(self.about_kind, self.about_id)

    @property
    def state(self) -> TaskState:
        if self.answered_at is not None:
            return TaskState.ANSWERED
        return TaskState.OPEN if self.withdrawn_at is None else TaskState.WITHDRAWN

    def is_overdue(self, now: datetime) -> bool:
        return self.state is TaskState.OPEN and self.due_at < now

    def must_be_open(self) -> None:
        """TaskAnswered, TaskWithdrawn."""
        if self.state is TaskState.ANSWERED:
            raise TaskAnswered("it was answered already")
        if self.state is TaskState.WITHDRAWN:
            raise TaskWithdrawn("it was withdrawn: nobody waits for the answer any more")
