"""What happens to a store's customers by the clock."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from shared.timers import start_timers

CLASSIFY = "classify"  # daily; the other three are one classification's steps
RANK = "rank-customers"
MOVE = "move-customers"
COUNT_SEGMENTS = "count-segments"
CARE = "care"  # daily
GREET = "greet"


async def start(session: AsyncSession, store_ids: Collection[str], now: datetime) -> None:
    """The daily ones of stores that have new customers, unless they run already.

    No transaction that locks customers takes a daily timer, so this waits for none of them.
    """
    if store_ids:
        await start_timers(session, {CLASSIFY: dict.fromkeys(store_ids, now), CARE: dict.fromkeys(store_ids, now)})
