from starlette.responses import Response

from services.inquiry import usecases
from services.inquiry.api.refs import AGENTS, InquiryRef
from services.inquiry.api.shown import shown
from services.inquiry.domain.conversation import Outcome
from services.inquiry.repository import desk, inquiries
from services.inquiry.schemas.desk import OfferIn, OfferOut
from services.inquiry.schemas.inquiries import CloseIn, InquiryOut, TopicIn, TransferIn
from shared.auth import STAFF
from shared.http import Caller, IfMatch, Now, Page, Reason, Router, Session, allow

router = Router(tags=["Inquiries"])


@router.post("/inquiries/{inquiry_id}/take", dependencies=[allow(*AGENTS)])
async def take_inquiry(ref: InquiryRef, version: IfMatch, body: Reason, caller: Caller, session: Session, now: Now) -> InquiryOut:
    """Make it yours (INQ-6). 409 when somebody has it, or it is closed."""
    return await shown(session, await usecases.take(session, ref, version, by=caller, reason=body.reason, now=now))


@router.post("/inquiries/{inquiry_id}/release", dependencies=[allow(*AGENTS)])
async def release_inquiry(ref: InquiryRef, version: IfMatch, body: Reason, caller: Caller, session: Session, now: Now) -> InquiryOut:
    """Give it back to those that wait (INQ-6). 403 when another agent has it, 409 when nobody has."""
    return await shown(session, await usecases.release(session, ref, version, by=caller, reason=body.reason, now=now))


@router.post("/inquiries/{inquiry_id}/transfer", dependencies=[allow(*AGENTS)])
async def transfer_inquiry(ref: InquiryRef, version: IfMatch, body: TransferIn, caller: Caller, session: Session, now: Now) -> InquiryOut:
    """Give it to an agent who is entered, active and speaks the language (422 otherwise); a supervisor takes it over so (INQ-6)."""
    row = await usecases.transfer(session, ref, version, body.agent_id, by=caller, reason=body.reason, now=now)
    return await shown(session, row)


@router.post("/inquiries/{inquiry_id}/topic", dependencies=[allow(*AGENTS)])
async def set_topic(ref: InquiryRef, version: IfMatch, body: TopicIn, caller: Caller, session: Session, now: Now) -> InquiryOut:
    """Say what it is about; the classifier leaves it alone from then on (INQ-2)."""
    return await shown(session, await usecases.set_topic(session, ref, version, body.topic, by=caller, reason=body.reason, now=now))


@router.post("/inquiries/{inquiry_id}/close", dependencies=[allow(*AGENTS)])
async def close_inquiry(ref: InquiryRef, version: IfMatch, body: CloseIn, caller: Caller, session: Session, now: Now) -> InquiryOut:
    """End it with an outcome and a goodbye (INQ-13, INQ-15). 403 when another agent has it, 409 when it is closed already."""
    outcome = Outcome(body.outcome)
    row = await usecases.close(session, ref, version, outcome, body.lost_reason, by=caller, reason=body.reason, now=now)
    return await shown(session, row)


@router.post("/inquiries/{inquiry_id}/offers", dependencies=[allow(*AGENTS)], status_code=201)
async def make_offer(ref: InquiryRef, body: OfferIn, caller: Caller, session: Session, now: Now, response: Response) -> OfferOut:
    """Promise the customer a discount (INQ-12). 403 for more than an agent may promise, 409 for a code the store has already."""
    row = await usecases.offer(session, ref, body.promise, by=caller, reason=body.reason, now=now)
    response.headers["Location"] = f"/v1/stores/{ref.store_id}/inquiries/{ref.inquiry_id}/offers"
    return OfferOut.of(row)


@router.get("/inquiries/{inquiry_id}/offers", dependencies=[allow(*STAFF)])
async def list_offers(ref: InquiryRef, session: Session) -> Page[OfferOut]:
    """All that were made in it, oldest first."""
    await inquiries.inquiry(session, ref)
    return Page(items=[OfferOut.of(row) for row in await desk.offers(session, ref)], next=None)
