"""What departments answer the watch, and what is said of parcels again (ORD-8, ORD-9)."""

import httpx
import orjson
import pytest

from deploy.local.issuer import Issuer
from services.orders import usecases
from services.orders.service import service
from shared.errors import ClockAhead
from tests.identity import as_role
from tests.services.orders.builders import DAY, MINUTE, MONDAY, dispatched, paid, placed, tracked
from tests.services.orders.parcels import bought, outbox, told
from tests.services.orders.shop import Shop
from tests.services.saying import last_words

HALF = ({"line_id": "1", "quantity": 1},)
ANY = {"If-Match": "*"}


@pytest.mark.parametrize(
    ("language", "news"), [("zh-CN", "预计 2026年3月20日 送达。"), ("en", "it is on its way and expected on March 20, 2026.")]
)
async def test_the_forwarder_who_finds_a_parcel_has_its_customer_told(
    shop: Shop, client: httpx.AsyncClient, issuer: Issuer, language: str, news: str
) -> None:
    await shop.tells(placed(customer={"language": language}), paid(), dispatched())
    await shop.passes(6 * DAY)
    forwarder = as_role(issuer, "forwarder") | ANY
    (task,) = (await client.get("/tasks", headers=forwarder)).json()["items"]

    answer = {"outcome": "on-its-way", "expected_on": "2026-03-20"}
    answered = await client.post(f"/tasks/{task['task_id']}/answer", json={"answer": answer}, headers=forwarder)

    assert answered.status_code == 200
    assert (task["department"], task["about"]["id"], task["due_at"]) == ("forwarder", "10001/s-1", "2026-03-13T08:17:04Z")
    assert task["question"] == "Parcel s-1 of order 10001 left 5 days ago and its number is not online. Where is it?"
    assert await told(shop) == ["parcel-not-online", "parcel-found"]
    assert (await outbox(shop, "customer-message"))[-1]["text"].endswith(news)


async def test_a_parcel_the_forwarder_lost_is_said_and_told_lost_once(shop: Shop, client: httpx.AsyncClient, issuer: Issuer) -> None:
    await bought(shop, dispatched())
    await shop.passes(6 * DAY)
    forwarder = as_role(issuer, "forwarder") | ANY
    (task,) = (await client.get("/tasks", headers=forwarder)).json()["items"]

    await client.post(f"/tasks/{task['task_id']}/answer", json={"answer": {"outcome": "lost"}}, headers=forwarder)
    await shop.passes(90 * DAY)
    await shop.passes(MINUTE)

    (lost,) = await outbox(shop, "shipment-lost")
    assert (lost["reason"], lost["shipment_id"]) == ("declared-lost", "s-1")
    assert await told(shop) == ["parcel-not-online", "parcel-lost"]


@pytest.mark.parametrize(
    ("stock", "role", "answer", "template"),
    [
        (0, "purchasing", {"expected_on": "2026-03-12"}, "goods-expected"),
        (90, "warehouse", {"why": "no boxes", "dispatched_on": "2026-03-12"}, "dispatch-expected"),
    ],
)
async def test_a_new_date_is_told_to_the_customer(
    shop: Shop, client: httpx.AsyncClient, issuer: Issuer, stock: int, role: str, answer: dict[str, str], template: str
) -> None:
    await bought(shop)
    await shop.lists("MUG-RED", "12.50", stock=stock, after=2 * DAY)
    await shop.passes(5 * DAY)
    department = as_role(issuer, role) | ANY
    (task,) = (await client.get("/tasks", params={"department": role}, headers=department)).json()["items"]

    answered = await client.post(f"/tasks/{task['task_id']}/answer", json={"answer": answer}, headers=department)

    assert answered.status_code == 200
    assert await told(shop) == ["order-late", template]


async def test_a_time_in_the_future_is_refused_with_the_reason(shop: Shop) -> None:
    now = shop.clock()
    ahead = tracked(after=now - MONDAY + 5 * MINUTE)
    further = tracked(after=now - MONDAY + 6 * MINUTE)

    async with shop.database.transaction() as session:
        await usecases.must_have_happened(session, [placed(), ahead], now)
        with pytest.raises(ClockAhead, match="tracked_at is more than 5 minutes in the future"):
            await usecases.must_have_happened(session, [placed(), further], now)
        with pytest.raises(ClockAhead):
            await service.events.handle([further], session, now)


async def test_an_order_placed_in_the_future_is_refused_over_http(shop: Shop, client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    body = orjson.loads(placed(placed_at="2026-03-02T09:00:00Z").json_bytes())

    refused = await client.post("/orders", json=body, headers=admin)

    assert refused.status_code == 422
    assert [each["field"] for each in refused.json()["errors"]] == ["placed_at"]


async def test_what_was_said_of_parcels_is_said_again_with_its_id_and_version(shop: Shop) -> None:
    await bought(shop, dispatched(tracking_number=None))
    await shop.passes(51 * DAY)
    before = [(each["id"], each["version"]) for each in await shop.said() if each["type"] == "shipment-lost"]

    async with shop.database.transaction() as session:
        await usecases.republish(session, MONDAY, None)

    again = [(each["id"], each["version"]) for each in await shop.said() if each["type"] == "shipment-lost"]
    assert again == before * 2


async def test_a_parcel_said_lost_by_a_database_that_is_gone_is_outdone(shop: Shop) -> None:
    await bought(shop, dispatched(tracking_number=None))
    await shop.passes(51 * DAY)
    words = await last_words(shop.database, "orders")
    await shop.forgets()
    await bought(shop)

    async with shop.database.transaction() as session:
        await usecases.reconcile(session, words, shop.clock())

    assert words[-1].name == "shipment-lost"
    assert (await shop.said())[-1]["version"] == words[-1].sequence + 1
