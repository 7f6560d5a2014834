"""The orders service over HTTP: intake, lookup, auditing, and what is refused (ORD-1, ORD-2, ORD-4)."""

from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from deploy.local.issuer import Issuer
from shared.events import examples
from tests.endpoints import misjudged, unguarded_paths, visits
from tests.identity import as_role
from tests.services.orders.builders import MINUTE, line, money, paid, placed
from tests.services.orders.shop import Shop

WHATEVER = {"If-Match": "*"}
REASON = {"reason": "the customer called"}


@pytest.fixture
def auditor(issuer: Issuer) -> dict[str, str]:
    return as_role(issuer, "auditor", sub="wang")


@pytest.fixture
def agent(issuer: Issuer) -> dict[str, str]:
    return as_role(issuer, "agent")


def fields(answer: httpx.Response) -> set[str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return {problem["field"] for problem in answer.json()["errors"]}


async def test_what_an_order_over_http_leads_to_carries_on_the_callers_trace(
    shop: Shop, client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"

    await client.post(
        "/orders",
        json=orjson.loads(placed(customer_note="Ring twice").json_bytes()),
        headers=admin | {"traceparent": f"00-{trace}-b7ad6b7169203331-01"},
    )

    async with shop.database.transaction() as session:
        told = list(await session.scalars(text("select traceparent from outbox")))
    assert [traceparent.split("-")[1] for traceparent in told] == [trace]


async def test_posting_an_order_creates_it_and_again_shows_it(shop: Shop, client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    body = {name: value for name, value in examples.ORDER_PLACED.items() if name != "store_id"}

    created = await client.post("/orders", json=body, headers=admin)
    again = await client.post("/orders", json=body, headers=admin)

    assert (created.status_code, again.status_code) == (201, 200)
    assert created.headers["location"] == "/v1/stores/demo/orders/10001"
    assert (created.headers["etag"], created.json()["status"], created.json()["store_id"]) == ('"1"', "placed", "demo")
    assert created.json() == again.json() == (await client.get("/orders/10001", headers=admin)).json()


async def test_an_order_over_http_that_fails_a_check_is_held_not_refused(
    shop: Shop, client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    answer = await client.post("/orders", json=examples.ORDER_PLACED | {"total": money("1.00")}, headers=admin)

    assert (answer.status_code, answer.json()["status"]) == (201, "held")
    assert {"check": "total", "field": "total", "expected": "29.00 USD", "found": "1.00 USD"} in answer.json()["failed_checks"]


async def test_an_order_of_another_store_or_malformed_is_refused_by_field(client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    foreign = await client.post("/orders", json=examples.ORDER_PLACED | {"store_id": "other"}, headers=admin)
    malformed = await client.post("/orders", json=examples.ORDER_PLACED | {"lines": [line(quantity=0)], "wholesale": "yes"}, headers=admin)

    assert (foreign.status_code, fields(foreign)) == (422, {"store_id"})
    assert (malformed.status_code, fields(malformed)) == (422, {"lines.0.quantity", "wholesale"})


async def test_a_skeleton_is_not_there_and_in_no_list(shop: Shop, client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    await shop.tells(paid())

    assert (await client.get("/orders/10001", headers=agent)).status_code == 404
    assert (await client.get("/orders/10001/history", headers=agent)).status_code == 404
    assert (await client.get("/orders", headers=agent)).json()["items"] == []


async def test_orders_are_found_by_number_else_by_contact_with_a_hint_where_it_is_not_one(
    shop: Shop, client: httpx.AsyncClient, agent: dict[str, str]
) -> None:
    other = {"customer_id": "c-2", "name": "Han Meimei", "email": "han@example.com", "phone": "+8613900139000"}
    await shop.tells(placed(), placed("10002", placed_at="2026-03-02T09:15:04Z"), placed("10003", customer=other))

    async def found(**asked: str) -> tuple[list[str], bool]:
        answer = (await client.get("/orders", params=asked, headers=agent)).json()
        return [order["order_id"] for order in answer["items"]], answer["hint"] is not None

    assert await found(order_id="10002") == (["10002"], False)
    assert await found(email=" HAN@example.com") == (["10003"], False)
    assert await found(phone="+86 139 0013 9000") == (["10003"], False)
    assert await found(name="han  meimei") == (["10003"], False)
    assert await found(name="Li Lei") == (["10002", "10001"], True)
    assert await found(name="Li Lei", phone="+8613800138000") == (["10002", "10001"], True)
    assert await found(order_id="999") == ([], True)
    assert await found(order_id="999", email="han@example.com") == (["10003"], False)
    assert await found(customer_id="c-2") == (["10003"], False)
    assert await found() == (["10002", "10003", "10001"], False) or await found() == (["10002", "10001", "10003"], False)


async def test_held_orders_are_listed_oldest_hold_first_page_by_page(shop: Shop, client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    for order_id in ("b", "a", "c"):
        await shop.tells(
            placed(order_id, customer_note=f"Note of {order_id}", customer={"customer_id": order_id, "email": None, "phone": None})
        )
        shop.clock.passes(MINUTE)

    first = (await client.get("/orders", params={"status": "held", "limit": 2}, headers=agent)).json()
    second = (await client.get("/orders", params={"status": "held", "limit": 2, "cursor": first["next"]}, headers=agent)).json()

    assert [order["order_id"] for order in first["items"] + second["items"]] == ["b", "a", "c"]
    assert (second["next"], first["hint"]) == (None, None)


async def test_a_held_order_shows_its_hold_and_the_history_tells_who_when_and_why(
    shop: Shop, client: httpx.AsyncClient, auditor: dict[str, str]
) -> None:
    await shop.tells(placed(customer_note="Please gift-wrap"), paid())
    held = (await client.get("/orders/10001", headers=auditor)).json()

    taken = await client.post("/orders/10001/take", json=REASON, headers=auditor | {"If-Match": f'"{held["version"]}"'})
    confirmed = await client.post("/orders/10001/confirm", json=REASON, headers=auditor | {"If-Match": taken.headers["etag"]})

    assert (held["status"], held["hold"]["taken_by"], held["hold"]["since"]) == ("held", None, "2026-03-02T08:17:04Z")
    assert held["hold"]["due_at"] == "2026-03-02T13:00:00Z"
    assert (taken.status_code, taken.json()["hold"]["taken_by"]) == (200, "wang")
    assert (confirmed.json()["status"], confirmed.json()["confirmed_by"], confirmed.json()["hold"]) == ("confirmed", "wang", None)
    steps = (await client.get("/orders/10001/history", headers=auditor)).json()["items"]
    assert [(step["step"], step["by"], step["reason"]) for step in steps[-2:]] == [
        ("taken", "wang", REASON["reason"]),
        ("confirmed", "wang", REASON["reason"]),
    ]


async def test_a_correction_over_http_runs_the_checks_anew(shop: Shop, client: httpx.AsyncClient, auditor: dict[str, str]) -> None:
    await shop.tells(placed(address={"city": ""}), paid())

    answer = await client.post("/orders/10001/correct", json=REASON | {"shipping_address": examples.ADDRESS}, headers=auditor | WHATEVER)

    assert (answer.status_code, answer.json()["status"], answer.json()["confirmed_by"]) == (200, "confirmed", "auto")
    assert answer.json()["shipping_address"]["city"] == "Hangzhou"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (REASON, "total"),
        (REASON | {"lines": [line(), line()]}, "lines"),
        (REASON | {"total": money("29.00", "EUR")}, "shipping_fee"),
        ({"total": money("29.00")}, "reason"),
        ({"reason": " ", "total": money("29.00")}, "reason"),
    ],
)
async def test_a_correction_that_makes_no_order_is_refused_by_field(
    shop: Shop, client: httpx.AsyncClient, auditor: dict[str, str], body: dict[str, Any], field: str
) -> None:
    await shop.tells(placed(address={"city": ""}))

    answer = await client.post("/orders/10001/correct", json=body, headers=auditor | WHATEVER)

    assert answer.status_code == 422
    assert field in fields(answer)


@pytest.mark.parametrize("action", ["take", "confirm", "correct", "cancel"])
async def test_actions_are_refused_in_the_fixed_order(
    shop: Shop, client: httpx.AsyncClient, issuer: Issuer, auditor: dict[str, str], action: str
) -> None:
    await shop.tells(placed(), paid(), placed("10002", customer_note="Hi"))
    body = REASON | {"total": money("29.00")}

    async def refused(order_id: str = "10002", **asked: Any) -> int:
        headers = asked.pop("headers", auditor | {"If-Match": '"1"'})
        return (await client.post(f"/orders/{order_id}/{action}", json=asked.pop("body", body), headers=headers)).status_code

    assert await refused(headers={}) == 401
    assert await refused(headers=as_role(issuer, "auditor", stores=("other",))) == 404
    assert await refused(headers=as_role(issuer, "agent")) == 403
    assert await refused(body={}) == 422
    assert await refused("nobodys") == 404
    assert await refused(headers=auditor) == 428
    assert await refused(headers=auditor | {"If-Match": '"7"'}) == 412
    assert await refused("10001", headers=auditor | {"If-Match": '"7"'}) == 412
    assert await refused("10001", headers=auditor | {"If-Match": '"1"'}) == (200 if action == "cancel" else 409)


async def test_the_same_idempotency_key_with_another_body_is_refused(shop: Shop, client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    headers = admin | {"Idempotency-Key": "k-1"}

    first = await client.post("/orders", json=examples.ORDER_PLACED, headers=headers)
    again = await client.post("/orders", json=examples.ORDER_PLACED, headers=headers)
    other = await client.post("/orders", json=examples.ORDER_PLACED | {"order_id": "10002"}, headers=headers)

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert again.json() == first.json()


async def test_a_store_sets_its_own_thresholds(shop: Shop, client: httpx.AsyncClient, issuer: Issuer) -> None:
    operations = as_role(issuer, "operations")
    values = {"order_value_limit": {"USD": "20.00"}, "safety_stock": 0}

    put = await client.put("/policies", json={"values": values, "reason": "small shop"}, headers=operations | WHATEVER)
    await shop.tells(placed(), paid())

    assert (put.status_code, put.json()["version"]) == (200, 1)
    assert [failure.check for failure in (await shop.order()).failed_checks] == ["value"]


async def test_a_policy_that_makes_no_sense_is_refused(client: httpx.AsyncClient, issuer: Issuer) -> None:
    answer = await client.put("/policies", json={"values": {"safety_stock": -1}}, headers=as_role(issuer, "operations") | WHATEVER)

    assert answer.status_code == 422


async def test_every_endpoint_lets_in_whom_it_declares(
    client: httpx.AsyncClient, app: FastAPI, issuer: Issuer, admin: dict[str, str]
) -> None:
    key = (await client.post("/api-keys", headers=admin)).json()["secret"]
    elsewhere = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://orders")

    async with elsewhere:
        assert await misjudged(elsewhere, visits(app, issuer, storefront_key=key)) == []
    assert unguarded_paths(app) == set()
