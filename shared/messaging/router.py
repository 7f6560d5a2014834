"""What a service hears: one visible list, from event to function."""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from shared.events.base import Event
from shared.telemetry import handling

Listener = Callable[..., Awaitable[None]]
L = TypeVar("L", bound=Listener)
_INJECTED = ("session", "now")


@dataclass(frozen=True, slots=True)
class Handler:
    """`many` ones get all their events of a chunk as one list, in offset order."""

    function: Listener
    many: bool
    wants: tuple[str, ...]

    async def __call__(self, heard: Sequence[Event], session: AsyncSession, now: datetime) -> None:
        extra: dict[str, Any] = {name: value for name, value in (("session", session), ("now", now)) if name in self.wants}
        if self.many:
            with handling(heard):
                await self.function(heard, **extra)
            return
        for event in heard:
            with handling([event]):
                await self.function(event, **extra)


class EventRouter:
    """`@events.on(OrderPlaced)` registers a function of one event; with `many=True`, of a list.

    What a function takes beside the event is recognised by name: `session`, `now`.
    """

    def __init__(self, *parts: "EventRouter") -> None:
        self.handlers: dict[type[Event], Handler] = {}
        for part in parts:
            for kind, handler in part.handlers.items():
                self._add(kind, handler)

    def on(self, *kinds: type[Event], many: bool = False) -> Callable[[L], L]:
        def register(function: L) -> L:
            wants = tuple(inspect.signature(function).parameters)[1:]
            unknown = set(wants) - set(_INJECTED)
            if unknown:
                raise TypeError(f"{function.__qualname__} asks for {sorted(unknown)}; a handler can have {_INJECTED}")
            handler = Handler(function, many, wants)
            for kind in kinds:
                self._add(kind, handler)
            return function

        return register

    def _add(self, kind: type[Event], handler: Handler) -> None:
        if kind in self.handlers:
            raise TypeError(f"{kind.name} is heard twice")
        for other, theirs in self.handlers.items():
            if other.topic == kind.topic and theirs is not handler and (theirs.many or handler.many):
                raise TypeError(f"{kind.name} and {other.name} share a topic: one function takes both, or the order within a key is lost")
        self.handlers[kind] = handler

    @property
    def heard(self) -> tuple[type[Event], ...]:
        return tuple(self.handlers)

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(sorted({kind.topic for kind in self.handlers}))

    def hears(self, event: Event) -> bool:
        return type(event) in self.handlers

    async def handle(self, heard: Sequence[Event], session: AsyncSession, now: datetime) -> None:
        """Every event through its function, in order; neighbours that share a function of many go to it as one list."""
        for handler, events in groupby(heard, key=lambda event: self.handlers[type(event)]):
            await handler(list(events), session, now)
