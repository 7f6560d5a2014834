"""When a process may begin, and what its probes tell."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from typing import Protocol

from shared.db import Database
from shared.health import Health
from shared.obstacles import Obstacle

_LOOK_AGAIN_AFTER = 0.5

Run = Callable[[asyncio.Event], Coroutine[None, None, None]]


class Loop(Protocol):
    """Something that works until it is stopped, or raises what only a restart can mend."""

    def alive(self) -> bool: ...
    def waits_for(self) -> str | None: ...
    async def run(self, stop: asyncio.Event) -> None: ...


class Readiness:
    """Of one process: its database must have the schema and let its login work on it, and each of its loops must be at it."""

    def __init__(self, service: str, database: Database) -> None:
        self._service = service
        self._database = database
        self._obstacle = Obstacle("database")
        self._looking = asyncio.Lock()

    async def of_database(self) -> str | None:
        from shared.migrations.check import obstacle  # noqa: PLC0415 - migrations are loaded when they are looked at

        why = await obstacle(self._database, self._service)
        self._obstacle.turns_out(why)
        return why

    def once_there(self, run: Run) -> Run:
        """Services start in any order: a schema that is not there yet is waited for. One that goes away later ends the process."""

        async def begun(stop: asyncio.Event) -> None:
            async with self._looking:
                await self._wait(stop)
            if not stop.is_set():
                await run(stop)

        return begun

    async def _wait(self, stop: asyncio.Event) -> None:
        while not stop.is_set() and await self.of_database() is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _LOOK_AGAIN_AFTER)

    def health(self, loops: Sequence[Loop] = ()) -> Health:
        async def live() -> str | None:
            return _told((loop, None if loop.alive() else "does not get on") for loop in loops)

        async def ready() -> str | None:
            return await self.of_database() or _told((loop, loop.waits_for()) for loop in loops)

        return Health(self.of_database, live, ready)


def _told(answers: Iterable[tuple[Loop, str | None]]) -> str | None:
    return "; ".join(f"{name_of(loop)}: {wrong}" for loop, wrong in answers if wrong is not None) or None


def name_of(loop: Loop) -> str:
    return type(loop).__name__.lower()
