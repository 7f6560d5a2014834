"""Customers classified by their worth, as many as there are orders."""

import time
from collections.abc import AsyncIterator
from functools import partial
from statistics import median

from sqlalchemy import TextClause, text

from services.orders.service import service
from services.orders.usecases.customers import classifying
from shared.clock import utc_now
from shared.timers import TimerRunner
from tests.bench.ground import Ground, Round
from tests.bench.growth import stock
from tests.bench.intake import WORKER, nothing, rate
from tests.bench.report import Figure, below
from tests.bench.sample import STORE, records
from tests.bench.scale import Scale

_A_MINUTE = 60
_LEFT = text("select count(*) from timers where kind in ('rank-customers', 'move-customers', 'count-segments') and due_at <= now()")
_CLASSIFIED = text("select count(*) from customers where abc is not null")


async def measure(ground: Ground, scale: Scale) -> AsyncIterator[Figure]:
    async with ground.round() as measured:
        await stock(measured, scale.stored)
        seconds, classified = await _classify(measured)
        assert classified >= scale.stored * 0.9, classified
        yield below(60, f"{classified} customers classified for the first time", seconds, "s")
        lost = await _lost(measured, scale)
        what = f"what intake that is behind loses of a minute when {classified} customers are to be classified anew"
        yield below(_A_MINUTE * 0.05, what, lost, "s")


async def _lost(measured: Round, scale: Scale) -> float:
    """Seconds by which taking orders in lasts longer when a classification is asked for meanwhile; each turn takes its own."""
    alone: list[float] = []
    beside: list[float] = []
    following = scale.stored
    for _ in range(scale.rounds):
        for seconds, meanwhile in ((alone, nothing), (beside, partial(_ask_for, measured))):
            told = records(scale.orders, first=following)
            seconds.append(len(told) / await rate(measured, told, WORKER, meanwhile=meanwhile))
            following += scale.orders
    return median(beside) - median(alone)


async def _ask_for(measured: Round) -> None:
    async with measured.database.transaction() as session:
        await classifying.ask_for(session, STORE, utc_now())


async def _classify(measured: Round) -> tuple[float, int]:
    """Seconds until nothing is left to do, in one process; and how many have a class then."""
    runner, began = TimerRunner(service.timers, measured.database), time.perf_counter()
    await _ask_for(measured)
    while await runner.fire_due() or await _count(measured, _LEFT):
        pass
    return time.perf_counter() - began, await _count(measured, _CLASSIFIED)


async def _count(measured: Round, asked: TextClause) -> int:
    async with measured.database.transaction() as session:
        return int(await session.scalar(asked) or 0)
