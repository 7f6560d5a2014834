from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders import metrics
from services.orders.repository import orders
from shared.readings import age


async def read_held(session: AsyncSession, now: datetime) -> None:
    count, since = await orders.held(session)
    metrics.held.set(count)
    metrics.held_age.set(age(since, now))
