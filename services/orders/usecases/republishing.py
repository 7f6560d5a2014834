from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.repository import orders
from services.orders.repository.orders import Ref
from services.orders.usecases import snapshots

BATCH = 500


async def republish(session: AsyncSession, since: datetime, after: str | None) -> str | None:
    """Says of each order that changed since what was said last, with its id, type and version: those who heard it ignore it."""
    store_id, _, order_id = (after or "").partition("/")
    found = await orders.announced_since(session, since, Ref(store_id, order_id), BATCH)
    for order in found:
        snapshots.say(session, order)
    return f"{found[-1].store_id}/{found[-1].order_id}" if len(found) == BATCH else None
