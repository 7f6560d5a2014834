from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.inquiry import usecases
from services.inquiry.repository import inquiries
from services.inquiry.repository.inquiries import Ref
from services.inquiry.usecases import clocks
from shared.timers import TimerRouter

timers = TimerRouter()


async def lock_inquiries(session: AsyncSession, keys: Sequence[str], _now: datetime) -> None:
    await inquiries.inquiries_for_update(session, _refs(keys))


@timers.on(clocks.FIRST_WARN, lock=lock_inquiries)
async def warn(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await usecases.warn(session, _refs(keys), now)


@timers.on(clocks.FIRST_BREACH, lock=lock_inquiries)
async def breach(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await usecases.breach(session, _refs(keys), now)


@timers.on(clocks.REPLY_LATE, lock=lock_inquiries)
async def reply_is_late(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await usecases.reply_is_late(session, _refs(keys), now)


@timers.on(clocks.ABANDON, lock=lock_inquiries)
async def abandon(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await usecases.abandon(session, _refs(keys), now)


def _refs(keys: Sequence[str]) -> list[Ref]:
    return [clocks.ref_of(key) for key in sorted(keys)]
