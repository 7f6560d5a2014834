"""What people did, with who, when and why."""

from collections.abc import Mapping
from datetime import datetime

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clock import new_id

NO_STORE = ""

_NOTE = text("""
    insert into audit (store_id, id, at, by, action, subject, reason, details)
    values (:store_id, :id, :now, :by, :action, :subject, :reason, cast(:details as jsonb))
""")


async def note(
    session: AsyncSession,
    action: str,
    subject: str,
    *,
    by: str,
    reason: str,
    now: datetime,
    store_id: str = NO_STORE,
    details: Mapping[str, object] | None = None,
) -> None:
    """`action` is a past participle, `subject` a kind and a name: `topic/orders`. Without a store it was the operator, for all."""
    told = {"action": action, "subject": subject, "by": by, "reason": reason, "details": orjson.dumps(details or {}).decode()}
    await session.execute(_NOTE, {"store_id": store_id, "id": new_id(), "now": now, **told})
