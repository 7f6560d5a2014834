from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.domain.questionnaire import Questionnaire, check
from services.survey.repository import questionnaires
from shared.auth import Actor
from shared.http import Version


async def put(
    session: AsyncSession, store_id: str, version: Version, wanted: Questionnaire, *, by: Actor, reason: str, now: datetime
) -> Questionnaire:
    """The store's new questionnaire for the occasion; surveys that are under way keep theirs (SVY-1)."""
    before = await questionnaires.newest(session, store_id, wanted.occasion)
    version.check(before.version)
    check(wanted.questions, wanted.title)
    made = replace(wanted, version=before.version + 1)
    await questionnaires.add(session, store_id, made, by=by.sub, reason=reason, now=now)
    return made
