from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.links import Invited
from services.survey.repository import surveys
from services.survey.usecases import snapshots
from services.survey.usecases.inviting import invited_of, timer_key

BATCH = 500


async def republish(session: AsyncSession, since: datetime, after: str | None) -> str | None:
    """Says of each survey that was answered since what was said of it: who heard it ignores it."""
    found = await surveys.answered_since(session, since, invited_of(after) if after else None, BATCH)
    for survey in found:
        snapshots.say(session, survey)
    return timer_key(Invited(found[-1].store_id, found[-1].survey_id)) if len(found) == BATCH else None
