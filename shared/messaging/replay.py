"""Replay and discard: dead letters through the same handlers, in order, once."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from shared import db
from shared.errors import FieldProblem, Unprocessable
from shared.messaging import dead_letters, inbox, outbox
from shared.messaging.dead_letters import Verdict, verdict_of
from shared.messaging.envelope import Delivery
from shared.messaging.router import EventRouter

# a parked key's letters run in one transaction; a longer queue takes several calls
MOST_LETTERS = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many letters were taken in, and why the next one still was not (None: nothing is left of its key)."""

    replayed: int
    stopped_by: str | None = None


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    replayed: int
    still_open: int


class ReasonMissing(Unprocessable):
    pass


async def replay(session: AsyncSession, events: EventRouter, letter_id: UUID, *, by: str, reason: str, now: datetime) -> Outcome:
    """A letter of a parked key stands for the whole key: its letters run in order, from the first, until one fails again."""
    letter = await dead_letters.open_letter(session, letter_id)
    await dead_letters.audit(session, letter, "replay", by, reason, now)
    if letter["parks"] is not None:
        return await _drain(session, events, letter["topic"], letter["parks"], now)
    refused = await _run(session, events, letter, now)
    return Outcome(0, refused.reason) if refused else Outcome(1)


async def replay_all(
    session: AsyncSession, events: EventRouter, *, name: str | None, reason_contains: str | None, by: str, reason: str, now: datetime
) -> BulkOutcome:
    """At most MOST_LETTERS open letters that match, each key from its first letter on."""
    letters = await dead_letters.listed(session, type=name, reason=reason_contains, limit=MOST_LETTERS)
    replayed = still_open = 0
    stuck: set[tuple[str, bytes]] = set()
    for letter in letters:
        place = (letter["topic"], letter["key"])
        if replayed >= MOST_LETTERS:
            break
        if place in stuck or (await dead_letters.shown(session, letter["letter_id"]))["state"] != "open":
            continue
        outcome = await replay(session, events, letter["letter_id"], by=by, reason=reason, now=now)
        replayed += outcome.replayed
        if outcome.stopped_by is not None:
            still_open += 1
            stuck.add(place)
    return BulkOutcome(replayed, still_open)


async def discard(session: AsyncSession, events: EventRouter, letter_id: UUID, *, by: str, reason: str, now: datetime) -> Outcome:
    """Gives the event up for the reason; what waited behind it runs."""
    if not reason.strip():
        raise ReasonMissing("a discard needs a reason", [FieldProblem("reason", "required", "is required")])
    letter = await dead_letters.open_letter(session, letter_id)
    if letter["source"] and letter["event_id"]:
        await inbox.fresh(session, [dead_letters.delivery_of(letter)])
    await dead_letters.resolve(session, letter, "discarded", now)
    await dead_letters.audit(session, letter, "discard", by, reason, now)
    if letter["parks"] is None:
        return Outcome(0)
    first = await dead_letters.first_of_key(session, letter["topic"], letter["parks"])
    if first is not None and first["number"] < letter["number"]:
        return Outcome(0, first["reason"])
    return await _drain(session, events, letter["topic"], letter["parks"], now)


async def _drain(session: AsyncSession, events: EventRouter, topic: str, key: bytes, now: datetime) -> Outcome:
    replayed = 0
    while letter := await dead_letters.first_of_key(session, topic, key):
        if replayed == MOST_LETTERS:
            return Outcome(replayed, letter["reason"])
        refused = await _run(session, events, letter, now)
        if refused is None:
            replayed += 1
        elif refused.parks:
            return Outcome(replayed, refused.reason)
    await dead_letters.unpark_if_empty(session, topic, key)
    return Outcome(replayed)


async def _run(session: AsyncSession, events: EventRouter, letter: RowMapping, now: datetime) -> Verdict | None:
    """Takes one letter in; what it did is undone and the letter kept if that fails."""
    delivery = dead_letters.delivery_of(letter)
    said = len(outbox.published(session))
    try:
        async with session.begin_nested():
            await _take_in(session, events, delivery, now)
    except Exception as error:
        if db.is_transient(error) or db.is_fatal(error):
            raise
        del outbox.published(session)[said:]
        verdict = verdict_of(error)
        await dead_letters.keep(session, letter, verdict)
        return verdict
    await dead_letters.resolve(session, letter, "replayed", now)
    return None


async def _take_in(session: AsyncSession, events: EventRouter, delivery: Delivery, now: datetime) -> None:
    if delivery.problem is not None:
        raise delivery.problem
    if delivery.event is None or not events.hears(delivery.event):
        return
    if await inbox.fresh(session, [delivery]):
        await events.handle([delivery.event], session, now)
