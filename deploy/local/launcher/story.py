"""What happens in the stack, as an outsider sees it: from the topic `orders` and the processes' figures."""

import asyncio
import json
import os
import re
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import httpx
from aiokafka import AIOKafkaConsumer, ConsumerRecord

RATE_OVER = 10.0
SHOWN = 8
_FIGURE = re.compile(r"^(kefu_outbox_rows|kefu_consumer_lag|kefu_dead_letters)(?:\{[^}]*\})? ([\d.e+-]+)$", re.MULTILINE)
_TITLES = {"kefu_outbox_rows": "waiting in the outbox", "kefu_consumer_lag": "waiting on Kafka", "kefu_dead_letters": "set aside"}


@dataclass
class Story:
    """Grows while the stack runs."""

    began: float = field(default_factory=time.monotonic)
    said: Counter[str] = field(default_factory=Counter)
    held_for: Counter[str] = field(default_factory=Counter)
    figures: dict[str, int] = field(default_factory=dict)
    notes: deque[str] = field(default_factory=lambda: deque(maxlen=SHOWN))
    unread: deque[str] = field(default_factory=lambda: deque(maxlen=100))
    _moments: deque[float] = field(default_factory=deque)

    @property
    def age(self) -> float:
        return time.monotonic() - self.began

    @property
    def rate(self) -> float:
        """Events a second, of the last ten seconds."""
        while self._moments and self._moments[0] < time.monotonic() - RATE_OVER:
            self._moments.popleft()
        return len(self._moments) / min(RATE_OVER, max(self.age, 1.0))

    def note(self, text: str) -> None:
        """What a person should read, now and not only in passing."""
        self.notes.append(text)
        self.unread.append(text)

    def hear(self, name: str, order: Mapping[str, object]) -> None:
        if name == "order-confirmed" and not self.said[name]:
            self.note(f"first confirmed order after {self.age:.1f} s: {order.get('order_id')}")
        self.said[name] += 1
        self._moments.append(time.monotonic())
        checks = _checks(order) if name == "order-held" else []
        self.held_for.update(checks)
        self.notes.append(f"{name} {order.get('order_id')} {', '.join(checks)}".rstrip())


def _checks(order: Mapping[str, object]) -> list[str]:
    failed = order.get("failed_checks")
    return sorted({str(each["check"]) for each in failed}) if isinstance(failed, list) else []


async def follow_orders(story: Story, kafka: str) -> None:
    """Everything said from now on; without a group, because it only watches."""
    topic = os.environ.get("KAFKA_TOPIC_PREFIX", "") + "orders"
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="latest", enable_auto_commit=False)
    await consumer.start()
    try:
        await consumer.seek_to_end()
        async for record in consumer:
            _hear(story, record)
    finally:
        await consumer.stop()


def _hear(story: Story, record: ConsumerRecord[bytes, bytes]) -> None:
    name = dict(record.headers).get("ce_type", b"").decode()
    story.hear(name, json.loads(record.value or b"{}"))


async def follow_metrics(story: Story, addresses: Sequence[str]) -> None:
    async with httpx.AsyncClient(timeout=2, trust_env=False) as http:
        while True:
            pages = await asyncio.gather(*(_page(http, address) for address in addresses))
            figures: Counter[str] = Counter(dict.fromkeys(_TITLES.values(), 0))
            for name, value in _FIGURE.findall("\n".join(pages)):
                figures[_TITLES[name]] += int(float(value))
            story.figures = dict(figures)
            await asyncio.sleep(1)


async def _page(http: httpx.AsyncClient, address: str) -> str:
    try:
        return (await http.get(address)).text
    except httpx.TransportError:
        return ""
