from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders import usecases
from services.orders.usecases import catalogue
from shared.events.storefront import ProductListed, StockChanged
from shared.messaging.router import EventRouter

events = EventRouter()


@events.on(ProductListed, StockChanged, many=True)
async def update_products(told: Sequence[ProductListed | StockChanged], session: AsyncSession, now: datetime) -> None:
    """A listing may be of a day to come; a stock is what was counted."""
    await usecases.must_have_happened(session, [each for each in told if isinstance(each, StockChanged)], now)
    await catalogue.update_products(session, told, now=now)
