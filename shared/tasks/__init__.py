"""Questions for departments: asked by a rule, answered by people, and what waited for the answer goes on by itself."""

from shared.tasks.router import TaskRouter, withdraw
from shared.tasks.table import ENDED, table
from shared.tasks.task import About, AnswerForm, Asked, Task, TaskState

__all__ = ["ENDED", "About", "AnswerForm", "Asked", "Task", "TaskRouter", "TaskState", "table", "withdraw"]
