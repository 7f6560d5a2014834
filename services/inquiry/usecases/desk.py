"""What agents do with inquiries (INQ-2, INQ-6, INQ-13, INQ-15)."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.inquiry import metrics
from services.inquiry.domain.conversation import InquiryNotTaken, InquiryStatus, InquiryTaken, Outcome, must_be_open, outcome_of, speaks
from services.inquiry.domain.topics import Topic
from services.inquiry.models import InquiryRow
from services.inquiry.repository import desk, inquiries
from services.inquiry.repository.inquiries import Ref
from services.inquiry.usecases import clocks, snapshots
from services.inquiry.usecases.texts import GOODBYE
from shared import stores
from shared.auth import Actor, Role
from shared.counting import on_commit
from shared.errors import FieldProblem, Forbidden, Unprocessable
from shared.events.inquiries import InquiryClosed
from shared.events.parts import About
from shared.history import add_step
from shared.http import Version
from shared.telling import tell

SUPERVISORS = frozenset({Role.SUPERVISOR})


class NotYourInquiry(Forbidden):
    """Another agent has it; she or a supervisor may do this."""


class AgentUnfit(Unprocessable):
    """This agent cannot have it."""


async def take(session: AsyncSession, ref: Ref, version: Version, *, by: Actor, reason: str, now: datetime) -> InquiryRow:
    """Makes it this person's; of two who take it at once one wins (INQ-6)."""
    row = await inquiries.inquiry_for_update(session, ref, version)
    must_be_open(row.status)
    if row.agent_id is not None:
        raise InquiryTaken("you have it already" if row.agent_id == by.sub else "somebody else has it")
    row.agent_id, row.status = by.sub, InquiryStatus.OPEN
    return await _done(session, row, "taken", by=by, reason=reason, now=now)


async def release(session: AsyncSession, ref: Ref, version: Version, *, by: Actor, reason: str, now: datetime) -> InquiryRow:
    """Back among those that wait for an agent; clocks go on."""
    row = await inquiries.inquiry_for_update(session, ref, version)
    must_be_open(row.status)
    if row.agent_id is None:
        raise InquiryNotTaken("nobody has it")
    _must_be_theirs(row, by)
    row.agent_id, row.status = None, InquiryStatus.WAITING
    return await _done(session, row, "released", by=by, reason=reason, now=now)


async def transfer(
    session: AsyncSession, ref: Ref, version: Version, agent_id: str, *, by: Actor, reason: str, now: datetime
) -> InquiryRow:
    """To an agent who is entered, active and speaks the language (422 otherwise)."""
    row = await inquiries.inquiry_for_update(session, ref, version)
    must_be_open(row.status)
    if row.agent_id is not None:
        _must_be_theirs(row, by)
    await _must_be_fit(session, row, agent_id)
    if row.agent_id == agent_id:
        raise InquiryTaken("this agent has it already")
    detail = {"from": row.agent_id, "to": agent_id}
    row.agent_id, row.status = agent_id, InquiryStatus.OPEN
    return await _done(session, row, "transferred", by=by, reason=reason, now=now, detail=detail)


async def set_topic(
    session: AsyncSession, ref: Ref, version: Version, topic: Topic, *, by: Actor, reason: str, now: datetime
) -> InquiryRow:
    """Stays whatever the customer writes from now on (INQ-2)."""
    row = await inquiries.inquiry_for_update(session, ref, version)
    detail = {"from": row.topic, "to": topic}
    row.topic, row.topic_by = topic, by.sub
    return await _done(session, row, "topic-set", by=by, reason=reason, now=now, detail=detail)


async def close(
    session: AsyncSession, ref: Ref, version: Version, outcome: Outcome, lost_reason: str | None, *, by: Actor, reason: str, now: datetime
) -> InquiryRow:
    """Says goodbye and ends it (INQ-15)."""
    row = await inquiries.inquiry_for_update(session, ref, version)
    must_be_open(row.status)
    if row.agent_id is not None:
        _must_be_theirs(row, by)
    row.lost_reason = lost_reason
    await end(session, row, outcome, by=by.sub, reason=reason, now=now)
    return row


async def end(session: AsyncSession, row: InquiryRow, outcome: Outcome, *, by: str, reason: str | None, now: datetime) -> None:
    """Of an open one, by a person or by time."""
    row.status, row.closed_at, row.closed_by = InquiryStatus.CLOSED, now, by
    row.outcome = outcome_of(outcome, linked=row.linked_order_id is not None)
    row.reply_due_at = None
    snapshots.touch(row, now)
    ref = Ref(row.store_id, row.inquiry_id)
    await add_step(session, row.store_id, inquiries.about(ref), "closed", by=by, now=now, reason=reason, detail={"outcome": row.outcome})
    await clocks.cancel_all(session, row)
    snapshots.say(session, row, InquiryClosed)
    on_commit(session, metrics.closed.labels(row.outcome).inc)
    store = await stores.store(session, row.store_id)
    about = About(kind="inquiry", id=str(row.inquiry_id))
    tell(session, snapshots.addressee(row), GOODBYE, about=about, now=now, store=store.name)


async def _done(
    session: AsyncSession, row: InquiryRow, step: str, *, by: Actor, reason: str, now: datetime, detail: Mapping[str, object] | None = None
) -> InquiryRow:
    snapshots.touch(row, now)
    about = inquiries.about(Ref(row.store_id, row.inquiry_id))
    await add_step(session, row.store_id, about, step, by=by.sub, now=now, reason=reason, detail=detail)
    return row


def _must_be_theirs(row: InquiryRow, by: Actor) -> None:
    if row.agent_id != by.sub and not by.may_act_as(SUPERVISORS):
        raise NotYourInquiry("another agent has it")


async def _must_be_fit(session: AsyncSession, row: InquiryRow, agent_id: str) -> None:
    agent = await desk.agent_for_share(session, row.store_id, agent_id)
    if agent is None:
        raise AgentUnfit("nobody has entered this agent", [FieldProblem("agent_id", "known", "must be an agent of the store")])
    if not agent.active:
        raise AgentUnfit("the agent is not active", [FieldProblem("agent_id", "active", "must be an active agent")])
    if not speaks(agent.languages, row.language):
        problem = FieldProblem("agent_id", "language", f"must be an agent who speaks {row.language}")
        raise AgentUnfit("the agent does not speak the customer's language", [problem])
