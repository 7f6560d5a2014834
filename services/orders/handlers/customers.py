from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders import usecases
from services.orders.usecases.customers import recording
from shared.events.cases import CaseOpened
from shared.events.storefront import CustomerUpdated
from shared.events.surveys import SurveyCompleted
from shared.messaging.router import EventRouter

events = EventRouter()


@events.on(CustomerUpdated, many=True)
async def learn_profiles(told: Sequence[CustomerUpdated], session: AsyncSession, now: datetime) -> None:
    await usecases.must_have_happened(session, told, now)
    await recording.learn_profiles(session, told, now)


@events.on(CaseOpened, many=True)
async def count_complaints(told: Sequence[CaseOpened], session: AsyncSession, now: datetime) -> None:
    await recording.count_complaints(session, told, now)


@events.on(SurveyCompleted, many=True)
async def count_answers(told: Sequence[SurveyCompleted], session: AsyncSession, now: datetime) -> None:
    await recording.count_answers(session, told, now)
