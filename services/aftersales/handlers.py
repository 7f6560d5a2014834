from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.aftersales import usecases
from shared import stores
from shared.events.finance import RefundFailed, RefundRejected, RefundSettled
from shared.events.orders import OrderChanged, OrderClosed, OrderConfirmed, OrderHeld, OrderSnapshot, ShipmentLost
from shared.events.surveys import SurveyCompleted
from shared.messaging.router import EventRouter

events = EventRouter(stores.events)


@events.on(OrderHeld, OrderConfirmed, OrderChanged, OrderClosed, ShipmentLost, many=True)
async def remember_orders(told: Sequence[OrderSnapshot | ShipmentLost], session: AsyncSession, now: datetime) -> None:
    await usecases.remember_orders(session, told, now=now)


@events.on(SurveyCompleted)
async def call_back(told: SurveyCompleted, session: AsyncSession, now: datetime) -> None:
    await usecases.call_back(session, told, now=now)


@events.on(RefundSettled)
async def settle(told: RefundSettled, session: AsyncSession, now: datetime) -> None:
    await usecases.settle(session, told, now=now)


@events.on(RefundRejected)
async def reject(told: RefundRejected, session: AsyncSession, now: datetime) -> None:
    await usecases.reject(session, told, now=now)


@events.on(RefundFailed)
async def fail(told: RefundFailed, session: AsyncSession, now: datetime) -> None:
    await usecases.fail(session, told, now=now)
