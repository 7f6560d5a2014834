"""A survey as it is told to others once it is answered (SVY-4)."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.domain.scores import comment
from services.survey.models import SurveyRow
from services.survey.repository import questionnaires
from shared.events.base import stamp
from shared.events.parts import About, Guest
from shared.events.surveys import Scores, SurveyCompleted
from shared.messaging.outbox import publish

SOURCE = "/kefu/survey"


def say(session: AsyncSession, survey: SurveyRow) -> None:
    """It is told once, so its id is the survey's: who heard it ignores it when it is said again."""
    said = SurveyCompleted(
        survey_id=survey.survey_id,
        store_id=survey.store_id,
        customer_id=survey.customer_id,
        guest=Guest.model_validate(survey.guest) if survey.guest else None,
        occasion=About(kind=survey.occasion_kind, id=survey.occasion_id),
        order_id=survey.order_id,
        inquiry_id=survey.inquiry_id,
        case_id=survey.case_id,
        agent_id=survey.agent_id,
        scores=Scores.model_validate(survey.scores),
        satisfied=survey.satisfied,
        verdict=survey.verdict,  # type: ignore[arg-type]  # the answers' own, see domain/scores.py
        callback_wanted=bool(survey.callback_wanted),
        comment=comment(questionnaires.of_json(survey.questionnaire).questions, survey.answers),  # type: ignore[arg-type]
        completed_at=survey.answered_at,  # type: ignore[arg-type]  # there once it is answered
    )
    stamp(said, event_id=str(survey.survey_id), source=SOURCE, traceparent=None)
    publish(session, said)
