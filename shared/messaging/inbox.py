"""The consumer's half of exactly once: who has been here, written in the transaction of the effect."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.messaging.envelope import Delivery
from shared.rows import as_json, told

_COLUMNS = {"source": "text", "id": "text"}
_TAKE_IN = text(f"""
    insert into inbox (source, id) select source, id from {told(_COLUMNS)}
    on conflict do nothing
    returning source, id
""")  # noqa: S608


async def fresh(session: AsyncSession, deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Takes the deliveries in and returns, in order, those whose (source, id) has not been seen; twins in one list count as one."""
    first: dict[tuple[str, str], Delivery] = {}
    for delivery in deliveries:
        first.setdefault((delivery.source or "", delivery.event_id or ""), delivery)
    if not first:
        return []
    # sorted, so that two transactions that take in the same events wait for each other instead of dying together
    pairs = sorted(first)
    unseen = set(map(tuple, await session.execute(_TAKE_IN, {"rows": as_json(_COLUMNS, pairs)})))
    return [delivery for pair, delivery in first.items() if pair in unseen]
