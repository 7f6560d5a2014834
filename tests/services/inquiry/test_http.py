"""The inquiry service over HTTP: asking, answering, the desk, and what is refused (INQ-1, INQ-2, INQ-6, INQ-7, INQ-12)."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from deploy.local.issuer import Issuer
from shared.events.orders import OrderChanged, OrderConfirmed
from tests.endpoints import misjudged, unguarded_paths, visits
from tests.identity import as_role
from tests.services.inquiry.over_http import GUEST, QUESTION, Headers, asked, fields, refused
from tests.services.inquiry.shop import SECOND, Shop, ordered


async def test_a_question_is_taken_in_shown_with_its_product_and_orders_and_joined(
    shop: Shop, client: httpx.AsyncClient, agent: Headers, widget: Headers
) -> None:
    await shop.lists(stock=3)
    await shop.hears(*(ordered(f"o-{number}", after=(number - 9) * SECOND) for number in range(7)))

    first = await client.post("/inquiries", json=QUESTION, headers=widget)
    again = await client.post("/inquiries", json=QUESTION | {"channel_message_id": "m-1"}, headers=agent)
    repeated = await client.post("/inquiries", json=QUESTION | {"channel_message_id": "m-1"}, headers=agent)

    told = first.json()
    assert [answer.status_code for answer in (first, again, repeated)] == [201, 200, 200]
    assert first.headers["location"] == f"/v1/stores/demo/inquiries/{told['inquiry_id']}"
    assert (told["status"], told["topic"], told["agent_id"], told["version"]) == ("waiting", "price", None, 1)
    assert (told["first_response"]["state"], told["product"]["available"]) == ("running", False)
    assert [order["order_id"] for order in told["orders"]] == ["o-6", "o-5", "o-4", "o-3", "o-2"]
    assert repeated.json()["version"] == again.json()["version"] == 2
    written = await client.get(f"/inquiries/{told['inquiry_id']}/messages", headers=agent)
    assert [(each["direction"], each["author"]) for each in written.json()["items"]] == [("in", "customer")] * 2


@pytest.mark.parametrize("versions", [(2, 3), (3, 2), (3, 3, 2), (2, 3, 3)])
async def test_an_order_is_shown_as_its_newest_version_whatever_came_first(
    shop: Shop, client: httpx.AsyncClient, agent: Headers, versions: tuple[int, ...]
) -> None:
    kinds = {2: OrderConfirmed, 3: OrderChanged}
    for version in versions:
        await shop.hears(ordered(version=version, kind=kinds[version]))
    path = await asked(client, agent)

    (order,) = (await client.get(path, headers=agent)).json()["orders"]

    assert (order["status"], order["total"]) == ("shipped", {"amount": "29.00", "currency": "USD"})


async def test_the_service_describes_itself(client: httpx.AsyncClient) -> None:
    described = (await client.get("http://inquiry/openapi.json")).json()

    assert {"/v1/stores/{store_id}/inquiries", "/v1/stores/{store_id}/policies"} <= set(described["paths"])


async def test_policies_are_the_stores_and_bounded(shop: Shop, client: httpx.AsyncClient, issuer: Issuer) -> None:
    operations = as_role(issuer, "operations") | {"If-Match": '"0"'}

    bad = await client.put("/policies", json={"values": {"agent_percent": 101}}, headers=operations)
    put = await client.put("/policies", json={"values": {"chat_breach_seconds": 60}}, headers=operations)

    assert (bad.status_code, fields(bad)) == (422, {"values.agent_percent"})
    assert (put.json()["version"], put.json()["values"]["chat_breach_seconds"], put.json()["values"]["abandon_seconds"]) == (1, 60, 172_800)


async def test_a_typed_phone_record_is_met_at_once(shop: Shop, client: httpx.AsyncClient, agent: Headers) -> None:
    told = (await client.post("/inquiries", json=QUESTION | {"channel": "phone"}, headers=agent)).json()

    assert (told["first_response"]["state"], told["first_response"]["seconds"], told["agent_id"]) == ("met", 0, "wang")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"channel": ""}, "channel"),
        ({"text": ""}, "text"),
        ({"text": "x" * 20_001}, "text"),
        ({"text": "a\u0000b"}, "text"),
        ({"language": "not a language"}, "language"),
        ({"sku": "a/b"}, "sku"),
        ({"customer_id": None}, "customer_id"),
        ({"guest": GUEST}, "customer_id"),
        ({"customer_id": None, "guest": {"name": "Ann"}}, "guest.email"),
        ({"channel_message_id": ""}, "channel_message_id"),
    ],
)
async def test_a_bad_question_names_the_field(
    shop: Shop, client: httpx.AsyncClient, agent: Headers, changed: dict[str, Any], field: str
) -> None:
    answer = await client.post("/inquiries", json=QUESTION | changed, headers=agent)

    assert answer.status_code == 422
    assert fields(answer) == {field}
    assert await shop.all() == []


@pytest.mark.parametrize("said", ["<script>alert(1)</script>", "\u202eabc\u200f", "😀" * 10_000, "👩‍👩‍👧" * 2_000, "  two  spaces\n\n"])
async def test_whatever_is_written_comes_back_as_it_was(shop: Shop, client: httpx.AsyncClient, widget: Headers, said: str) -> None:
    path = await asked(client, widget, text=said)

    (message,) = (await client.get(f"{path}/messages", headers=widget)).json()["items"]

    assert message["text"] == said


async def test_an_agent_answers_a_guest_and_notes_stay_inside(
    shop: Shop, client: httpx.AsyncClient, agent: Headers, widget: Headers
) -> None:
    path = await asked(client, widget, customer_id=None, guest=GUEST, language="fr")
    note = await client.post(f"{path}/notes", json={"text": "VIP?"}, headers=agent)
    shop.clock.passes(5 * SECOND)
    reply = await client.post(f"{path}/messages", json={"text": "12.50"}, headers=agent)
    shop.clock.passes(SECOND)
    await client.post(f"{path}/messages", json={"text": "Thanks", "kind": "text"}, headers=widget)

    inside = (await client.get(f"{path}/messages", headers=agent)).json()["items"]
    outside = (await client.get(f"{path}/messages", headers=widget)).json()["items"]
    assert (note.status_code, reply.status_code, reply.json()["delivery"]) == (201, 201, "sent")
    assert [each["text"] for each in inside] == ["这个多少钱？", "VIP?", "12.50", "Thanks"]
    assert [each["text"] for each in outside] == ["这个多少钱？", "12.50", "Thanks"]
    told = (await client.get(path, headers=widget)).json()
    assert (told["status"], told["agent_id"], told["guest"]["email"]) == ("open", "wang", "ann@example.com")
    assert (told["first_response"]["state"], told["first_response"]["seconds"]) == ("met", 5)
    (sent,) = await shop.said("customer-messages")
    assert (sent["customer_id"], sent["guest"]["email"], sent["language"], sent["template"]) == (None, "ann@example.com", "en", None)


async def test_a_note_stops_no_clock(shop: Shop, client: httpx.AsyncClient, agent: Headers, supervisor: Headers) -> None:
    path = await asked(client, agent)
    await client.post(f"{path}/notes", json={"text": "looking"}, headers=agent)
    await shop.passes(30 * SECOND)

    breached = (await client.get("/inquiries?breached=true", headers=supervisor)).json()["items"]

    assert [each["first_response"]["state"] for each in breached] == ["breached"]
    assert (await client.get("/inquiries?breached=false", headers=supervisor)).json()["items"] == []


async def test_messages_and_inquiries_come_in_pages(shop: Shop, client: httpx.AsyncClient, agent: Headers) -> None:
    for number in range(5):
        await asked(client, agent, text=f"t{number}", customer_id=f"c-{number % 3}")
        shop.clock.passes(SECOND)

    seen, cursor = [], ""
    while True:
        page = (await client.get(f"/inquiries?limit=2{cursor}", headers=agent)).json()
        seen += [each["customer_id"] for each in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"

    assert seen == ["c-2", "c-1", "c-0"]
    path = await asked(client, agent, customer_id="c-0", text="t5")
    first = (await client.get(f"{path}/messages?limit=2", headers=agent)).json()
    second = (await client.get(f"{path}/messages?limit=2&cursor={first['next']}", headers=agent)).json()
    assert [each["text"] for each in first["items"] + second["items"]] == ["t0", "t3", "t5"]


@pytest.mark.parametrize(
    ("query", "found"), [("status=waiting", 1), ("status=open", 0), ("channel=chat", 1), ("channel=email", 0), ("customer_id=c-81", 1)]
)
async def test_a_list_is_narrowed(shop: Shop, client: httpx.AsyncClient, agent: Headers, query: str, found: int) -> None:
    await asked(client, agent)

    assert len((await client.get(f"/inquiries?{query}", headers=agent)).json()["items"]) == found


async def test_products_are_listed_and_shown(shop: Shop, client: httpx.AsyncClient, agent: Headers) -> None:
    await shop.lists("A", stock=3)
    await shop.lists("B", stock=4)
    await shop.counts("C", stock=9, after=SECOND)

    async def skus(query: str) -> list[str]:
        return [each["sku"] for each in (await client.get(f"/products{query}", headers=agent)).json()["items"]]

    assert [await skus(""), await skus("?available=true"), await skus("?available=false")] == [["A", "B"], ["B"], ["A"]]
    assert (await client.get("/products/B", headers=agent)).json()["available"] is True
    assert refused(await client.get("/products/C", headers=agent)) == (404, "unknown-product")


async def test_an_inquiry_of_another_store_is_not_there(shop: Shop, client: httpx.AsyncClient, agent: Headers, issuer: Issuer) -> None:
    path = await asked(client, agent)
    other = as_role(issuer, "agent", stores=("other",))

    assert (await client.get(f"http://inquiry/v1/stores/other{path}", headers=other)).status_code == 404


async def test_every_endpoint_lets_in_whom_it_declares(client: httpx.AsyncClient, app: FastAPI, issuer: Issuer, widget: Headers) -> None:
    walk = list(visits(app, issuer, storefront_key=widget["X-API-Key"]))

    assert len(walk) > 400
    assert unguarded_paths(app) == set()
    client.base_url = httpx.URL("http://inquiry")
    assert await misjudged(client, iter(walk)) == []
