"""The consumer's half of exactly once: who has been here, written in the transaction of the effect."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.messaging.envelope import Delivery

_TAKE_IN = text("""
    insert into inbox (source, id)
    select * from unnest(cast(:sources as text[]), cast(:ids as text[]))
    on conflict do nothing
    returning source, id
""")


async def fresh(session: AsyncSession, deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Takes the deliveries in and returns, in order, those whose (source, id) has not been seen; twins in one list count as one."""
    first: dict[tuple[str, str], Delivery] = {}
    for delivery in deliveries:
        first.setdefault((delivery.source or "", delivery.event_id or ""), delivery)
    if not first:
        return []
    # sorted, so that two transactions that take in the same events wait for each other instead of dying together
    pairs = sorted(first)
    rows = await session.execute(_TAKE_IN, {"sources": [source for source, _ in pairs], "ids": [event_id for _, event_id in pairs]})
    unseen = {(source, event_id) for source, event_id in rows}
    return [delivery for pair, delivery in first.items() if pair in unseen]
