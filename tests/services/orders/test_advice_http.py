"""Advice over HTTP: its shape, who may ask, and what is refused (ORD-5, ORD-6, ORD-7)."""

import httpx
import pytest

from deploy.local.issuer import Issuer
from tests.identity import as_role
from tests.services.orders.builders import HOUR, dispatched, line, money, paid, placed
from tests.services.orders.shop import Shop

REASON = {"reason": "the customer called"}
WHATEVER = {"If-Match": "*"}
BLUE = {"lines": [{"line_id": "1", "sku": "MUG-BLUE", "quantity": 2}]}
ADVICE = ("cancel-advice", "change-advice", "logistics-advice")


@pytest.fixture
def agent(issuer: Issuer) -> dict[str, str]:
    return as_role(issuer, "agent", sub="li")


@pytest.fixture
def purchasing(issuer: Issuer) -> dict[str, str]:
    return as_role(issuer, "purchasing", sub="chen")


def body(advice: str) -> dict[str, object]:
    return dict(BLUE) if advice == "change-advice" else {}


async def test_advice_has_an_action_its_reason_the_rules_and_a_reply(shop: Shop, client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    await shop.tells(placed(customer_note="Ring twice"), paid())

    answer = await client.post("/orders/10001/cancel-advice", headers=agent)

    told = answer.json()
    assert answer.status_code == 200
    assert (told["action"], told["rules"], told["policy_version"]) == ("full-refund", ["ORD-5", "ORD-5.1", "ORD-5.2", "ORD-5.3"], 0)
    assert told["reply"].keys() == {"zh-CN", "en"}
    assert (told["refund"], told["tasks"], told["waits_for"], told["given_by"]) == (money("29.00"), [], None, "li")
    assert told["reason"].startswith("It has not shipped and nothing was bought for it")


async def test_an_advice_that_waits_names_the_task_and_goes_on_when_it_is_answered(
    shop: Shop, client: httpx.AsyncClient, agent: dict[str, str], purchasing: dict[str, str]
) -> None:
    await shop.tells(placed(), paid())
    waiting = (await client.post("/orders/10001/cancel-advice", headers=agent)).json()
    task = (await client.get(f"/tasks/{waiting['waits_for']['task_id']}", headers=purchasing)).json()
    assert (task["kind"], task["department"], task["due_at"]) == ("purchase-cost", "purchasing", waiting["waits_for"]["until"])
    assert [each["task_id"] for each in waiting["tasks"]] == [task["task_id"]]
    early = await client.post("/orders/10001/cancel-advice/accept", json=REASON, headers=agent | WHATEVER)
    assert (early.status_code, early.json()["type"]) == (409, "advice-waits")

    answer = {"answer": {"bought_on": "2026-03-02", "cost": money("9.00")}}
    done = await client.post(f"/tasks/{task['task_id']}/answer", json=answer, headers=purchasing | WHATEVER)
    assert done.status_code == 200, done.text

    listed = (await client.get("/orders/10001/advice", headers=agent)).json()["items"]
    assert [each["action"] for each in listed] == ["withhold-loss", "ask-purchasing"]
    assert (listed[0]["withheld"], listed[0]["refund"]) == (money("9.00"), money("20.00"))
    undecided = await client.post("/orders/10001/cancel-advice/accept", json=REASON, headers=agent | WHATEVER)
    assert (undecided.status_code, undecided.json()["errors"][0]["field"]) == (422, "agreed")
    accepted = await client.post("/orders/10001/cancel-advice/accept", json=REASON | {"agreed": True}, headers=agent | WHATEVER)
    assert (accepted.status_code, accepted.json()["status"]) == (200, "cancelled")
    assert [(due["direction"], due["amount"]) for due in accepted.json()["dues"]] == [("refund", money("20.00"))]
    again = await client.post("/orders/10001/cancel-advice", headers=agent)
    assert (again.status_code, again.json()["type"]) == (409, "state-unknown-to-rule")
    assert "cancelled" in again.json()["detail"]


@pytest.mark.parametrize(
    "answer",
    [{"cost": money("9.00")}, {"bought_on": "2026-03-02", "cost": money("0.00")}, {"bought": True}, {"bought_on": "yesterday"}],
)
async def test_an_answer_of_another_form_is_refused(
    shop: Shop, client: httpx.AsyncClient, agent: dict[str, str], purchasing: dict[str, str], answer: dict[str, object]
) -> None:
    await shop.tells(placed(), paid())
    task_id = (await client.post("/orders/10001/cancel-advice", headers=agent)).json()["waits_for"]["task_id"]

    refused = await client.post(f"/tasks/{task_id}/answer", json={"answer": answer}, headers=purchasing | WHATEVER)

    assert refused.status_code == 422


async def test_a_change_is_accepted_with_the_lines_it_was_asked_for(shop: Shop, client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    await shop.tells(placed(lines=[line()], total=money("30.00")), paid(amount="30.00"))
    advice = (await client.post("/orders/10001/change-advice", json=BLUE, headers=agent)).json()
    assert (advice["action"], [task["department"] for task in advice["tasks"]]) == ("refund-difference", ["purchasing", "warehouse"])

    unversioned = await client.post("/orders/10001/change-advice/accept", json=REASON | BLUE, headers=agent)
    stale = await client.post("/orders/10001/change-advice/accept", json=REASON | BLUE, headers=agent | {"If-Match": '"9"'})
    accepted = await client.post("/orders/10001/change-advice/accept", json=REASON | BLUE, headers=agent | {"If-Match": '"1"'})

    assert (unversioned.status_code, stale.status_code, accepted.status_code) == (428, 412, 200)
    assert (accepted.headers["etag"], accepted.json()["total"]) == ('"2"', money("21.00"))
    (given,) = (await client.get("/orders/10001/advice", headers=agent)).json()["items"]
    assert (given["outcome"], given["ended_by"]) == ("accepted", "li")


async def test_another_advice_by_now_is_a_conflict_that_names_it(shop: Shop, client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    await shop.tells(placed(), paid())
    await client.post("/orders/10001/change-advice", json=BLUE, headers=agent)
    await shop.tells(dispatched())

    refused = await client.post("/orders/10001/change-advice/accept", json=REASON | BLUE, headers=agent | WHATEVER)

    assert (refused.status_code, refused.json()["type"]) == (409, "advice-changed")
    assert "cannot-change" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ([], "lines"),
        ([{"line_id": "1", "sku": "MUG-BLUE", "quantity": -1}], "lines.0.quantity"),
        ([{"line_id": "1", "sku": "MUG-BLUE", "quantity": 1.5}], "lines.0.quantity"),
        ([{"line_id": "9", "sku": "MUG-BLUE", "quantity": 1}], "lines.0.line_id"),
        ([{"line_id": "1", "sku": "MUG-GOLD", "quantity": 1}], "lines.0.sku"),
        ([{"line_id": "1", "sku": "MUG-BLUE", "quantity": 0}], "lines"),
        ([{"line_id": "1", "sku": "A", "quantity": 1}, {"line_id": "1", "sku": "B", "quantity": 1}], "lines"),
    ],
)
async def test_a_change_that_cannot_be_is_refused_by_field(
    shop: Shop, client: httpx.AsyncClient, agent: dict[str, str], lines: list[dict[str, object]], field: str
) -> None:
    await shop.tells(placed(), paid())

    refused = await client.post("/orders/10001/change-advice", json={"lines": lines}, headers=agent)

    assert (refused.status_code, [problem["field"] for problem in refused.json()["errors"]]) == (422, [field])


@pytest.mark.parametrize("advice", ADVICE)
async def test_an_order_that_is_not_there_or_another_stores_is_not_found(
    shop: Shop, client: httpx.AsyncClient, agent: dict[str, str], issuer: Issuer, advice: str
) -> None:
    await shop.tells(paid("10002"), placed())

    for order_id in ("10002", "999"):
        assert (await client.post(f"/orders/{order_id}/{advice}", json=body(advice), headers=agent)).status_code == 404
    foreign = as_role(issuer, "agent", stores=("other",))
    assert (await client.post(f"/orders/10001/{advice}", json=body(advice), headers=foreign)).status_code == 404
    elsewhere = f"http://orders/v1/stores/other/orders/10001/{advice}"
    assert (await client.post(elsewhere, json=body(advice), headers=foreign)).status_code == 404


@pytest.mark.parametrize("role", ["warehouse", "purchasing", "finance", "auditor"])
async def test_only_those_who_talk_to_customers_ask(shop: Shop, client: httpx.AsyncClient, issuer: Issuer, role: str) -> None:
    await shop.tells(placed())

    assert (await client.post("/orders/10001/cancel-advice", headers=as_role(issuer, role))).status_code == 403


async def test_a_parcel_is_named_or_the_one_longest_on_its_way(shop: Shop, client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    await shop.tells(placed(), paid(), dispatched(after=HOUR))
    shop.clock.passes(2 * HOUR)

    bare = await client.post("/orders/10001/logistics-advice", headers=agent)
    named = await client.post("/orders/10001/logistics-advice", json={"shipment_id": "s-1"}, headers=agent)
    unknown = await client.post("/orders/10001/logistics-advice", json={"shipment_id": "s-9"}, headers=agent)

    assert [answer.status_code for answer in (bare, named, unknown)] == [200, 200, 422]
    assert bare.json()["action"] == named.json()["action"] == "wait-for-first-scan"


async def test_advice_is_listed_newest_first_page_by_page(shop: Shop, client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    await shop.tells(placed(), paid())
    for advice in ADVICE:
        await client.post(f"/orders/10001/{advice}", json=body(advice), headers=agent)

    first = (await client.get("/orders/10001/advice", params={"limit": 2}, headers=agent)).json()
    second = (await client.get("/orders/10001/advice", params={"limit": 2, "cursor": first["next"]}, headers=agent)).json()

    assert [each["kind"] for each in first["items"] + second["items"]] == ["logistics", "change", "cancel"]
    assert second["next"] is None
    assert (await client.get("/orders/999/advice", headers=agent)).status_code == 404


async def test_the_numbers_of_advice_are_the_stores_policies(client: httpx.AsyncClient, issuer: Issuer) -> None:
    operations = as_role(issuer, "operations")
    given = {"transit_days": {"US": 9}, "gift": {"zh-CN": "杯垫", "en": "a coaster"}, "ships_to_business_days": 7}

    put = await client.put("/policies", json={"values": given, "reason": "ours"}, headers=operations | WHATEVER)
    wrong = await client.put("/policies", json={"values": {"transit_days": {"US": 400}}, "reason": "typo"}, headers=operations | WHATEVER)

    assert (put.status_code, put.json()["values"]["transit_days"]) == (200, {"US": 9})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "values.transit_days.US")
    assert wrong.json()["errors"][0]["message"] == "must be between 0 and 365"


@pytest.mark.parametrize("way", ["change-advice", "change-advice/accept"])
async def test_a_change_that_changes_nothing_is_refused(shop: Shop, client: httpx.AsyncClient, agent: dict[str, str], way: str) -> None:
    """ORD-6."""
    await shop.tells(placed(), paid())
    same = {"lines": [{"line_id": "1", "sku": "MUG-RED", "quantity": 2}]} | (REASON if way.endswith("accept") else {})

    refused = await client.post(f"/orders/10001/{way}", json=same, headers=agent | WHATEVER)

    told = refused.json()
    assert (refused.status_code, told["type"]) == (422, "change-not-possible")
    assert [(each["field"], each["rule"]) for each in told["errors"]] == [("lines", "something-changed")]
    assert (await client.get("/orders/10001/advice", headers=agent)).json()["items"] == []
