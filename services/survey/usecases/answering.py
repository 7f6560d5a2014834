"""What a customer sends from her page (SVY-3, SVY-4, SVY-5)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from services.survey import metrics, texts
from services.survey.domain.answers import Reading, read
from services.survey.domain.policy import SurveyPolicy
from services.survey.domain.scores import result
from services.survey.links import Invited
from services.survey.models import SurveyRow
from services.survey.repository import questionnaires, surveys
from services.survey.usecases import snapshots
from services.survey.usecases.inviting import EXPIRE, REMIND, addressee, timer_key
from shared import policies, stores
from shared.counting import on_commit
from shared.errors import Conflict
from shared.events.parts import About
from shared.history import add_step
from shared.telling import tell
from shared.timers import cancel_timers


def standing(survey: SurveyRow, now: datetime) -> str:
    """Its status; expired from the moment on, whenever that is written down."""
    return "expired" if survey.status == "invited" and survey.expires_at <= now else survey.status


class SurveyOver(Conflict):
    """It was answered before, or the link has expired."""


async def keep(session: AsyncSession, invited: Invited, sent: Mapping[str, Sequence[str]], now: datetime) -> Reading:
    """A part of the answers, for her to go on with later; SurveyOver (409) when there is nothing to go on with."""
    survey = await _open(session, invited, now)
    reading = read(questionnaires.of_json(survey.questionnaire).questions, sent, complete=False)
    await surveys.save(session, invited, reading.answers)
    return reading


async def complete(session: AsyncSession, invited: Invited, sent: Mapping[str, Sequence[str]], now: datetime) -> Reading:
    """All of it, once. What cannot be taken is in the reading, and then what could be taken is kept."""
    survey = await _open(session, invited, now)
    questions = questionnaires.of_json(survey.questionnaire).questions
    reading = read(questions, sent, complete=True)
    if reading.wrong:
        await surveys.save(session, invited, reading.answers)
        return reading
    policy = (await policies.load(session, SurveyPolicy, [invited.store_id]))[invited.store_id]
    found = result(questions, reading.answers, policy)
    told = {"csat": found.csat, "nps": found.nps, "servqual": {name: asdict(pair) for name, pair in found.servqual.items()}}
    await surveys.answered(
        session,
        invited,
        reading.answers,
        told,
        satisfied=found.satisfied,
        verdict=found.verdict,
        callback_wanted=found.callback_wanted,
        now=now,
    )
    snapshots.say(session, await surveys.survey(session, invited))
    on_commit(session, partial(metrics.count, found))
    await add_step(session, invited.store_id, f"survey/{invited.survey_id}", "answered", by="customer", now=now)
    for kind in (REMIND, EXPIRE):
        await cancel_timers(session, kind, [timer_key(invited)])
    if found.satisfied:
        store = await stores.store(session, invited.store_id)
        about = About(kind="survey", id=str(invited.survey_id))
        tell(session, addressee(survey), texts.REVIEW, about=about, now=now, store=store.name)
    return reading


async def _open(session: AsyncSession, invited: Invited, now: datetime) -> SurveyRow:
    survey = await surveys.survey(session, invited, for_update=True)
    if standing(survey, now) != "invited":
        raise SurveyOver(f"it is {standing(survey, now)}")
    return survey
