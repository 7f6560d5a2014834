from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.inquiry.repository import inquiries
from services.inquiry.usecases import clocks, snapshots

BATCH = 500


async def republish(session: AsyncSession, since: datetime, after: str | None) -> str | None:
    """Says of each inquiry that changed since what was said last: those who heard it ignore it."""
    found = await inquiries.changed_since(session, since, clocks.ref_of(after) if after else None, BATCH)
    for row in found:
        snapshots.say_again(session, row)
    return clocks.key_of(found[-1]) if len(found) == BATCH else None
