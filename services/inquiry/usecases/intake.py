"""What customers write (INQ-1): it opens an inquiry, joins the open one, or opens a closed one again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.inquiry.domain.clocks import PHONE, later_reply_due
from services.inquiry.domain.contacts import Person, customer_keys
from services.inquiry.domain.conversation import Arrival, InquiryStatus, arrival
from services.inquiry.domain.topics import Topic, classify
from services.inquiry.models import InquiryRow
from services.inquiry.repository import inquiries, messages
from services.inquiry.repository.customers import CustomerKey
from services.inquiry.repository.inquiries import Contact, Ref
from services.inquiry.repository.messages import ChannelMessage, Written
from services.inquiry.usecases import clocks, snapshots
from services.inquiry.usecases.orders import link_known
from services.inquiry.usecases.surroundings import Surroundings, surroundings
from shared.clock import new_id
from shared.events.base import Event
from shared.events.inquiries import InquiryReceived
from shared.history import AUTO, add_step

BY_CUSTOMER = "customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A customer's message as it came. `typed_by`: the person who entered it for her."""

    store_id: str
    channel: str
    person: Person
    text: str
    posted_at: datetime
    language: str | None = None
    sku: str | None = None
    order_id: str | None = None
    channel_message_id: str | None = None
    typed_by: str | None = None
    caused_by: Event | None = None

    @property
    def contacts(self) -> list[Contact]:
        return [(self.store_id, key) for key in self.person.keys(self.channel)]

    @property
    def customer_keys(self) -> list[str]:
        return customer_keys(self.store_id, self.person.customer_id, self.person.email_key, self.person.phone_key)

    @property
    def customer(self) -> CustomerKey | None:
        """None for a guest."""
        return None if self.person.customer_id is None else (self.store_id, self.person.customer_id)

    @property
    def identity(self) -> ChannelMessage | None:
        if self.channel_message_id is None:
            return None
        return ChannelMessage(self.store_id, self.channel, self.channel_message_id)


@dataclass(frozen=True, slots=True)
class Taken:
    """`arrival` None: the same message came before."""

    inquiry: InquiryRow
    message_id: UUID
    arrival: Arrival | None


@dataclass(slots=True)
class _Known:
    """What is known of a chunk's customers, locked; what the chunk itself adds included."""

    inquiries: dict[Ref, InquiryRow]
    newest: dict[Contact, UUID | None]
    seen: dict[ChannelMessage, tuple[UUID, UUID]]
    written: list[Written] = field(default_factory=list)
    pointed: dict[Contact, UUID] = field(default_factory=dict)
    opened: list[tuple[Ref, str]] = field(default_factory=list)
    reopened: list[tuple[Ref, str]] = field(default_factory=list)
    touched: dict[Ref, InquiryRow] = field(default_factory=dict)


async def take_in(session: AsyncSession, questions: Sequence[Question], now: datetime) -> list[Taken]:
    """In one go for all of them, as they came; answers for each with its inquiry as it is now."""
    strangers = {question.customer for question in questions if question.customer and question.language is None}
    around = await surroundings(session, (question.store_id for question in questions), strangers)
    await inquiries.lock_customers(session, {key for question in questions for key in question.customer_keys})
    known = await _known(session, questions)
    taken = [_take_one(session, question, known, around, now) for question in questions]
    await session.flush()
    await messages.add(session, known.written)
    await inquiries.point_contacts(session, known.pointed)
    await inquiries.add_first_steps(session, known.opened, now)
    for ref, by in known.reopened:
        await add_step(session, ref.store_id, inquiries.about(ref), "reopened", by=by, now=now)
    await link_known(session, list(known.touched.values()), around.policies, now)
    await clocks.set_clocks(session, list(known.touched.values()), around.policies)
    return taken


async def _known(session: AsyncSession, questions: Sequence[Question]) -> _Known:
    newest = await inquiries.lock_contacts(session, {contact for question in questions for contact in question.contacts})
    seen = await messages.known(session, {question.identity for question in questions if question.identity})
    refs = {Ref(store_id, inquiry_id) for (store_id, _), inquiry_id in newest.items() if inquiry_id is not None}
    refs |= {Ref(identity.store_id, inquiry_id) for identity, (inquiry_id, _) in seen.items()}
    return _Known(await inquiries.inquiries_for_update(session, refs), newest, seen)


