"""Waiting with a deadline: the only place where a test pauses."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

T = TypeVar("T")


@overload
async def wait_until(look: Callable[[], Awaitable[T | None]], *, within: float = ..., pause: float = ...) -> T: ...
@overload
async def wait_until(look: Callable[[], T | None], *, within: float = ..., pause: float = ...) -> T: ...
async def wait_until(look: Callable[[], object], *, within: float = 15.0, pause: float = 0.02) -> object:
    """The first true thing `look` sees; fails with what it saw last after `within` seconds."""
    seen: object = None
    try:
        async with asyncio.timeout(within):
            while True:
                answer = look()
                seen = await answer if isinstance(answer, Awaitable) else answer
                if seen:
                    return seen
                await asyncio.sleep(pause)
    except TimeoutError:
        raise AssertionError(f"still {seen!r} after {within} s") from None
