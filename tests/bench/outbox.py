"""Outbox rows as orders writes them: snapshots of confirmed orders, of many keys."""

import random
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import orjson

from shared.clock import new_id
from shared.events.orders import OrderConfirmed
from shared.telemetry import continued
from tests.bench.sample import STORE

KEYS = 20_000
PAYLOAD = OrderConfirmed.read(orjson.dumps(OrderConfirmed.example)).json_bytes()


class Row(NamedTuple):
    id: UUID
    type: str
    topic: str
    key: str
    subject: str
    sequence: int
    time: datetime
    traceparent: str
    payload: bytes


def rows(count: int) -> list[Row]:
    """Said now, sorted by key as every transaction writes them."""
    subjects = sorted(str(random.randrange(KEYS)) for _ in range(count))
    now = datetime.now(UTC)
    return [Row(new_id(), "order-confirmed", "orders", f"{STORE}/{each}", each, 1, now, continued(None), PAYLOAD) for each in subjects]


def fill(count: int) -> str:
    """Draws the numbers as the trigger does, but without its locks: one transaction could not hold so many."""
    key, content = f"'{STORE}/' || place % {KEYS}, place % {KEYS}", f"'{continued(None)}', decode('{PAYLOAD.hex()}', 'hex')"
    return f"""
        set session_replication_role to replica;
        insert into outbox (number, id, type, topic, key, subject, sequence, time, traceparent, payload)
        select nextval('outbox_number'), gen_random_uuid(), 'order-confirmed', 'orders', {key}, 1, now(), {content}
        from generate_series(1, {count}) as place
    """


def plain(url: str) -> str:
    """As asyncpg takes it."""
    return url.replace("postgresql+asyncpg://", "postgresql://")
