"""What people and customers write in an inquiry that is there (INQ-7)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.inquiry.domain.contacts import Person
from services.inquiry.domain.conversation import Arrival, InquiryNotOpen, InquiryStatus, arrival, must_be_open
from services.inquiry.models import InquiryRow
from services.inquiry.repository import inquiries, messages
from services.inquiry.repository.inquiries import Ref
from services.inquiry.repository.messages import Written
from services.inquiry.usecases import clocks, snapshots
from services.inquiry.usecases.intake import BY_CUSTOMER, Question, customer_wrote, reopen, written_by_customer
from services.inquiry.usecases.surroundings import surroundings
from shared import stores
from shared.auth import Actor
from shared.clock import new_id
from shared.events.inquiries import InquiryReceived
from shared.events.messages import CustomerMessage
from shared.events.parts import About
from shared.history import add_step
from shared.messaging.outbox import publish
from shared.telling import spoken


async def reply(session: AsyncSession, ref: Ref, text: str, *, by: Actor, now: datetime) -> UUID:
    """Goes out to the customer, stops the clock, and makes an inquiry that nobody has the author's (INQ-5)."""
    row = await inquiries.inquiry_for_update(session, ref)
    must_be_open(row.status)
    is_first = row.answered_at is None
    step = clocks.stop(row, (await stores.store(session, ref.store_id)).calendar, now)
    if is_first:
        clocks.count_answered(session, row, step)
    snapshots.touch(row, now)
    if step is not None:
        await add_step(session, ref.store_id, inquiries.about(ref), step, by=by.sub, now=now)
    if row.agent_id is None:
        row.agent_id, row.status = by.sub, InquiryStatus.OPEN
        await add_step(session, ref.store_id, inquiries.about(ref), "taken", by=by.sub, now=now, detail={"by": "reply"})
    await clocks.cancel_answered(session, row)
    written = _written(row, text, by=by, now=now, kind="text")
    await messages.add(session, [written])
    _send(session, row, written, now)
    return written.message_id


async def ask_again(session: AsyncSession, ref: Ref, text: str, *, channel_message_id: str | None, now: datetime) -> UUID:
    """The customer writes in this very inquiry; one that is closed for too long is not opened again (409)."""
    row = await inquiries.inquiry_for_update(session, ref)
    around = await surroundings(session, [ref.store_id])
    person = Person(row.customer_id, row.guest_name, row.guest_email, row.guest_phone)
    question = Question(
        store_id=ref.store_id, channel=row.channel, person=person, text=text, posted_at=now, channel_message_id=channel_message_id
    )
    if question.identity and (seen := await messages.known(session, [question.identity])):
        return seen[question.identity][1]
    came = arrival(row.closed_at, now, around.policies[ref.store_id].reopen_within, known=True)
    if came is Arrival.OPENS:
        raise InquiryNotOpen("it was closed too long ago; a new message on its channel opens a new one")
    snapshots.touch(row, now)
    if came is Arrival.REOPENS:
        reopen(row, around, now)
        await add_step(session, ref.store_id, inquiries.about(ref), "reopened", by=BY_CUSTOMER, now=now)
    customer_wrote(row, question, around, now)
    if came is Arrival.REOPENS:
        snapshots.say(session, row, InquiryReceived)
    written = written_by_customer(question, row, now)
    await messages.add(session, [written])
    await clocks.set_clocks(session, [row], around.policies)
    return written.message_id


async def note(session: AsyncSession, ref: Ref, text: str, *, by: Actor, now: datetime) -> UUID:
    """For colleagues only, also when it is closed; stops no clock."""
    row = await inquiries.inquiry_for_update(session, ref)
    written = _written(row, text, by=by, now=now, kind="note")
    await messages.add(session, [written])
    return written.message_id


def _written(row: InquiryRow, text: str, *, by: Actor, now: datetime, kind: str) -> Written:
    is_note = kind == "note"
    return Written(
        store_id=row.store_id,
        inquiry_id=row.inquiry_id,
        message_id=new_id(),
        direction="internal" if is_note else "out",
        kind=kind,
        author=by.sub,
        text=text,
        channel=row.channel,
        channel_message_id=None,
        posted_at=now,
        received_at=now,
        delivery="stored" if is_note else "sent",
    )


def _send(session: AsyncSession, row: InquiryRow, written: Written, now: datetime) -> None:
    message = CustomerMessage(
        message_id=written.message_id,
        store_id=row.store_id,
        customer_id=row.customer_id,
        guest=snapshots.guest_of(row),
        channel=row.channel,
        language=spoken(row.language),
        text=written.text,
        about=About(kind="inquiry", id=str(row.inquiry_id)),
        created_at=now,
    )
    publish(session, message)
