"""What aftersales asks departments (AFS-6)."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.aftersales.schemas.answers import RefundNews
from services.aftersales.usecases import questions
from shared.auth import Role
from shared.tasks import Task

tasks = questions.tasks


@tasks.on(questions.UNANSWERED, department=Role.FINANCE, form=RefundNews)
@tasks.on(questions.STILL_UNANSWERED, department=Role.SUPERVISOR, form=RefundNews)
async def hear_news(session: AsyncSession, task: Task, answer: RefundNews, now: datetime) -> None:
    """Nothing waits for it: the task's history has it, and the refund waits on for finance's event."""
