from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from services.inquiry import usecases
from services.inquiry.api.refs import AGENTS, READERS, WRITERS, InquiryRef
from services.inquiry.api.shown import all_shown, shown
from services.inquiry.domain.conversation import Arrival, InquiryStatus
from services.inquiry.repository import inquiries, messages
from services.inquiry.repository.inquiries import Ref, Sought
from services.inquiry.schemas.inquiries import InquiryIn, InquiryOut, MessageIn, MessageOut, NoteIn, StepOut
from services.inquiry.usecases.intake import Question
from shared import history
from shared.auth import STAFF, Actor, Role
from shared.events.fields import GivenId, Label, Moment, StoreId
from shared.http import Caller, Now, Page, Paging, Router, Session, allow

router = Router(tags=["Inquiries"])


@router.post("/inquiries", dependencies=[allow(*WRITERS)], status_code=201, responses={200: {"model": InquiryOut}})
async def ask(store_id: StoreId, body: InquiryIn, caller: Caller, session: Session, now: Now, response: Response) -> InquiryOut:
    """A customer's message (INQ-1). 201 with a new inquiry; 200 where it joins the open one, opens a closed one again, or came before."""
    question = Question(
        store_id=store_id,
        channel=body.channel,
        person=body.person,
        text=body.text,
        posted_at=now,
        language=body.language,
        sku=body.sku,
        order_id=body.order_id,
        channel_message_id=body.channel_message_id,
        typed_by=None if _is_customer(caller) else caller.sub,
    )
    (taken,) = await usecases.take_in(session, [question], now)
    response.status_code = 201 if taken.arrival is Arrival.OPENS else 200
    response.headers["Location"] = f"/v1/stores/{store_id}/inquiries/{taken.inquiry.inquiry_id}"
    return await shown(session, taken.inquiry)


@router.get("/inquiries", dependencies=[allow(*STAFF)])
async def list_inquiries(
    store_id: StoreId,
    paging: Paging,
    session: Session,
    *,
    status: InquiryStatus | None = None,
    channel: Label | None = None,
    agent_id: GivenId | None = None,
    customer_id: GivenId | None = None,
    breached: Annotated[bool | None, Query(description="Those whose first response was late, or not.")] = None,
) -> Page[InquiryOut]:
    """Newest first."""
    sought = Sought(status, channel, agent_id, customer_id, breached)
    before = paging.after(tuple[Moment, UUID])
    rows = await inquiries.inquiries(session, store_id, sought, before=before, limit=paging.limit + 1)
    told = {each.inquiry_id: each for each in await all_shown(session, store_id, rows)}
    return paging.page(rows, key=lambda row: (row.received_at, str(row.inquiry_id)), item=lambda row: told[row.inquiry_id])


@router.get("/inquiries/{inquiry_id}", dependencies=[allow(*READERS)])
async def show_inquiry(ref: InquiryRef, session: Session) -> InquiryOut:
    """One inquiry with its product and its customer's newest orders."""
    return await shown(session, await inquiries.inquiry(session, ref))


@router.get("/inquiries/{inquiry_id}/history", dependencies=[allow(*STAFF)])
async def list_steps(ref: InquiryRef, paging: Paging, session: Session) -> Page[StepOut]:
    """Every step of the inquiry: what, when, who, why; oldest first."""
    await inquiries.inquiry(session, ref)
    (after,) = paging.after(tuple[int]) or (0,)
    steps = await history.steps(session, ref.store_id, inquiries.about(ref), after=after, limit=paging.limit + 1)
    return paging.page(steps, key=lambda step: (step["number"],), item=StepOut.model_validate)


@router.get("/inquiries/{inquiry_id}/messages", dependencies=[allow(*READERS)])
async def list_messages(ref: InquiryRef, paging: Paging, caller: Caller, session: Session) -> Page[MessageOut]:
    """The conversation, oldest first by when it was written; a storefront's key sees no notes (INQ-7)."""
    await inquiries.inquiry(session, ref)
    after = paging.after(tuple[Moment, UUID])
    rows = await messages.conversation(session, ref, with_notes=not _is_customer(caller), after=after, limit=paging.limit + 1)
    return paging.page(rows, key=lambda row: (row.posted_at, str(row.message_id)), item=MessageOut.of)


@router.post("/inquiries/{inquiry_id}/messages", dependencies=[allow(*WRITERS)], status_code=201)
async def post_message(ref: InquiryRef, body: MessageIn, caller: Caller, session: Session, now: Now, response: Response) -> MessageOut:
    """A reply, which goes out and stops the clock; with the storefront's key the customer's. 409 once it is closed (for too long)."""
    if _is_customer(caller):
        message_id = await usecases.ask_again(session, ref, body.text, channel_message_id=body.channel_message_id, now=now)
    else:
        message_id = await usecases.reply(session, ref, body.text, by=caller, now=now)
    return await _written(session, ref, message_id, response)


@router.post("/inquiries/{inquiry_id}/notes", dependencies=[allow(*AGENTS)], status_code=201)
async def add_note(ref: InquiryRef, body: NoteIn, caller: Caller, session: Session, now: Now, response: Response) -> MessageOut:
    """For colleagues; the customer never sees it."""
    return await _written(session, ref, await usecases.note(session, ref, body.text, by=caller, now=now), response)


async def _written(session: Session, ref: Ref, message_id: UUID, response: Response) -> MessageOut:
    response.headers["Location"] = f"/v1/stores/{ref.store_id}/inquiries/{ref.inquiry_id}/messages"
    return MessageOut.of(await messages.message(session, ref, message_id))


def _is_customer(caller: Actor) -> bool:
    """A storefront's key speaks for its customers."""
    return Role.STOREFRONT in caller.roles
