from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.inquiry import usecases
from shared.events.storefront import CustomerUpdated
from shared.messaging.router import EventRouter

events = EventRouter()


@events.on(CustomerUpdated, many=True)
async def remember_customers(told: Sequence[CustomerUpdated], session: AsyncSession) -> None:
    await usecases.remember_customers(session, told)
