from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.repository import surveys
from services.survey.repository.surveys import OccasionKey
from services.survey.usecases import inviting
from services.survey.usecases.inviting import invited_of
from shared.timers import TimerRouter

timers = TimerRouter()


async def lock_occasions(session: AsyncSession, keys: Sequence[str], _now: datetime) -> None:
    for key in _occasions(keys):
        await surveys.waiting_for_update(session, key)


async def lock_surveys(session: AsyncSession, keys: Sequence[str], _now: datetime) -> None:
    await surveys.lock(session, [invited_of(key) for key in keys])


@timers.on(inviting.ASK, lock=lock_occasions)
async def ask(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await inviting.ask(session, _occasions(keys), now)


@timers.on(inviting.REMIND, lock=lock_surveys)
async def remind(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await inviting.remind(session, [invited_of(key) for key in keys], now)


@timers.on(inviting.EXPIRE, lock=lock_surveys)
async def expire(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await inviting.expire(session, [invited_of(key) for key in keys], now)


def _occasions(keys: Sequence[str]) -> list[OccasionKey]:
    return sorted((store_id, kind, occasion_id) for store_id, kind, occasion_id in (key.split("/") for key in keys))
