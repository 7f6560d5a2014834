import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

_ASKS_AGAIN_AFTER = 0.2


@asynccontextmanager
async def admin_engine(url: str, schema: str | None = None) -> AsyncIterator[AsyncEngine]:
    """Without a pool; what it creates lands in `schema`."""
    place = {"search_path": schema} if schema else {}
    engine = create_async_engine(
        url, poolclass=NullPool, connect_args={"timeout": 10, "server_settings": {"application_name": "kefu-migrate", **place}}
    )
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
        while not await connection.scalar(attempt, {"name": f"{schema}/migrate"}):  # noqa: ASYNC110 - of another process
            await asyncio.sleep(_ASKS_AGAIN_AFTER)
        yield
