"""One service's database: engine, sessions whose commit carries the outbox, and what its errors mean."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import asyncpg
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from shared.direct import DirectSession
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
_REFUSING_STATES = ("28", "3D000", "42501")  # no such login or another password, no such database, no right to do this
_FATAL_STATES = ("42P01", "42703", "3F000", "42883")  # table, column, schema or function that is not there


def engine_of(
    url: URL | str, session: Mapping[str, str], *, timeout: float = 5, command_timeout: float | None = None, **pool: Any
) -> AsyncEngine:
    """asyncpg reads the address itself, so that it means what it means to libpq, TLS included. `session` is set in every connection."""
    address = make_url(url)
    dsn = address.set(drivername="postgresql").render_as_string(hide_password=False)
    connect = partial(asyncpg.connect, dsn, timeout=timeout, command_timeout=command_timeout, server_settings=dict(session))
    return create_async_engine(address.set(drivername="postgresql+asyncpg"), async_creator=connect, **pool)


class Database:
    """Owns a pool. `info` is what every session of this process finds in its `info`."""

    def __init__(
        self, url: str, *, name: str, pool_size: int = 10, pool_timeout: float = 3.0, info: Mapping[str, object] | None = None
    ) -> None:
        self.url = make_url(url)
        session = {"application_name": f"kefu-{name}", "jit": "off", "statement_timeout": "30000", "lock_timeout": "10000"}
        self.engine = engine_of(
            self.url, session, command_timeout=60, pool_size=pool_size, max_overflow=0, hide_parameters=True, pool_timeout=pool_timeout
        )
        self.producer = Producer(name, self.url)
        self._sessions = async_sessionmaker(
            self.engine,
            class_=DirectSession,
            sync_session_class=OutboxSession,
            expire_on_commit=False,
            info={"producer": self.producer, **(info or {})},
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
    """Infrastructure that may answer next time, or somebody who may mend it; the same work is simply done again."""
    if isinstance(error, Overtaken | PoolTimeout | ConnectionError | asyncio.TimeoutError | OSError):
        return True
    if isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError | InterfaceError):
        return True
    state = _sqlstate(error)
    return state is not None and state.startswith((*_TRANSIENT_STATES, *_REFUSING_STATES))


def is_fatal(error: BaseException) -> bool:
    """The schema is not the one this code was written for: only another deployment mends it."""
    return _sqlstate(error) in _FATAL_STATES


def refusal(error: BaseException) -> str | None:
    """What PostgreSQL does not let this login do, in its own words, which name no row; None where the error is none of that kind."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"no trust in its certificate ({error.verify_message})"
    state = _sqlstate(error)
    if state is None or not state.startswith(_REFUSING_STATES):
        return None
    told = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return str(told.__cause__ or told).partition("\n")[0]


def _sqlstate(error: BaseException) -> str | None:
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return "08006"
        error = error.orig or error
    state: str | None = getattr(error, "sqlstate", None)
    return state
