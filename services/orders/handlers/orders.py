from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders import usecases
from shared.events.storefront import (
    OrderAddressChanged,
    OrderCancelled,
    OrderPaid,
    OrderPlaced,
    ShipmentDelivered,
    ShipmentDispatched,
    ShipmentTracked,
    StorefrontOrderEvent,
)
from shared.messaging.router import EventRouter

events = EventRouter()


@events.on(OrderPlaced, OrderPaid, OrderAddressChanged, OrderCancelled, ShipmentDispatched, ShipmentTracked, ShipmentDelivered, many=True)
async def take_facts(told: Sequence[StorefrontOrderEvent], session: AsyncSession, now: datetime) -> None:
    await usecases.must_have_happened(session, told, now)
    await usecases.take_facts(session, told, now)
