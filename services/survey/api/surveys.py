from datetime import datetime
from typing import Annotated, Literal, NamedTuple
from uuid import UUID

from fastapi import Depends
from starlette.responses import Response

from services.survey.domain.questionnaire import Occasion
from services.survey.links import Invited
from services.survey.repository import surveys
from services.survey.schemas import StepOut, SurveyIn, SurveyOut
from services.survey.usecases import inviting
from shared import history
from shared.auth import STAFF, Role
from shared.events.fields import GivenId, StoreId
from shared.http import Caller, Now, Page, Paging, Router, Session, allow, path_ref

router = Router(tags=["Surveys"])


class Ref(NamedTuple):
    store_id: str
    survey_id: UUID


SurveyRef = Annotated[Ref, Depends(path_ref(Ref))]


@router.get("/surveys", dependencies=[allow(*STAFF)])
async def list_surveys(
    store_id: StoreId,
    paging: Paging,
    session: Session,
    *,
    occasion_kind: Occasion | None = None,
    occasion_id: GivenId | None = None,
    customer_id: GivenId | None = None,
    status: Literal["invited", "answered", "expired"] | None = None,
) -> Page[SurveyOut]:
    """Newest invitation first."""
    wanted = {"occasion_kind": occasion_kind, "occasion_id": occasion_id, "customer_id": customer_id, "status": status}
    found = await surveys.surveys(session, store_id, after=paging.after(tuple[datetime, UUID]), limit=paging.limit + 1, **wanted)
    return paging.page(found, key=lambda row: (row.invited_at, row.survey_id), item=SurveyOut.of)


@router.post("/surveys", dependencies=[allow(Role.AGENT, Role.SUPERVISOR)], status_code=201)
async def make_survey(store_id: StoreId, body: SurveyIn, caller: Caller, session: Session, now: Now, response: Response) -> SurveyOut:
    """Invite a customer (SVY-2). 409 when she was asked lately, cannot be reached, or was asked about this before."""
    about = {"store_id": store_id, "kind": body.occasion_kind.value, "occasion_id": body.occasion_id, "version": 1}
    guest = body.guest.model_dump(mode="json") if body.guest else None
    who = {"customer_id": body.customer_id, "guest": guest, "language": body.language, "channel": body.channel}
    occasion = {**about, **who, "order_id": body.order_id, "agent_id": caller.sub}
    made = await inviting.ask_now(session, occasion, by=caller.sub, now=now)
    response.headers["Location"] = f"/v1/stores/{store_id}/surveys/{made.survey_id}"
    return SurveyOut.of(made)


@router.get("/surveys/{survey_id}", dependencies=[allow(*STAFF)])
async def show_survey(ref: SurveyRef, session: Session) -> SurveyOut:
    """With the answers as far as they were given, and the scores once it is answered (SVY-4)."""
    return SurveyOut.of(await surveys.survey(session, Invited(*ref)))


@router.get("/surveys/{survey_id}/history", dependencies=[allow(*STAFF)])
async def list_steps(ref: SurveyRef, paging: Paging, session: Session) -> Page[StepOut]:
    """Every step: invited, reminded, answered or expired; oldest first."""
    await surveys.survey(session, Invited(*ref))
    (after,) = paging.after(tuple[int]) or (0,)
    steps = await history.steps(session, ref.store_id, f"survey/{ref.survey_id}", after=after, limit=paging.limit + 1)
    return paging.page(steps, key=lambda step: (step["number"],), item=StepOut.model_validate)
