from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.aftersales import usecases
from services.aftersales.repository import cases, refunds
from services.aftersales.usecases import clocks
from shared.timers import TimerRouter

timers = TimerRouter()


async def lock_cases(session: AsyncSession, keys: Sequence[str], _now: datetime) -> None:
    for ref in sorted(_case_refs(keys)):
        await cases.case_for_update(session, ref)


async def lock_refunds(session: AsyncSession, keys: Sequence[str], _now: datetime) -> None:
    await refunds.lock_all(session, _refund_refs(keys))


@timers.on(clocks.NEXT_REPLY, lock=lock_cases)
async def escalate(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await usecases.escalate(session, _case_refs(keys), now)


@timers.on(clocks.UNANSWERED, lock=lock_refunds)
async def watch(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    await usecases.watch(session, _refund_refs(keys), now)


def _case_refs(keys: Sequence[str]) -> list[cases.Ref]:
    return [cases.Ref(store_id, UUID(case_id)) for store_id, case_id in (key.split("/") for key in keys)]


def _refund_refs(keys: Sequence[str]) -> list[refunds.Ref]:
    return [refunds.Ref(store_id, UUID(refund_id)) for store_id, refund_id in (key.split("/") for key in keys)]
