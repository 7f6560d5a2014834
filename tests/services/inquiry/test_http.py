"""The inquiry service over HTTP: asking, answering, the desk, and what is refused (INQ-1, INQ-2, INQ-6, INQ-7, INQ-12)."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from deploy.local.issuer import Issuer
from shared.events.orders import OrderChanged, OrderConfirmed
from tests.endpoints import misjudged, unguarded_paths, visits
from tests.identity import as_role
from tests.services.inquiry.shop import HOUR, SECOND, Shop, ordered

Headers = dict[str, str]

WHATEVER = {"If-Match": "*"}
REASON = {"reason": "the customer called"}
QUESTION = {"channel": "chat", "customer_id": "c-81", "language": "zh-CN", "text": "这个多少钱？", "sku": "MUG-RED"}
GUEST = {"name": "Ann", "email": "ann@example.com"}


def fields(answer: httpx.Response) -> set[str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return {problem["field"] for problem in answer.json()["errors"]}


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition("/")[2].rpartition(":")[2]


async def asked(client: httpx.AsyncClient, headers: Headers, **changed: Any) -> str:
    answer = await client.post("/inquiries", json=QUESTION | changed, headers=headers)
    assert answer.status_code in (200, 201), answer.text
    return f"/inquiries/{answer.json()['inquiry_id']}"


async def test_a_question_is_taken_in_shown_with_its_product_and_orders_and_joined(
    shop: Shop, client: httpx.AsyncClient, agent: Headers, widget: Headers
) -> None:
    await shop.lists(stock=3)
    await shop.hears(*(ordered(f"o-{number}", after=number * SECOND) for number in range(7)))

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


async def test_take_release_and_close_follow_the_states(
    shop: Shop, client: httpx.AsyncClient, agent: Headers, colleague: Headers, supervisor: Headers
) -> None:
    path = await asked(client, agent)

    async def act(verb: str, headers: Headers, **more: Any) -> httpx.Response:
        return await client.post(f"{path}/{verb}", json=REASON | more, headers=headers | WHATEVER)

    assert refused(await act("release", agent)) == (409, "inquiry-not-taken")
    taken = await act("take", agent)
    assert (taken.status_code, taken.json()["agent_id"], taken.headers["etag"]) == (200, "wang", '"2"')
    assert refused(await act("take", colleague)) == (409, "inquiry-taken")
    assert refused(await act("release", colleague)) == (403, "not-your-inquiry")
    assert refused(await act("close", colleague, outcome="resolved")) == (403, "not-your-inquiry")
    assert (await act("release", supervisor)).json()["status"] == "waiting"
    closed = (await act("close", colleague, outcome="lost", lost_reason="too dear")).json()
    assert (closed["status"], closed["outcome"], closed["lost_reason"]) == ("closed", "lost", "too dear")
    for verb, more in (("close", {"outcome": "resolved"}), ("take", {}), ("release", {}), ("transfer", {"agent_id": "zhao"})):
        assert refused(await act(verb, agent, **more)) == (409, "inquiry-not-open")
    assert refused(await client.post(f"{path}/messages", json={"text": "Hi"}, headers=agent)) == (409, "inquiry-not-open")
    steps = (await client.get(f"{path}/history", headers=agent)).json()["items"]
    assert [(each["step"], each["by"], each["reason"]) for each in steps] == [
        ("received", "wang", None),
        ("taken", "wang", "the customer called"),
        ("released", "chen", "the customer called"),
        ("closed", "zhao", "the customer called"),
    ]


async def test_the_customer_opens_a_closed_one_again_for_a_day_and_not_later(
    shop: Shop, client: httpx.AsyncClient, agent: Headers, widget: Headers
) -> None:
    path = await asked(client, widget)
    await client.post(f"{path}/close", json=REASON | {"outcome": "resolved"}, headers=agent | WHATEVER)
    reopened = await client.post(f"{path}/messages", json={"text": "One more thing"}, headers=widget)
    assert (reopened.status_code, (await client.get(path, headers=agent)).json()["status"]) == (201, "waiting")
    await client.post(f"{path}/close", json=REASON | {"outcome": "resolved"}, headers=agent | WHATEVER)
    shop.clock.passes(24 * HOUR)

    assert refused(await client.post(f"{path}/messages", json={"text": "Hi"}, headers=widget)) == (409, "inquiry-not-open")
    assert await shop.names() == ["inquiry-received", "inquiry-closed", "inquiry-received", "inquiry-closed"]


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("take", {}, "reason"),
        ("close", REASON, "outcome"),
        ("close", REASON | {"outcome": "abandoned"}, "outcome"),
        ("close", REASON | {"outcome": "lost"}, "lost_reason"),
        ("close", REASON | {"outcome": "won", "lost_reason": "x"}, "lost_reason"),
        ("transfer", REASON, "agent_id"),
        ("topic", REASON | {"topic": "weather"}, "topic"),
        ("notes", {"text": ""}, "text"),
        ("messages", {"text": "x", "kind": "image"}, "kind"),
        ("offers", REASON | {"code": "A", "sku": "S"}, "percent"),
        ("offers", REASON | {"code": "A", "percent": "5"}, "sku"),
        ("offers", REASON | {"code": "A", "sku": "S", "percent": "101"}, "percent"),
        ("offers", REASON | {"code": "A", "sku": "S", "amount": {"amount": "-1.00", "currency": "USD"}}, "amount.amount"),
        ("offers", REASON | {"code": "A", "sku": "S", "percent": "5", "expires_days": 0}, "expires_days"),
    ],
)
async def test_a_bad_action_names_the_field(
    shop: Shop, client: httpx.AsyncClient, agent: Headers, verb: str, body: dict[str, Any], field: str
) -> None:
    path = await asked(client, agent)

    answer = await client.post(f"{path}/{verb}", json=body, headers=agent | WHATEVER)

    assert (answer.status_code, fields(answer)) == (422, {field})


async def test_changes_need_the_version_they_were_decided_on(shop: Shop, client: httpx.AsyncClient, agent: Headers) -> None:
    path = await asked(client, agent)
    unknown = "/inquiries/0198c0de-0000-7000-8000-000000000000/take"

    answers = [
        await client.post(unknown, json=REASON, headers=agent),
        await client.post(f"{path}/take", json=REASON, headers=agent),
        await client.post(f"{path}/take", json=REASON, headers=agent | {"If-Match": '"9"'}),
        await client.post(f"{path}/take", json=REASON, headers=agent | {"If-Match": '"1"'}),
    ]

    assert [answer.status_code for answer in answers] == [404, 428, 412, 200]


async def test_of_two_who_take_it_at_once_one_is_told_so(shop: Shop, client: httpx.AsyncClient, agent: Headers, colleague: Headers) -> None:
    path = await asked(client, agent)

    answers = await asyncio.gather(
        *(client.post(f"{path}/take", json=REASON, headers=headers | WHATEVER) for headers in (agent, colleague))
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]


@pytest.mark.parametrize(
    ("agent_id", "status", "rule"), [("zhao", 200, None), ("nobody", 422, "known"), ("idle", 422, "active"), ("ann", 422, "language")]
)
async def test_an_inquiry_goes_to_an_agent_who_can_have_it(
    shop: Shop, client: httpx.AsyncClient, agent: Headers, agent_id: str, status: int, rule: str | None
) -> None:
    await shop.enters("zhao", "zh-CN")
    await shop.enters("idle", "zh-CN", active=False)
    await shop.enters("ann", "en")
    path = await asked(client, agent)

    answer = await client.post(f"{path}/transfer", json=REASON | {"agent_id": agent_id}, headers=agent | WHATEVER)

    assert answer.status_code == status
    if rule is None:
        assert answer.json()["agent_id"] == "zhao"
    else:
        assert [(each["field"], each["rule"]) for each in answer.json()["errors"]] == [("agent_id", rule)]


async def test_an_agents_topic_stays_and_the_classifier_goes_by_the_stores_words(
    shop: Shop, client: httpx.AsyncClient, agent: Headers, supervisor: Headers
) -> None:
    starter = (await client.get("/keywords", headers=agent)).json()
    words = {"reason": "we sell kites", "keywords": {"product": ["kite"]}}
    put = await client.put("/keywords", json=words, headers=supervisor | {"If-Match": '"0"'})
    stale = await client.put("/keywords", json=words, headers=supervisor | {"If-Match": '"0"'})
    path = await asked(client, agent, text="Kite?")
    proposed = (await client.get(path, headers=agent)).json()["topic"]
    await client.post(f"{path}/topic", json=REASON | {"topic": "other"}, headers=agent | WHATEVER)
    await asked(client, agent, text="kite kite")

    assert (starter["version"], "有货" in starter["keywords"]["stock"]) == (0, True)
    assert (put.status_code, put.json()["version"], stale.status_code) == (200, 1, 412)
    assert (proposed, (await client.get(path, headers=agent)).json()["topic"]) == ("product", "other")


async def test_agents_are_entered_changed_and_listed(shop: Shop, client: httpx.AsyncClient, agent: Headers, supervisor: Headers) -> None:
    body = {"name": "Zhao Min", "languages": ["zh-CN"]}

    entered = await client.put("/agents/zhao", json=body, headers=supervisor)
    unsaid = await client.put("/agents/zhao", json=body, headers=supervisor)
    changed = await client.put("/agents/zhao", json=body | {"active": False}, headers=supervisor | {"If-Match": '"1"'})
    bad = await client.put("/agents/li", json=body | {"languages": []}, headers=supervisor)

    assert [each.status_code for each in (entered, unsaid, changed, bad)] == [201, 428, 200, 422]
    assert (changed.json()["version"], changed.json()["active"], fields(bad)) == (2, False, {"languages"})
    assert [each["agent_id"] for each in (await client.get("/agents", headers=agent)).json()["items"]] == ["zhao"]
    assert (await client.get("/agents/zhao", headers=agent)).json()["name"] == "Zhao Min"
    assert (await client.get("/agents/li", headers=agent)).status_code == 404


async def test_an_offer_is_recorded_once_said_and_limited(
    shop: Shop, client: httpx.AsyncClient, agent: Headers, supervisor: Headers
) -> None:
    await shop.lists()
    path = await asked(client, agent)

    async def offer(headers: Headers, **body: Any) -> httpx.Response:
        return await client.post(f"{path}/offers", json=REASON | {"sku": "MUG-RED"} | body, headers=headers)

    made = await offer(agent, code="A", percent="10", quantity_from=2)
    taken = await offer(agent, code="A", percent="5")
    above = await offer(agent, code="B", percent="10.01")
    by_amount = await offer(agent, code="C", amount={"amount": "1.26", "currency": "USD"})
    unknown_price = await offer(agent, code="D", sku="NEVER", amount={"amount": "0.10", "currency": "USD"})
    foreign = await offer(agent, code="E", amount={"amount": "0.10", "currency": "EUR"})
    supervised = await offer(supervisor, code="F", percent="50", expires_days=1)

    assert [each.status_code for each in (made, taken, above, by_amount, unknown_price, foreign, supervised)] == [
        201, 409, 403, 403, 403, 422, 201,
    ]  # fmt: skip
    assert all("INQ-12" in each.json()["detail"] for each in (above, by_amount, unknown_price, foreign))
    said = [each for each in await shop.said() if each["type"] == "offer-made"]
    assert [(each["code"], each["percent"], each["customer_id"], each["decided_by"]) for each in said] == [
        ("A", 10.0, "c-81", "wang"),
        ("F", 50.0, "c-81", "chen"),
    ]
    now = shop.clock()
    assert made.json()["expires_at"] == (now + timedelta(days=7)).isoformat().replace("+00:00", "Z")
    assert supervised.json()["expires_at"] == (now + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    assert [each["code"] for each in (await client.get(f"{path}/offers", headers=agent)).json()["items"]] == ["A", "F"]


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
