"""What happens in the stack, as an outsider sees it: from what the services say on Kafka, and from the processes' figures."""

import asyncio
import os
import re
import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from deploy.local.listening import Heard, listening

RATE_OVER = 10.0
SHOWN = 8
TOPICS = ("inquiries", "orders", "customers", "cases", "returns", "refunds", "finance-refunds", "surveys", "rewards", "customer-messages")
_LONG = 20
_FIGURE = re.compile(r"^(kefu_outbox_rows|kefu_consumer_lag|kefu_dead_letters)(?:\{[^}]*\})? ([\d.e+-]+)$", re.MULTILINE)
_TITLES = {"kefu_outbox_rows": "waiting in the outbox", "kefu_consumer_lag": "waiting on Kafka", "kefu_dead_letters": "set aside"}


@dataclass
class Voice:
    """What one service has said, and how its processes are."""

    began: float = field(default_factory=time.monotonic)
    said: Counter[str] = field(default_factory=Counter)
    held_for: Counter[str] = field(default_factory=Counter)
    figures: dict[str, int] = field(default_factory=dict)
    _moments: deque[float] = field(default_factory=deque)

    @property
    def rate(self) -> float:
        """Events a second, of the last ten seconds."""
        now = time.monotonic()
        while self._moments and self._moments[0] < now - RATE_OVER:
            self._moments.popleft()
        return len(self._moments) / min(RATE_OVER, max(now - self.began, 1.0))

    def hear(self, name: str, checks: Sequence[str]) -> None:
        self.said[name] += 1
        self.held_for.update(checks)
        self._moments.append(time.monotonic())


@dataclass
class Story:
    """Grows while the stack runs. `voices` has a place for every service from the beginning, in the order they are shown."""

    services: Iterable[str] = ("orders",)
    began: float = field(default_factory=time.monotonic)
    voices: dict[str, Voice] = field(init=False)
    notes: deque[str] = field(default_factory=lambda: deque(maxlen=SHOWN))
    unread: deque[str] = field(default_factory=lambda: deque(maxlen=100))

    def __post_init__(self) -> None:
        self.voices = {service: Voice(self.began) for service in self.services}

    @property
    def age(self) -> float:
        return time.monotonic() - self.began

    def note(self, text: str) -> None:
        """What a person should read, now and not only in passing."""
        self.notes.append(text)
        self.unread.append(text)

    def hear(self, service: str, name: str, subject: str, content: Mapping[str, object]) -> None:
        """An outsider's event is shown in passing and counted for nobody."""
        checks = _checks(content) if name == "order-held" else []
        if (voice := self.voices.get(service)) is not None:
            if name == "order-confirmed" and not voice.said[name]:
                self.note(f"first confirmed order after {self.age:.1f} s: {subject}")
            voice.hear(name, checks)
        self.notes.append(f"{name} {_short(subject)} {_more(name, content) or ', '.join(checks)}".rstrip())


def _checks(order: Mapping[str, object]) -> list[str]:
    failed = order.get("failed_checks")
    return sorted({str(each["check"]) for each in failed}) if isinstance(failed, list) else []


def _more(name: str, content: Mapping[str, object]) -> str:
    """The word that tells this event from its like."""
    words = {
        "customer-message": "template",
        "refund-closed": "outcome",
        "case-opened": "type",
        "inquiry-closed": "outcome",
        "shipment-delayed": "reason",
        "shipment-lost": "reason",
    }
    return str(content.get(words[name]) or "") if name in words else ""


def _short(subject: str) -> str:
    """An id of ours is long, and differs from the next in its end."""
    return subject if len(subject) <= _LONG else f"…{subject[-6:]}"


async def follow_events(story: Story, kafka: str) -> None:
    """Everything said from now on."""
    async with listening(kafka, os.environ.get("KAFKA_TOPIC_PREFIX", ""), TOPICS) as events:
        async for event in events:
            _hear(story, event)


def _hear(story: Story, event: Heard) -> None:
    story.hear(event.service, event.name, event.subject, event.content)


async def follow_metrics(story: Story, addresses: Mapping[str, Sequence[str]]) -> None:
    """The figures of each service, summed over its processes."""
    async with httpx.AsyncClient(timeout=2, trust_env=False) as http:
        while True:
            for service, own in addresses.items():
                pages = await asyncio.gather(*(_page(http, address) for address in own))
                story.voices[service].figures = _figures(pages)
            await asyncio.sleep(1)


def _figures(pages: Sequence[str]) -> dict[str, int]:
    figures = Counter(dict.fromkeys(_TITLES.values(), 0))
    for name, value in _FIGURE.findall("\n".join(pages)):
        figures[_TITLES[name]] += int(float(value))
    return dict(figures)


async def _page(http: httpx.AsyncClient, address: str) -> str:
    try:
        return (await http.get(address)).text
    except httpx.TransportError:
        return ""
