"""The tiers of a store's customers, anew (CUS-2): daily at its quiet hour, and when somebody asks for it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.customers.care import next_at
from services.orders.domain.customers.windows import Windows
from services.orders.domain.policy import OrderPolicy
from services.orders.repository.customers import classifying, lists, segments
from services.orders.repository.customers.classifying import Move
from services.orders.usecases.customers.clocks import CLASSIFY, COUNT_SEGMENTS, MOVE, RANK
from shared import policies, stores
from shared.events.customers import CustomerTierChanged
from shared.messaging.outbox import MOST_EVENTS, publish
from shared.timers import set_timers

SAID, UNSAID = "said", "unsaid"
MOST_UNSAID = 2_000


async def ask_for(session: AsyncSession, store_id: str, now: datetime) -> None:
    """Begins within a second. Its key has the minute, so that it waits for none that is under way; asked for twice in it is once."""
    await set_timers(session, RANK, {f"{store_id}/{now:%Y-%m-%dT%H:%M}": now})


async def begin(session: AsyncSession, store_id: str, now: datetime) -> None:
    """Today's, and tomorrow's after it."""
    policy = (await policies.load(session, OrderPolicy, [store_id]))[store_id]
    zone = (await stores.store(session, store_id)).calendar.zone
    await set_timers(session, CLASSIFY, {store_id: next_at(policy.classify_hour, now, zone)})
    await ask_for(session, store_id, now)


async def rank(session: AsyncSession, store_id: str, now: datetime) -> None:
    """Notes who moves; without a single order there is nobody to classify."""
    currency = await lists.currency(session, store_id)
    if currency is not None:
        policy = (await policies.load(session, OrderPolicy, [store_id]))[store_id]
        await classifying.make_room(session)
        await classifying.rank(session, store_id, currency, Windows.at(now, policy), policy)
        await set_timers(session, MOVE, {f"{store_id}/{SAID}/": now})


async def move(session: AsyncSession, key: str, now: datetime) -> None:
    """A slice of those who move. Who moves to another tier is said; who only moves to another class is not, and comes after.

    `key` is store/said/customer or store/unsaid/customer: it goes on after her.
    """
    store_id, kind, after = key.split("/")
    says = kind == SAID
    last, moves = await classifying.move(session, store_id, says=says, after=after, limit=MOST_EVENTS if says else MOST_UNSAID, now=now)
    for each in moves:
        _say(session, store_id, each, now)
    if last is not None:
        await set_timers(session, MOVE, {f"{store_id}/{kind}/{last}": now})
    elif says:
        await set_timers(session, MOVE, {f"{store_id}/{UNSAID}/": now})
    else:
        await set_timers(session, COUNT_SEGMENTS, {store_id: now})


async def count_segments(session: AsyncSession, store_id: str, now: datetime) -> None:
    """The figures of all segments, by the tiers as they are now."""
    currency = await lists.currency(session, store_id)
    if currency is not None:
        policy = (await policies.load(session, OrderPolicy, [store_id]))[store_id]
        zone = (await stores.store(session, store_id)).calendar.zone
        await classifying.make_room(session)
        today = now.astimezone(zone).date()
        await segments.count(session, store_id, currency, Windows.at(now, policy), policy, now=now, today=today)


def _say(session: AsyncSession, store_id: str, move: Move, now: datetime) -> None:
    if move.tier != move.previous_tier:
        told = {"tier": move.tier, "previous_tier": move.previous_tier, "changed_at": now, "version": move.version}
        publish(session, CustomerTierChanged.model_validate({"store_id": store_id, "customer_id": move.customer_id, **told}))