def _take_one(session: AsyncSession, question: Question, known: _Known, around: Surroundings, now: datetime) -> Taken:
    if question.identity in known.seen:
        inquiry_id, message_id = known.seen[question.identity]
        return Taken(known.inquiries[Ref(question.store_id, inquiry_id)], message_id, None)
    row = _newest_of(question, known)
    policy = around.policies[question.store_id]
    came = arrival(row.closed_at if row else None, now, policy.reopen_within, known=row is not None)
    if row is None or came is Arrival.OPENS:
        row, came = _opened(question, around, now), Arrival.OPENS
        session.add(row)
    else:
        snapshots.touch(row, now)
    ref = Ref(row.store_id, row.inquiry_id)
    if came is Arrival.REOPENS:
        reopen(row, around, now)
        known.reopened.append((ref, question.typed_by or BY_CUSTOMER))
    customer_wrote(row, question, around, now)
    if came is not Arrival.JOINS:
        snapshots.say(session, row, InquiryReceived, caused_by=question.caused_by)
    if came is Arrival.OPENS:
        known.opened.append((ref, question.typed_by or (AUTO if question.caused_by else BY_CUSTOMER)))
    return Taken(row, _remember(question, row, known, now), came)


def _newest_of(question: Question, known: _Known) -> InquiryRow | None:
    """Of what her contacts lead to the open one, else the newest."""
    found = [known.newest[contact] for contact in question.contacts]
    rows = [known.inquiries[Ref(question.store_id, inquiry_id)] for inquiry_id in found if inquiry_id is not None]
    return max(rows, key=lambda row: (row.closed_at is None, row.received_at, row.inquiry_id), default=None)


def _opened(question: Question, around: Surroundings, now: datetime) -> InquiryRow:
    store, person = around.stores[question.store_id], question.person
    posted_at = min(question.posted_at, now)
    row = InquiryRow(
        store_id=question.store_id,
        inquiry_id=new_id(),
        version=1,
        status=InquiryStatus.WAITING,
        channel=question.channel,
        customer_id=person.customer_id,
        language=_language(question, around),
        topic=Topic.OTHER,
        received_at=posted_at,
        last_customer_at=posted_at,
        updated_at=now,
    )
    clocks.start_first_response(row, store.calendar, around.policies[question.store_id], now)
    if question.channel == PHONE and question.typed_by is not None:
        row.agent_id, row.status = question.typed_by, InquiryStatus.OPEN
    return row


def _language(question: Question, around: Surroundings) -> str:
    """As the message says; else the customer's own, else the store's first."""
    customer = around.customers.get(question.customer) if question.customer else None
    own = customer.language if customer else None
    return question.language or own or next(iter(around.stores[question.store_id].languages), "en")


def reopen(row: InquiryRow, around: Surroundings, now: datetime) -> None:
    """With whom had it; a first response that nobody gave is due anew, unless it was late already."""
    row.status = InquiryStatus.OPEN if row.agent_id else InquiryStatus.WAITING
    row.closed_at = row.closed_by = row.outcome = row.lost_reason = None
    if row.answered_at is None and row.breached_at is None:
        clocks.start_first_response(row, around.stores[row.store_id].calendar, around.policies[row.store_id], now)


def customer_wrote(row: InquiryRow, question: Question, around: Surroundings, now: datetime) -> None:
    """What she tells fills in what is not known yet; an agent's topic stays."""
    posted_at, person = min(question.posted_at, now), question.person
    row.received_at = min(row.received_at, posted_at)
    row.last_customer_at = max(row.last_customer_at, posted_at)
    row.sku = row.sku or question.sku
    row.order_id = row.order_id or question.order_id
    if row.customer_id is None:
        row.guest_name, row.guest_email, row.guest_phone = (
            row.guest_name or person.name,
            row.guest_email or person.email,
            row.guest_phone or person.phone,
        )
        row.email_key, row.phone_key = row.email_key or person.email_key, row.phone_key or person.phone_key
    if row.topic == Topic.OTHER and row.topic_by is None:
        row.topic = classify(question.text, around.keywords[row.store_id])
    if row.answered_at is not None and row.reply_due_at is None:
        calendar = around.stores[row.store_id].calendar
        row.reply_due_at = later_reply_due(row.channel, now, calendar, around.policies[row.store_id])


def _remember(question: Question, row: InquiryRow, known: _Known, now: datetime) -> UUID:
    ref, written = Ref(row.store_id, row.inquiry_id), written_by_customer(question, row, now)
    known.written.append(written)
    known.inquiries[ref] = known.touched[ref] = row
    for contact in question.contacts:
        if known.newest[contact] != row.inquiry_id:
            known.newest[contact] = known.pointed[contact] = row.inquiry_id
    if question.identity is not None:
        known.seen[question.identity] = (row.inquiry_id, written.message_id)
    return written.message_id


def written_by_customer(question: Question, row: InquiryRow, now: datetime) -> Written:
    return Written(
        store_id=row.store_id,
        inquiry_id=row.inquiry_id,
        message_id=new_id(),
        direction="in",
        kind="text",
        author=BY_CUSTOMER,
        text=question.text,
        channel=question.channel,
        channel_message_id=question.channel_message_id,
        posted_at=question.posted_at,
        received_at=now,
        delivery="stored",
    )
