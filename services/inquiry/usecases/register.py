"""The desk's own lists: agents and keywords (INQ-2, INQ-6)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.inquiry.models import AgentRow, KeywordsRow
from services.inquiry.repository import desk
from shared.auth import Actor
from shared.history import add_step
from shared.http import Version


async def put_agent(
    session: AsyncSession,
    store_id: str,
    agent_id: str,
    version: Version,
    *,
    name: str,
    languages: Sequence[str],
    topics: Sequence[str],
    active: bool,
    by: Actor,
    now: datetime,
) -> tuple[AgentRow, bool]:
    """Enters an agent, or changes one, which needs the version; True where the agent is new."""
    row = await desk.agent_for_update(session, store_id, agent_id)
    told = {"name": name, "languages": list(languages), "topics": list(topics), "active": active, "updated_at": now}
    is_new = row is None
    if row is None:
        row = AgentRow(store_id=store_id, agent_id=agent_id, version=1, **told)
        await desk.add_agent(session, row)
    else:
        version.check(row.version)
        row.version += 1
        for column, value in told.items():
            setattr(row, column, value)
    detail = {"languages": told["languages"], "topics": told["topics"], "active": active}
    await add_step(session, store_id, f"agent/{agent_id}", "entered" if is_new else "changed", by=by.sub, now=now, detail=detail)
    return row, is_new


async def put_keywords(
    session: AsyncSession, store_id: str, version: Version, keywords: Mapping[str, Sequence[str]], *, by: Actor, reason: str, now: datetime
) -> KeywordsRow:
    """Replaces them all as a new version; version 0 is the starter set."""
    before = await desk.newest_keywords(session, store_id)
    known = before.version if before else 0
    version.check(known)
    kept = {topic: list(words) for topic, words in keywords.items()}
    row = KeywordsRow(store_id=store_id, version=known + 1, keywords=kept, at=now, by=by.sub, reason=reason)
    await desk.add_keywords(session, row)
    return row
