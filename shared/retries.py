"""Patience with infrastructure: the same work again, with growing waits, for as long as it takes."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import stamina
import structlog
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from shared.obstacles import NotPermitted
from shared.telemetry import metrics

log = structlog.get_logger()

T = TypeVar("T")
Known = type[Exception] | tuple[type[Exception], ...] | Callable[[Exception], bool]


async def insist(work: Callable[[], Awaitable[T]], *, on: Known, first: float = 0.1, most: float = 5.0, within: float | None = None) -> T:
    """Does `work` until it succeeds, fails with what `on` does not know, or `within` seconds are over; waits `first` to `most` between."""
    async for attempt in stamina.retry_context(on=on, attempts=None, timeout=within, wait_initial=first, wait_max=most, wait_jitter=first):
        with attempt:
            return await work()
    raise AssertionError("stamina ends with a result or an error")


async def until(
    stop: asyncio.Event, work: Coroutine[Any, Any, object], *, grace: float = 12.0, at_work: Callable[[], bool] = lambda: True
) -> None:
    """Runs `work`, which is to end soon after `stop` is set; cut off when it does not within `grace` seconds, or only waits by then."""
    working = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if at_work():
            await asyncio.wait({working}, timeout=grace)
    finally:
        stopping.cancel()
        working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    if not working.cancelled():
        working.result()


def _log_retry(details: RetryDetails) -> None:
    """Ever more seldom: who waits for long has said so."""
    metrics.retries.inc()
    if details.retry_num & (details.retry_num - 1) or isinstance(details.caused_by, NotPermitted):
        return
    # the error's text may quote a row; its class is enough to tell what is waited for
    log.warning(
        "waiting to try again", error=type(details.caused_by).__name__, attempt=details.retry_num, seconds=round(details.wait_for, 1)
    )


set_on_retry_hooks([_log_retry])
