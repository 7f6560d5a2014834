import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.db import engine_of
from shared.obstacles import Obstacle

_ASKS_AGAIN_AFTER = 0.2


@asynccontextmanager
async def admin_engine(url: str, schema: str | None = None) -> AsyncIterator[AsyncEngine]:
    """Without a pool; what it creates lands in `schema`."""
    place = {"search_path": schema} if schema else {}
    engine = engine_of(url, {"application_name": "kefu-migrate", **place}, timeout=10, poolclass=NullPool)
    try:
        yield engine
    finally:
        await engine.dispose()


@asynccontextmanager
async def locked(engine: AsyncEngine, schema: str) -> AsyncIterator[None]:
    """One migration of a schema at a time.

    Asked for again and again, on a connection of its own: a session that waits for a lock keeps a snapshot, and an index that is built
    concurrently waits for all of those.
    """
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        attempt = text("select pg_try_advisory_lock(hashtextextended(:name, 0))")
        other = Obstacle("migrate")
        while not await connection.scalar(attempt, {"name": f"{schema}/migrate"}):
            other.met(f"another migration of {schema} is at it")
            await asyncio.sleep(_ASKS_AGAIN_AFTER)
        other.gone()
        yield
