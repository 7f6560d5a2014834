from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.aftersales import metrics
from services.aftersales.repository import refunds
from shared.readings import age


async def read_refunds(session: AsyncSession, now: datetime) -> None:
    found = {metrics.UNANSWERED if each.overdue else each.status: each for each in await refunds.in_flight(session)}
    for state in metrics.STATES:
        waiting = found.get(state)
        metrics.in_flight.labels(state).set(waiting.refunds if waiting else 0)
        metrics.in_flight_age.labels(state).set(age(waiting.since if waiting else None, now))
