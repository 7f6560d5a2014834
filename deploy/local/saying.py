"""Says CloudEvents on Kafka as an outsider does, in binary mode."""

import json
import secrets
import uuid
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer

from deploy.local.listening import Json


def now() -> datetime:
    return datetime.now(UTC)


class Speaker:
    """One sender, known by its `source`: `/stores/demo` or `/finance`. `topics` are those that are there, by their full names."""

    def __init__(self, producer: AIOKafkaProducer, source: str, topic_prefix: str, topics: AbstractSet[str]) -> None:
        self._producer = producer
        self._source = source
        self._prefix = topic_prefix
        self._topics = topics

    async def say(self, topic: str, name: str, key: str, subject: str, content: Json, *, event_id: str | None = None) -> None:
        """The same `event_id` again is a repetition; without one it is a new event. `key` decides the order and nothing else.

        A topic that is not there has no listener in this stack, and Kafka would keep the sender waiting for it: nothing is said.
        """
        if self._prefix + topic not in self._topics:
            return
        attributes = {
            "ce_specversion": "1.0",
            "ce_id": event_id or str(uuid.uuid4()),
            "ce_type": name,
            "ce_source": self._source,
            "ce_subject": subject,
            "ce_time": now().isoformat(),
            "traceparent": f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01",
            "content-type": "application/json",
        }
        headers = [(header, text.encode()) for header, text in attributes.items()]
        await self._producer.send(self._prefix + topic, key=key.encode(), value=json.dumps(content).encode(), headers=headers)

    async def flush(self) -> None:
        await self._producer.flush()
