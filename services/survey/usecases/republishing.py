from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.links import Invited
from services.survey.repository import surveys
from services.survey.usecases import snapshots
from services.survey.usecases.inviting import invited_of, timer_key
from shared.events.base import Event
from shared.events.surveys import SurveyEvent

BATCH = 500


async def republish(session: AsyncSession, since: datetime, after: str | None) -> str | None:
    """Says of each survey that was answered since what was said of it: who heard it ignores it."""
    found = await surveys.answered_since(session, since, invited_of(after) if after else None, BATCH)
    for survey in found:
        snapshots.say(session, survey)
    return timer_key(Invited(found[-1].store_id, found[-1].survey_id)) if len(found) == BATCH else None


async def reconcile(session: AsyncSession, said: Sequence[Event], _now: datetime) -> Sequence[Event]:
    """Says nothing anew: a survey is answered once. Lost are the answers that are not there."""
    answers = {Invited(each.store_id, each.survey_id): each for each in said if isinstance(each, SurveyEvent)}
    answered = await surveys.answered_of(session, answers)
    return [each for invited, each in answers.items() if invited not in answered]
