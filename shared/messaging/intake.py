"""One chunk of deliveries is one transaction: inbox, handlers in order, dead letters, outbox."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from shared.messaging import dead_letters, inbox
from shared.messaging.dead_letters import BEHIND, Verdict, verdict_of
from shared.messaging.envelope import Delivery
from shared.messaging.router import EventRouter


class Result(StrEnum):
    """What became of one delivery."""

    TAKEN = "taken"
    REPEATED = "repeated"
    WAITING = "waiting"
    SET_ASIDE = "set-aside"
    SKIPPED = "skipped"
    PASSED_ON = "passed-on"


async def take_in(session: AsyncSession, events: EventRouter, deliveries: Sequence[Delivery], now: datetime) -> list[Result]:
    """Takes a chunk of one topic in; raises what a handler raises, and then nothing of the chunk has happened.

    What cannot be read is set aside with its key parked; what is behind a parked key waits there.
    """
    results = [Result.SKIPPED] * len(deliveries)
    parked = await dead_letters.parked(session, deliveries[0].topic, {each.lane for each in deliveries if each.lane})
    runs: dict[int, Delivery] = {}
    for place, delivery in enumerate(deliveries):
        verdict = _verdict(delivery, events, parked)
        if verdict is not None:
            results[place] = await _set_aside(session, delivery, verdict, parked)
        elif delivery.event is not None and events.hears(delivery.event):
            runs[place] = delivery
    unseen = {id(delivery) for delivery in await inbox.fresh(session, list(runs.values()))}
    for place, delivery in runs.items():
        results[place] = Result.TAKEN if id(delivery) in unseen else Result.REPEATED
    heard = [delivery.event for delivery in runs.values() if id(delivery) in unseen and delivery.event is not None]
    await events.handle(heard, session, now)
    return results


def _verdict(delivery: Delivery, events: EventRouter, parked: set[bytes]) -> Verdict | None:
    if delivery.problem is not None:
        return verdict_of(delivery.problem)
    waits = delivery.lane in parked and delivery.event is not None and events.hears(delivery.event)
    return BEHIND if waits else None


async def _set_aside(session: AsyncSession, delivery: Delivery, verdict: Verdict, parked: set[bytes]) -> Result:
    is_new = await dead_letters.set_aside(session, delivery, verdict)
    if is_new and verdict.parks and delivery.lane:
        parked.add(delivery.lane)
    return Result.WAITING if verdict is BEHIND else Result.SET_ASIDE


async def give_up(session: AsyncSession, delivery: Delivery, error: Exception) -> Result:
    """Sets one delivery aside for what its handler said."""
    await dead_letters.set_aside(session, delivery, verdict_of(error))
    return Result.SET_ASIDE
