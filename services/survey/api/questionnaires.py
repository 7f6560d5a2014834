from services.survey.domain.questionnaire import Occasion
from services.survey.repository import questionnaires
from services.survey.schemas import QuestionnaireIn, QuestionnaireOut
from services.survey.usecases.questionnaires import put
from shared.auth import STAFF, Role
from shared.events.fields import StoreId
from shared.http import Caller, IfMatch, Now, Page, Router, Session, allow

router = Router(tags=["Questionnaires"])


@router.get("/questionnaires", dependencies=[allow(*STAFF)])
async def list_questionnaires(store_id: StoreId, session: Session) -> Page[QuestionnaireOut]:
    """The newest of every occasion (SVY-1)."""
    found = [await questionnaires.newest(session, store_id, occasion) for occasion in Occasion]
    return Page(items=[QuestionnaireOut.model_validate(each) for each in found], next=None)


@router.get("/questionnaires/{occasion}", dependencies=[allow(*STAFF)])
async def show_questionnaire(store_id: StoreId, occasion: Occasion, session: Session) -> QuestionnaireOut:
    """What customers are asked on this occasion now."""
    return QuestionnaireOut.model_validate(await questionnaires.newest(session, store_id, occasion))


@router.put("/questionnaires/{occasion}", dependencies=[allow(Role.OPERATIONS, Role.SUPERVISOR)])
async def replace_questionnaire(
    store_id: StoreId, occasion: Occasion, version: IfMatch, body: QuestionnaireIn, caller: Caller, session: Session, now: Now
) -> QuestionnaireOut:
    """A new version, for surveys from now on (SVY-1). 422 names every question and the rule it breaks."""
    made = await put(session, store_id, version, body.questionnaire(occasion), by=caller, reason=body.reason, now=now)
    return QuestionnaireOut.model_validate(made)
