"""What agents and supervisors do with inquiries, over HTTP (INQ-2, INQ-6, INQ-12, INQ-15)."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.services.inquiry.over_http import REASON, WHATEVER, Headers, asked, fields, refused
from tests.services.inquiry.shop import HOUR, Shop


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


@pytest.mark.parametrize("verbs", [("transfer", "transfer"), ("transfer", "release"), ("transfer", "close"), ("release", "close")])
async def test_of_two_who_decide_at_once_on_what_they_saw_one_wins(
    shop: Shop, client: httpx.AsyncClient, agent: Headers, supervisor: Headers, verbs: tuple[str, str]
) -> None:
    await shop.enters("zhao", "zh-CN")
    await shop.enters("li", "zh-CN")
    path = await asked(client, agent)
    await client.post(f"{path}/take", json=REASON, headers=agent | WHATEVER)
    seen = {"If-Match": (await client.get(path, headers=agent)).headers["etag"]}

    answers = await asyncio.gather(
        *(
            client.post(f"{path}/{verb}", json=REASON | more, headers=who | seen)
            for verb, who, more in zip(verbs, (supervisor, agent), (_needs(verbs[0], "zhao"), _needs(verbs[1], "li")), strict=True)
        )
    )

    steps = [each["step"] for each in (await client.get(f"{path}/history", headers=agent)).json()["items"]]
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert len(steps) == len({"received", "taken"}) + 1


def _needs(verb: str, agent_id: str) -> dict[str, str]:
    return {"transfer": {"agent_id": agent_id}, "release": {}, "close": {"outcome": "resolved"}}[verb]


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
