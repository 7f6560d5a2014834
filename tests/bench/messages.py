"""Customers' messages: from Kafka until they are stored with their clock running, and over HTTP."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import orjson

from services.inquiry.service import service
from shared.events.storefront import MessagePosted
from tests.bench.arrivals import Arrival, bare, ours, recorded_arrival
from tests.bench.ground import Ground
from tests.bench.recording import OWN
from tests.bench.report import Figure, at_least, below, no_slower
from tests.bench.sample import STORE, Record
from tests.bench.scale import Scale
from tests.bench.writes import Write, rates
from tests.identity import running_issuer

_FIRST = 10_000_000  # customers and messages of eight digits, which are in no other text
_PER_SECOND = 200
_MOST_A_SECOND = 2_500


async def measure(ground: Ground, scale: Scale) -> AsyncIterator[Figure]:
    async with ground.round(service) as measured, ground.round(service) as other:
        done = await recorded_arrival(measured, _MESSAGES)
        half, nearly_all = await ours(measured, _MESSAGES, 1, _PER_SECOND, scale.seconds)
        bare_half, _ = await bare(other, _MESSAGES, done, ground.directory / "statements", _PER_SECOND, scale.seconds)
        await measured.has_rows("timers", int(_PER_SECOND * scale.seconds))
    name = f"message-posted to stored, its clock started, at {_PER_SECOND} messages/s"
    yield below(50, f"{name}, p50", half, "ms")
    yield below(200, f"{name}, p99", nearly_all, "ms")
    yield no_slower(0.5, f"{name}, p50, against a bare consumer", half, bare_half, "ms")
    with running_issuer(ground.directory / "issuer") as issuer:
        token = issuer.mint("bench", "Bench", ["admin"], [STORE], timedelta(hours=1))
        async with ground.round(service, oidc_issuer=issuer.url) as measured:
            mine, bares = await rates(measured, ground.directory, token, _question, most_a_second=_MOST_A_SECOND, scale=scale)
    yield at_least(0.5, "POST of an inquiry, against a bare handler", mine, bares, "requests/s")


def _question(number: int) -> Write:
    own = str(_FIRST + number)
    content = {"channel": "chat", "customer_id": f"c-{own}", "language": "en", "text": "Is the mug in stock?", "channel_message_id": own}
    return Write(f"/v1/stores/{STORE}/inquiries", content, (own,))


def _message(number: int) -> tuple[str, Record]:
    own = str(_FIRST + number)
    now = datetime.now(UTC).isoformat()
    customer = {"customer_id": f"c-{own}", "name": "Emma Clark", "email": f"{own}@example.com", "phone": None, "language": "en"}
    changed = {"store_id": STORE, "channel": "chat", "channel_message_id": own, "customer": customer, "guest": None, "posted_at": now}
    content = {**MessagePosted.example, **changed, "sku": None, "order_id": None}
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": str(uuid4()),
        "ce_type": "message-posted",
        "ce_source": f"/stores/{STORE}",
        "ce_time": now,
        "ce_subject": f"c-{own}",
        "content-type": "application/json",
        OWN: own,
    }
    return own, Record(f"{STORE}/c-{own}".encode(), orjson.dumps(content), [(name, text.encode()) for name, text in attributes.items()])


_MESSAGES = Arrival("storefront-messages", "messages", "channel_message_id", _message)
