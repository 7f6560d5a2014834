from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.inquiry import usecases
from services.inquiry.usecases import catalogue
from shared.events.orders import OrderChanged, OrderClosed, OrderConfirmed, OrderHeld, OrderSnapshot
from shared.events.storefront import ProductListed, StockChanged
from shared.messaging.router import EventRouter

events = EventRouter()


@events.on(ProductListed, StockChanged, many=True)
async def update_products(told: Sequence[ProductListed | StockChanged], session: AsyncSession) -> None:
    await catalogue.update_products(session, told)


@events.on(OrderHeld, OrderConfirmed, OrderChanged, OrderClosed, many=True)
async def learn_orders(told: Sequence[OrderSnapshot], session: AsyncSession, now: datetime) -> None:
    await usecases.learn_orders(session, told, now)
