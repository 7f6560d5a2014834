"""One service's database: engine, sessions whose commit carries the outbox, and what its errors mean."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from shared.errors import Overtaken
from shared.messaging.outbox import OutboxSession, Producer

_TRANSIENT_STATES = (
    "08",  # connection
    "40",  # deadlock, serialisation
    "53",  # resources, too many connections
    "55P03",  # lock not available
    "57",  # cancelled, shutting down, cannot connect now
    "58",  # system error
)
_UNPREPARED_STATES = ("28P01", "28000", "3D000")  # no such login (or another password), no such database
_FATAL_STATES = ("42P01", "42703", "3F000", "42883")  # table, column, schema or function that is not there


class Database:
    """Owns a pool. `info` is what every session of this process finds in its `info`."""

    def __init__(
        self, url: str, *, name: str, pool_size: int = 10, pool_timeout: float = 3.0, info: Mapping[str, object] | None = None
    ) -> None:
        self.url = make_url(url).set(drivername="postgresql+asyncpg")
        self.engine: AsyncEngine = create_async_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=0,
            hide_parameters=True,
            pool_timeout=pool_timeout,
            connect_args={
                "timeout": 5,
                "command_timeout": 60,
                "server_settings": {
                    "application_name": f"kefu-{name}",
                    "jit": "off",
                    "statement_timeout": "30000",
                    "lock_timeout": "10000",
                },
            },
        )
        self.producer = Producer(name, self.url)
        self._sessions = async_sessionmaker(
            self.engine, expire_on_commit=False, sync_session_class=OutboxSession, info={"producer": self.producer, **(info or {})}
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Commits when the block ends, with everything it published; an error rolls all of it back."""
        async with self._sessions() as session, session.begin():
            yield session

    async def close(self) -> None:
        await self.producer.close()
        await self.engine.dispose()


def is_transient(error: BaseException) -> bool:
    """Infrastructure that may answer next time; the same work is simply done again."""
    if isinstance(error, Overtaken | PoolTimeout | ConnectionError | asyncio.TimeoutError | OSError):
        return True
    if isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError | InterfaceError):
        return True
    state = _sqlstate(error)
    return state is not None and state.startswith(_TRANSIENT_STATES)


def is_fatal(error: BaseException) -> bool:
    """The schema is not the one this code was written for: only another deployment mends it."""
    return _sqlstate(error) in _FATAL_STATES


def is_unprepared(error: BaseException) -> bool:
    """Migrating has not made the login or the database yet."""
    return _sqlstate(error) in _UNPREPARED_STATES


def _sqlstate(error: BaseException) -> str | None:
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return "08006"
        error = error.orig or error
    state: str | None = getattr(error, "sqlstate", None)
    return state
