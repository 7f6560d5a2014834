"""What a service consists of."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from fastapi import APIRouter
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db import Database
from shared.events.base import Event
from shared.events.registry import contracts
from shared.messaging.router import EventRouter
from shared.readings import Reading
from shared.retention import Retention
from shared.settings import Settings
from shared.tasks.router import TaskRouter
from shared.timers import TimerRouter

# Says the current snapshots of what changed since a time again, at most one transaction's worth after the place given (None: the start);
# answers with the place to go on from, None when all is said.
Republish = Callable[[AsyncSession, datetime, str | None], Awaitable[str | None]]

# Of the last word that was said of each of some things, as Kafka has it: says anew how those stand that stand otherwise; answers with the
# words on things that are not known, or not so far.
Reconcile = Callable[[AsyncSession, Sequence[Event], datetime], Awaitable[Sequence[Event]]]


class Rebuilt(NamedTuple):
    """`place` is where to go on from, None when all is done; of those looked at so many were wrong and are right now."""

    place: str | None
    looked_at: int
    mended: int


# Mends what is kept of other rows where it is not what they make it, of one store or (None) of all, at most one transaction's worth after
# the place given (None: the start), while the service works.
Rebuild = Callable[[AsyncSession, str | None, str | None, datetime], Awaitable[Rebuilt]]

EVERY_SERVICE = "every service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The whole of one service, for `shared.processes` to run.

    `routers` are mounted under `/v1/stores/{store_id}`, `public_routers` at the root; `settings` adds the service's own variables;
    `needs` are the settings its api and worker do not start without; `session_info` makes of the settings what every session carries;
    `passes_on` are events of storefronts that come by HTTP and go to their topics; `readings` set gauges of what is in its tables;
    `tasks` are the questions it asks departments: it has their table then, and `/tasks`; `rebuilds` are commands, `customers rebuild`,
    that its `__main__` names too.
    """

    name: str
    tables: MetaData
    routers: Sequence[APIRouter] = ()
    public_routers: Sequence[APIRouter] = ()
    events: EventRouter = field(default_factory=EventRouter)
    timers: TimerRouter = field(default_factory=TimerRouter)
    retention: Sequence[Retention] = ()
    settings: type[Settings] = Settings
    needs: Sequence[str] = ()
    session_info: Callable[[Settings], Mapping[str, object]] | None = None
    republish: Republish | None = None
    reconcile: Reconcile | None = None
    passes_on: Sequence[type[Event]] = ()
    readings: Sequence[Reading] = ()
    tasks: TaskRouter | None = None
    rebuilds: Mapping[str, Rebuild] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.tasks is not None:
            object.__setattr__(self, "timers", TimerRouter(self.timers, self.tasks.timers))

    def database(self, settings: Settings) -> Database:
        url, size = settings.database_url.get_secret_value(), settings.database_pool_size
        return Database(url, name=self.name, pool_size=size, info=self.session_info(settings) if self.session_info else None)

    @property
    def topics_heard(self) -> tuple[str, ...]:
        return self.events.topics

    @property
    def topics_said(self) -> tuple[str, ...]:
        own = [contract for contract in contracts() if contract.said_by in (self.name, EVERY_SERVICE)]
        return tuple(sorted({contract.topic for contract in (*own, *self.passes_on)}))
