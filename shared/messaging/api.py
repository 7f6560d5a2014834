"""Dead letters over HTTP: the operator's, and a storefront's own rejected events."""

import base64
from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from shared.errors import FieldProblem, Unprocessable
from shared.http import Caller, Now, Page, Paging, Reason, Router, Session, operator
from shared.http.pages import PageWanted
from shared.http.problems import FieldProblemOut
from shared.messaging import dead_letters, replay
from shared.messaging.router import EventRouter

router = Router(prefix="/v1/dead-letters", tags=["dead letters"])


class RejectedEvent(BaseModel):
    """An event that was set aside, and why; without its content."""

    letter_id: UUID
    kind: dead_letters.Kind
    state: Literal["open", "replayed", "discarded"]
    topic: str
    type: str | None = Field(description="`ce_type`, so far as it could be read")
    source: str | None
    event_id: str | None = Field(description="`ce_id`")
    reason: str
    fields: list[FieldProblemOut]
    set_aside_at: datetime
    resolved_at: datetime | None

    @classmethod
    def of(cls, row: RowMapping) -> Self:
        return cls.model_validate(dict(row))


class DeadLetter(RejectedEvent):
    partition: int
    offset: int
    key: str | None
    attempts: int

    @classmethod
    def of(cls, row: RowMapping) -> Self:
        return cls.model_validate({**row, "key": _readable(row["key"])})


class WholeDeadLetter(DeadLetter):
    """With the record as it came; what is no UTF-8 is written in base64."""

    headers: list[tuple[str, str | None]]
    value: str | None
    value_base64: str | None = Field(description="Set instead of `value` where that is no text")

    @classmethod
    def of(cls, row: RowMapping) -> Self:
        value = row["value"]
        text = _readable(value)
        headers = [(name, _readable(base64.b64decode(found)) if found else found) for name, found in row["headers"]]
        shown = {"headers": headers, "value": text, "value_base64": base64.b64encode(value).decode() if value and text is None else None}
        return cls.model_validate({**row, **shown, "key": _readable(row["key"])})


class Outcome(BaseModel):
    """`replayed`: how many events were taken in. `stopped_by`: why the next of the key still was not; null when none is left."""

    replayed: int
    stopped_by: str | None


class ReplayReason(BaseModel):
    """Kept in the audit."""

    reason: Annotated[str, Field(max_length=1000)] = ""


class WhichLetters(BaseModel):
    """Open letters of this type, and with this in their reason."""

    type: Annotated[str | None, Field(max_length=200)] = None
    reason_contains: Annotated[str | None, Field(max_length=500)] = None
    reason: Annotated[str, Field(min_length=1, max_length=1000, description="Why they are replayed; kept in the audit.")]


class BulkOutcome(BaseModel):
    replayed: int
    still_open: int = Field(description="Letters that were tried and failed again")


def _events(request: Request) -> EventRouter:
    events: EventRouter = request.app.state.service.events
    return events


@router.get("", dependencies=[operator()])
async def list_dead_letters(
    session: Session,
    paging: Paging,
    state: Literal["open", "replayed", "discarded"] = "open",
    type: Annotated[str | None, Query(max_length=200)] = None,  # noqa: A002 - the name of the event attribute
    source: Annotated[str | None, Query(max_length=200)] = None,
    reason: Annotated[str | None, Query(max_length=500, description="A part of the reason's text")] = None,
) -> Page[DeadLetter]:
    """Events that could not be taken in, oldest first."""
    rows = await dead_letters.listed(
        session, state=state, type=type, source=source, reason=reason, after=_after(paging), limit=paging.limit + 1
    )
    return paging.page(rows, key=lambda row: (row["number"],), item=DeadLetter.of)


@router.post("/replay", dependencies=[operator()])
async def replay_dead_letters(which: WhichLetters, request: Request, caller: Caller, session: Session, now: Now) -> BulkOutcome:
    """Replays up to 100 open letters that match, each key in order; call again while it still replays any."""
    if which.type is None and which.reason_contains is None:
        raise Unprocessable("say which letters", [FieldProblem("type", "required", "or reason_contains must be there")])
    outcome = await replay.replay_all(
        session, _events(request), name=which.type, reason_contains=which.reason_contains, by=caller.sub, reason=which.reason, now=now
    )
    return BulkOutcome(replayed=outcome.replayed, still_open=outcome.still_open)


@router.get("/{letter_id}", dependencies=[operator()])
async def show_dead_letter(letter_id: UUID, session: Session) -> WholeDeadLetter:
    """The record as it came, with the reason."""
    return WholeDeadLetter.of(await dead_letters.shown(session, letter_id))


@router.post("/{letter_id}/replay", dependencies=[operator()])
async def replay_dead_letter(
    letter_id: UUID, request: Request, caller: Caller, session: Session, now: Now, body: ReplayReason | None = None
) -> Outcome:
    """Runs it again, and what waits behind it, in order. 409 when it is resolved already."""
    outcome = await replay.replay(session, _events(request), letter_id, by=caller.sub, reason=body.reason if body else "", now=now)
    return Outcome(replayed=outcome.replayed, stopped_by=outcome.stopped_by)


@router.post("/{letter_id}/discard", dependencies=[operator()])
async def discard_dead_letter(letter_id: UUID, body: Reason, request: Request, caller: Caller, session: Session, now: Now) -> Outcome:
    """Gives the event up; what waits behind it runs. 409 when it is resolved already."""
    outcome = await replay.discard(session, _events(request), letter_id, by=caller.sub, reason=body.reason, now=now)
    return Outcome(replayed=outcome.replayed, stopped_by=outcome.stopped_by)


async def rejected_events(session: AsyncSession, store_id: str, paging: PageWanted) -> Page[RejectedEvent]:
    """A storefront's own events that were set aside and are not resolved, by what they named as their source; oldest first."""
    rows = await dead_letters.listed(session, source=f"/stores/{store_id}", after=_after(paging), limit=paging.limit + 1)
    return paging.page(rows, key=lambda row: (row["number"],), item=RejectedEvent.of)


def _after(paging: PageWanted) -> int:
    place = paging.after(tuple[int])
    return place[0] if place else 0


def _readable(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None
