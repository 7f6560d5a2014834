"""Counters of what the business did: a transaction that is rolled back, or done again, counts for nothing."""

from collections.abc import Callable

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from shared.messaging.outbox import OutboxSession

_COUNTS = "counts"


def on_commit(session: AsyncSession, count: Callable[[], None]) -> None:
    """`count` moves a metric when, and only when, this transaction commits."""
    session.info.setdefault(_COUNTS, []).append(count)


@event.listens_for(OutboxSession, "after_commit")
def _count(session: Session) -> None:
    for count in session.info.pop(_COUNTS, ()):
        count()


@event.listens_for(OutboxSession, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_COUNTS, None)
