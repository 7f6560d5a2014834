from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request


class Reason(BaseModel):
    """Why the action is taken; kept in the history."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


async def _session(request: Request) -> AsyncIterator[AsyncSession]:
    opened: AsyncSession | None = getattr(request.state, "session", None)
    if opened is not None:
        yield opened
        return
    async with request.app.state.database.transaction() as session:
        yield session


async def _now(request: Request) -> datetime:
    now: datetime = request.app.state.clock()
    return now


# "function": it commits before the answer leaves; FastAPI's default would commit afterwards
Session = Annotated[AsyncSession, Depends(_session, scope="function")]
Now = Annotated[datetime, Depends(_now)]
