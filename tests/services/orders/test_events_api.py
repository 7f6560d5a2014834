"""Storefronts without Kafka: any event over HTTP, with the same result (ORD-1)."""

from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import text

from services.orders.service import service as orders_service
from shared.events import examples
from shared.events.base import Event
from shared.events.storefront import MessagePosted, ProductListed
from tests.services.orders.builders import line, money, paid, placed
from tests.services.orders.shop import Shop
from tests.services.orders.test_http import fields


def cloud_event(event: Event, event_id: str = "e-1", **changed: Any) -> dict[str, Any]:
    told = {"specversion": "1.0", "id": event_id, "source": "/stores/demo", "type": event.name, "data": orjson.loads(event.json_bytes())}
    return told | changed


async def test_a_storefront_without_kafka_tells_the_same_facts_with_its_key(
    shop: Shop, client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    key = (await client.post("/api-keys", headers=admin)).json()["secret"]

    answers = [
        await client.post("/events", json=cloud_event(event, f"e-{number}"), headers={"X-API-Key": key})
        for number, event in enumerate([placed(), paid(), paid(payment_id="pay-2")])
    ]

    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (202, {"event_id": f"e-{number}", "result": "taken"}) for number in range(3)
    ]
    assert await shop.names() == ["order-confirmed", "order-changed"]


async def test_an_event_others_hear_goes_to_its_topic_as_the_storefronts_own(
    shop: Shop, client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    posted = MessagePosted.model_validate_json(orjson.dumps(MessagePosted.example))
    listed = ProductListed.model_validate_json(orjson.dumps(ProductListed.example | {"sku": "MUG-NEW"}))

    told = [(posted, "e-1"), (listed, "e-2")] * 2

    answers = [await client.post("/events", json=cloud_event(event, event_id), headers=admin) for event, event_id in told]

    assert [answer.json()["result"] for answer in answers] == ["passed-on", "taken", "passed-on", "repeated"]
    async with shop.database.transaction() as session:
        rows = await session.execute(text("select source, id, type, topic, key from outbox where source is not null order by number"))
        said = {tuple(row) for row in rows}
    assert said == {
        ("/stores/demo", "e-1", "message-posted", "storefront-messages", posted.key),
        ("/stores/demo", "e-2", "product-listed", "storefront-products", "demo/MUG-NEW"),
    }
    assert {topic for *_, topic, _ in said} <= set(orders_service.topics_said)


async def test_the_same_event_again_changes_nothing(shop: Shop, client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    results = [(await client.post("/events", json=cloud_event(placed()), headers=admin)).json()["result"] for _ in range(2)]

    assert results == ["taken", "repeated"]
    assert (await shop.order()).version == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"data": examples.ORDER_PLACED | {"lines": []}}, "data.lines"),
        ({"data": examples.ORDER_PLACED | {"lines": [line(quantity=0)]}}, "data.lines.0.quantity"),
        ({"data": examples.ORDER_PLACED | {"shipping_fee": money("5.00", "EUR")}}, "data.shipping_fee"),
        ({"data": examples.ORDER_PLACED | {"total": money("29.001")}}, "data.total"),
        ({"data": examples.ORDER_PLACED | {"store_id": "other"}}, "data.store_id"),
        ({"source": "/stores/other"}, "source"),
        ({"type": "order-confirmed"}, "type"),
        ({"type": "order-lost"}, "type"),
    ],
)
async def test_a_malformed_or_foreign_event_is_refused_by_field_and_leaves_nothing(
    shop: Shop, client: httpx.AsyncClient, admin: dict[str, str], changed: dict[str, Any], field: str
) -> None:
    answer = await client.post("/events", json=cloud_event(placed(), **changed), headers=admin)

    assert (answer.status_code, fields(answer)) == (422, {field})
    assert (await client.get("/rejected-events", headers=admin)).json() == {"items": [], "next": None}
    assert (await client.get("/orders", headers=admin)).json()["items"] == []
