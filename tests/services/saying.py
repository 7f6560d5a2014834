"""What a service put into its outbox, read as its listeners read it from Kafka."""

from collections.abc import Collection

from sqlalchemy import text

from shared.db import Database
from shared.events.base import Event, stamp
from shared.events.registry import contract

_SAID = text("select id, type, topic, payload from outbox where topic = any(:topics) order by number")


async def last_words(database: Database, *topics: str) -> list[Event]:
    """The last event of each subject."""
    return list({(event.topic, event.subject): event for event in await said(database, topics)}.values())


async def said(database: Database, topics: Collection[str]) -> list[Event]:
    async with database.transaction() as session:
        rows = (await session.execute(_SAID, {"topics": list(topics)})).all()
    return [_event(row.topic, row.type, row.id, row.payload) for row in rows]


def _event(topic: str, name: str, event_id: str, payload: bytes) -> Event:
    kind = contract(topic, name)
    assert kind is not None
    event = kind.read(payload)
    stamp(event, event_id=event_id, source=f"/kefu/{kind.said_by}", traceparent=None)
    return event
