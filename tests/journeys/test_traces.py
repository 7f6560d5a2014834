"""One request seen as one picture: HTTP, outbox, Kafka, the next services, and what they say because of it."""

import re
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from pathlib import Path

import httpx
import orjson
import pytest
import pytest_asyncio
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from deploy.local.children import free_port
from deploy.local.issuer import Issuer
from shared.clock import new_id
from shared.events import examples
from shared.events.base import Event
from tests.collector import Collector, Recorded
from tests.databases import Databases
from tests.identity import as_role
from tests.journeys.four_services import prepared
from tests.running import ServiceProcesses, ServiceSettings
from tests.services.orders.builders import cancelled, paid, placed
from tests.support import wait_until

RUNNING = ("orders api", "orders relay", "aftersales worker", "aftersales relay", "survey worker")
ORDER_ID = "an-order-of-hers"
ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
OURS = f"00-{new_id().hex}-{new_id().hex[16:]}-01"
PICTURE = """\
POST /v1/stores/{store_id}/events                    kefu-orders api
  order-cancelled handle                             kefu-orders api
    order-closed publish                             kefu-orders api
      order-closed handle                            kefu-aftersales worker
        case-opened publish                          kefu-aftersales worker
          case-opened relay                          kefu-aftersales relay
        customer-message publish                     kefu-aftersales worker
          customer-message relay                     kefu-aftersales relay
        customer-message publish                     kefu-aftersales worker
          customer-message relay                     kefu-aftersales relay
        refund-requested publish                     kefu-aftersales worker
          refund-requested relay                     kefu-aftersales relay
      order-closed handle                            kefu-survey worker
      order-closed relay                             kefu-orders relay
"""


@pytest_asyncio.fixture
async def orders(
    tmp_path: Path,
    issuer: Issuer,
    databases: Databases,
    service_settings: ServiceSettings,
    processes: ServiceProcesses,
    collector: Collector,
) -> AsyncIterator[httpx.AsyncClient]:
    """The store's orders over HTTP, with those who hear of them; every process tells the collector."""
    made = await prepared(
        tmp_path, issuer, service_settings, processes, admin=await databases.create("kefu"), otel_exporter_otlp_endpoint=collector.url
    )
    ports = {"orders api": made.settings["orders"].port}
    for process in RUNNING:
        name, kind = process.split()
        port = ports.setdefault(process, free_port())
        processes.start(f"services.{name}", kind, settings=made.settings[name], **({} if kind == "api" else {"HEALTH_PORT": str(port)}))
    await wait_until(lambda: all_ready(ports.values()), within=90, pause=0.2)
    store = f"{made.addresses['orders']}/v1/stores/demo"
    async with httpx.AsyncClient(base_url=store, headers=as_role(issuer, "admin"), timeout=30) as client:
        yield client


async def all_ready(ports: Iterable[int]) -> bool:
    try:
        async with httpx.AsyncClient() as client:
            return all([(await client.get(f"http://127.0.0.1:{port}/healthz/ready")).is_success for port in ports])
    except httpx.TransportError:
        return False


async def tell(orders: httpx.AsyncClient, event: Event, traceparent: str | None = None) -> None:
    told = {"specversion": "1.0", "id": str(new_id()), "source": "/stores/demo", "type": event.name}
    headers = {} if traceparent is None else {"traceparent": traceparent}
    answer = await orders.post("/events", json=told | {"data": orjson.loads(event.json_bytes())}, headers=headers)
    assert answer.json()["result"] == "taken", answer.text


@pytest.mark.timeout(240)
async def test_a_cancellation_over_http_and_the_refund_that_comes_of_it_are_one_trace_that_names_nobody(
    orders: httpx.AsyncClient, collector: Collector
) -> None:
    await tell(orders, placed(ORDER_ID))
    await tell(orders, paid(ORDER_ID))

    await tell(orders, cancelled(ORDER_ID), OURS)
    await wait_until(lambda: len(drawn(collector)) >= len(PICTURE.splitlines()), within=60, pause=0.2)

    assert drawn(collector) == PICTURE.splitlines()
    personal = [ORDER_ID, *map(str, (*examples.CUSTOMER.values(), *examples.ADDRESS.values()))]
    assert [each for each in personal if len(each) > len("zh-CN") and each in collector.text] == []
    assert ID.findall(collector.text) == []


def drawn(collector: Collector) -> list[str]:
    return list(picture([each for each in collector.spans if each.trace_id == OURS[3:35]], OURS[36:52]))


def picture(spans: Sequence[Recorded], parent_id: str, depth: int = 0) -> Iterator[str]:
    """What is below a parent, in the order of names. A chunk that was one event is seen through, statements are left out."""
    for each in sorted(below(spans, parent_id), key=lambda each: (each.name, each.process)):
        yield f"{'  ' * depth + each.name:<52} {each.process}"
        yield from picture(spans, each.span_id, depth + 1)


def below(spans: Sequence[Recorded], parent_id: str) -> Iterator[Recorded]:
    for each in spans:
        if each.parent_id == parent_id and each.kind == Span.SPAN_KIND_CONSUMER:
            yield from below(spans, each.span_id)
        elif each.parent_id == parent_id and each.kind != Span.SPAN_KIND_CLIENT:
            yield each
