"""The aftersales service over HTTP: cases, refunds, tasks, and what is refused (AFS-1, AFS-6, AFS-7)."""

import csv
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from deploy.local.issuer import Issuer
from tests.endpoints import misjudged, unguarded_paths, visits
from tests.identity import as_role
from tests.services.aftersales.desk import Desk, money, order, payment

WHATEVER = {"If-Match": "*"}
CASE = {"order_id": "10001", "line_id": "1", "type": "quality", "description": "One mug came broken"}
REFUND = {"amount": money("11.50"), "kind": "partial", "reason": "One of two mugs came broken"}
REASON = {"reason": "so it is"}
DAY = timedelta(days=1)

Headers = dict[str, str]


@pytest.fixture
def agent(issuer: Issuer) -> Headers:
    return as_role(issuer, "agent", sub="agent-7")


@pytest.fixture
def supervisor(issuer: Issuer) -> Headers:
    return as_role(issuer, "supervisor", sub="sup-1")


@pytest.fixture
def finance(issuer: Issuer) -> Headers:
    return as_role(issuer, "finance", sub="fin-1")


def fields(answer: httpx.Response) -> set[str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return {problem["field"] for problem in answer.json()["errors"]}


async def reported(client: httpx.AsyncClient, headers: Headers, **changed: Any) -> str:
    return str((await client.post("/cases", json=CASE | changed, headers=headers)).json()["case_id"])


async def test_a_case_goes_its_whole_way(desk: Desk, client: httpx.AsyncClient, agent: Headers) -> None:
    await desk.hears(order())
    opened = await client.post("/cases", json=CASE, headers=agent)
    path = f"/cases/{opened.json()['case_id']}"
    when = (desk.clock() + DAY).isoformat()

    async def act(verb: str, **body: Any) -> tuple[int, str]:
        answer = await client.post(f"{path}/{verb}", json=body, headers=agent | WHATEVER)
        return answer.status_code, answer.json()["status"]

    way = [
        await act("take", **REASON),
        await act("evidence-request", **REASON),
        await act("diagnosis", cause="product", finding="Broken in transit"),
        await act("proposals", action="refund", text="We give you 11.50 back", amount=money("11.50")),
        await act("agree", **REASON),
        await act("promise", next_reply_at=when, **REASON),
        await act("start", **REASON),
        await act("follow-up", **REASON),
        await act("close", outcome="refunded", **REASON),
    ]

    assert (opened.status_code, opened.headers["location"]) == (201, f"/v1/stores/demo{path}")
    assert {status for status, _ in way} == {200}
    assert [status for _, status in way[1:]] == [
        "evidence-requested", "diagnosed", "proposed", "agreed", "agreed", "in-progress", "following-up", "closed",
    ]  # fmt: skip
    shown = (await client.get(path, headers=agent)).json()
    assert (shown["agent_id"], shown["cause"], shown["next_reply_at"], shown["customer_id"]) == ("agent-7", "product", None, "c-81")
    steps = (await client.get(f"{path}/history?limit=3", headers=agent)).json()
    assert [step["step"] for step in steps["items"]] == ["opened", "taken", "evidence-requested"]
    assert steps["next"]


async def test_a_storefronts_key_reports_and_reads_cases(desk: Desk, client: httpx.AsyncClient, issuer: Issuer) -> None:
    await desk.hears(order())
    key = {"X-API-Key": (await client.post("/api-keys", headers=as_role(issuer, "admin"))).json()["secret"]}

    first = await client.post("/cases", json=CASE, headers=key)
    again = await client.post("/cases", json=CASE, headers=key)

    assert (first.status_code, again.status_code, again.json()["reports"]) == (201, 200, 2)
    assert [case["case_id"] for case in (await client.get("/cases?order_id=10001", headers=key)).json()["items"]] == [
        first.json()["case_id"]
    ]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"type": "broken"}, "type"),
        ({"description": " "}, "description"),
        ({"order_id": None}, "order_id"),
        ({"order_id": None, "line_id": None, "type": "service"}, "customer_id"),
        ({"order_id": "a/b"}, "order_id"),
        ({"line_id": "2"}, "line_id"),
        ({"order_id": None, "line_id": None, "type": "service", "guest": {"name": "Li"}}, "customer_id"),
    ],
)
async def test_a_report_that_makes_no_case_is_refused_by_field(
    desk: Desk, client: httpx.AsyncClient, agent: Headers, changed: dict[str, Any], field: str
) -> None:
    await desk.hears(order())

    answer = await client.post("/cases", json=CASE | changed, headers=agent)

    assert answer.status_code == 422
    assert field in fields(answer)


async def test_a_report_of_an_order_that_is_not_known_yet_says_so(client: httpx.AsyncClient, agent: Headers) -> None:
    answer = await client.post("/cases", json=CASE, headers=agent)

    assert (answer.status_code, "not known here yet" in answer.json()["detail"]) == (409, True)


async def test_a_refund_is_asked_for_approved_and_shown(
    desk: Desk, client: httpx.AsyncClient, agent: Headers, supervisor: Headers, finance: Headers
) -> None:
    await desk.hears(order(payment("900.00")))
    case_id = await reported(client, agent)

    asked = await client.post(f"/cases/{case_id}/refunds", json=REFUND | {"amount": money("500.00")}, headers=agent)
    path = f"/refunds/{asked.json()['refund_id']}"
    approved = await client.post(f"{path}/approve", json=REASON, headers=supervisor | {"If-Match": asked.headers["etag"]})
    shown = await client.get(path, headers=finance)

    assert (asked.status_code, asked.json()["status"], asked.json()["approvals_needed"]) == (201, "awaiting-approval", ["supervisor"])
    assert (approved.status_code, shown.json()["status"], shown.json()["decided_by"]) == (200, "requested", ["agent-7", "sup-1"])
    assert shown.json()["amount"] == money("500.00")
    steps = (await client.get(f"{path}/history", headers=finance)).json()["items"]
    assert [(step["step"], step["by"], step["reason"]) for step in steps][1] == ("approved", "sup-1", "so it is")


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"amount": money("900.01")}, 409),
        ({"amount": money("1.00", "EUR")}, 409),
        ({"amount": money("0.00")}, 422),
        ({"amount": money("-1.00")}, 422),
        ({"amount": money("1.001")}, 422),
        ({"kind": "gift"}, 422),
        ({"reason": ""}, 422),
    ],
)
async def test_a_refund_that_cannot_be_is_refused(
    desk: Desk, client: httpx.AsyncClient, agent: Headers, changed: dict[str, Any], status: int
) -> None:
    await desk.hears(order(payment("900.00")))
    case_id = await reported(client, agent)

    assert (await client.post(f"/cases/{case_id}/refunds", json=REFUND | changed, headers=agent)).status_code == status


async def test_a_supervisor_does_not_approve_their_own_decision(desk: Desk, client: httpx.AsyncClient, supervisor: Headers) -> None:
    await desk.hears(order(payment("900.00")))
    case_id = await reported(client, supervisor)
    asked = await client.post(f"/cases/{case_id}/refunds", json=REFUND | {"amount": money("500.00")}, headers=supervisor)

    answer = await client.post(f"/refunds/{asked.json()['refund_id']}/approve", json=REASON, headers=supervisor | WHATEVER)

    assert (answer.status_code, "AFS-6" in answer.json()["detail"]) == (403, True)


async def test_what_is_missing_for_closing_is_named(desk: Desk, client: httpx.AsyncClient, agent: Headers) -> None:
    await desk.hears(order())
    case_id = await reported(client, agent)

    answer = await client.post(f"/cases/{case_id}/close", json=REASON | {"outcome": "explained"}, headers=agent | WHATEVER)

    assert answer.status_code == 409
    assert fields(answer) == {"asked", "answered", "recorded"}


async def test_actions_are_refused_in_the_fixed_order(desk: Desk, client: httpx.AsyncClient, issuer: Issuer, agent: Headers) -> None:
    await desk.hears(order())
    case_id = await reported(client, agent)
    nobodys = "0198c0de-0000-7000-8000-000000000000"

    async def refused(case: str = case_id, **asked: Any) -> int:
        headers = asked.pop("headers", agent | {"If-Match": '"1"'})
        return (await client.post(f"/cases/{case}/agree", json=asked.pop("body", REASON), headers=headers)).status_code

    assert await refused(headers={}) == 401
    assert await refused(headers=as_role(issuer, "agent", stores=("other",))) == 404
    assert await refused(headers=as_role(issuer, "finance")) == 403
    assert await refused(body={}) == 422
    assert await refused(nobodys) == 404
    assert await refused(headers=agent) == 428
    assert await refused(headers=agent | {"If-Match": '"7"'}) == 412
    assert await refused() == 409


async def test_finance_sees_what_is_overdue_and_answers_its_task(
    desk: Desk, client: httpx.AsyncClient, agent: Headers, finance: Headers
) -> None:
    await desk.hears(order())
    case_id = await reported(client, agent)
    refund = (await client.post(f"/cases/{case_id}/refunds", json=REFUND, headers=agent)).json()
    await desk.passes(2 * DAY)

    overdue = (await client.get("/refunds?overdue=true&status=requested", headers=finance)).json()["items"]
    (task,) = (await client.get("/tasks?department=finance&state=open", headers=finance)).json()["items"]
    path, answer = f"/tasks/{task['task_id']}", REASON | {"answer": {"note": "Tomorrow"}}
    answers = [await client.post(f"{path}/answer", json=answer, headers=finance | WHATEVER) for _ in range(2)]

    assert [each["refund_id"] for each in overdue] == [refund["refund_id"]]
    assert (task["about"], task["kind"]) == ({"kind": "refund", "id": refund["refund_id"]}, "refund-unanswered")
    assert task["context"] == {"order_id": "10001", "case_id": case_id, "payment_method": "paypal", "payment_id": "pay-1"}
    assert ([each.status_code for each in answers], answers[1].json()["type"]) == ([200, 409], "task-answered")
    steps = (await client.get(f"{path}/history", headers=agent)).json()["items"]
    assert [(step["step"], step["by"], step["reason"]) for step in steps][1:] == [("answered", "fin-1", "so it is")]
    assert [case["case_id"] for case in (await client.get("/cases?overdue=true", headers=agent)).json()["items"]] == [case_id]


async def test_what_went_up_to_the_supervisor_is_the_supervisors_to_answer(
    desk: Desk, client: httpx.AsyncClient, agent: Headers, finance: Headers, supervisor: Headers
) -> None:
    await desk.hears(order())
    await client.post(f"/cases/{await reported(client, agent)}/refunds", json=REFUND, headers=agent)
    for days in (2, 5):
        await desk.passes(days * DAY)

    counts = (await client.get("/tasks/counts", headers=agent)).json()["departments"]
    (task,) = (await client.get("/tasks?department=supervisor", headers=finance)).json()["items"]
    path, answer = f"/tasks/{task['task_id']}", REASON | {"answer": {"note": "They pay on Friday"}}
    answers = [await client.post(f"{path}/answer", json=answer, headers=who | WHATEVER) for who in (agent, finance, supervisor)]

    assert [(each["department"], each["open"], each["escalated"]) for each in counts] == [("finance", 1, 1), ("supervisor", 1, 0)]
    assert [each.status_code for each in answers] == [403, 403, 200]


@pytest.mark.parametrize("answer", ["Tomorrow", {}, {"note": " "}, {"note": "x" * 20_001}, {"note": "Tomorrow", "amount": "1.00"}])
async def test_an_answer_about_a_refund_is_a_note(
    desk: Desk, client: httpx.AsyncClient, agent: Headers, finance: Headers, answer: object
) -> None:
    await desk.hears(order())
    await client.post(f"/cases/{await reported(client, agent)}/refunds", json=REFUND, headers=agent)
    await desk.passes(2 * DAY)
    (task,) = await desk.asked("open")

    refused = await client.post(f"/tasks/{task.task_id}/answer", json=REASON | {"answer": answer}, headers=finance | WHATEVER)

    assert refused.status_code == 422
    assert all(field.startswith("answer") for field in fields(refused))


async def test_an_answer_comes_too_late_once_the_refund_is_settled(
    desk: Desk, client: httpx.AsyncClient, agent: Headers, finance: Headers
) -> None:
    await desk.hears(order())
    refund = await desk.ask(await desk.case())
    await desk.passes(2 * DAY)
    (task,) = await desk.asked("open")
    await desk.finance("refund-settled", refund, "settled")

    late = await client.post(f"/tasks/{task.task_id}/answer", json=REASON | {"answer": {"note": "Soon"}}, headers=finance | WHATEVER)

    assert (late.status_code, late.json()["type"]) == (409, "task-withdrawn")


async def test_refunds_come_as_a_file_that_no_spreadsheet_runs_with_daily_totals(
    desk: Desk, client: httpx.AsyncClient, agent: Headers, finance: Headers
) -> None:
    await desk.hears(order(payment("29.00"), payment("5000", "pay-y", currency="JPY")))
    case_id = await reported(client, agent)
    for amount, reason in ((money("11.50"), "=cmd|' /C calc'!A0"), (money("1.50"), "plain"), (money("300", "JPY"), "yen")):
        await client.post(f"/cases/{case_id}/refunds", json=REFUND | {"amount": amount, "reason": reason}, headers=agent)

    file = await client.get("/refunds?from=2026-03-02&to=2026-03-02", headers=finance | {"Accept": "text/csv"})
    totals = (await client.get("/refunds/totals?from=2026-03-02&to=2026-03-02", headers=finance)).json()["items"]
    none = (await client.get("/refunds?from=2026-03-03", headers=finance)).json()["items"]

    rows = list(csv.DictReader(file.text.splitlines()))
    assert file.headers["content-type"].startswith("text/csv")
    assert [row["reason"] for row in rows if row["row"] == "refund"] == ["yen", "plain", "'=cmd|' /C calc'!A0"]
    assert [(row["currency"], row["amount"], row["count"]) for row in rows if row["row"] == "total"] == [
        ("JPY", "300", "1"),
        ("USD", "13.00", "2"),
    ]
    assert [(total["day"], total["payment_method"], total["amount"]) for total in totals] == [
        ("2026-03-02", "paypal", "300"),
        ("2026-03-02", "paypal", "13.00"),
    ]
    assert none == []


async def test_pages_of_cases_and_refunds_go_on_where_the_last_one_ended(desk: Desk, client: httpx.AsyncClient, agent: Headers) -> None:
    await desk.hears(order())
    case_id = await reported(client, agent)
    await reported(client, agent, type="delay")
    for _ in range(2):
        await client.post(f"/cases/{case_id}/refunds", json=REFUND | {"amount": money("1.00")}, headers=agent)

    for path in ("/cases", "/refunds"):
        first = (await client.get(f"{path}?limit=1", headers=agent)).json()
        second = (await client.get(f"{path}?limit=1&cursor={first['next']}", headers=agent)).json()
        assert (first["items"] != second["items"], len(second["items"]), second["next"]) == (True, 1, None)


async def test_every_endpoint_lets_in_whom_it_declares(client: httpx.AsyncClient, app: FastAPI, issuer: Issuer) -> None:
    key = (await client.post("/api-keys", headers=as_role(issuer, "admin"))).json()["secret"]
    elsewhere = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://aftersales")

    async with elsewhere:
        assert await misjudged(elsewhere, visits(app, issuer, storefront_key=key)) == []
    assert unguarded_paths(app) == set()


async def test_a_store_sets_its_clocks_to_seconds_and_its_limits_to_its_own(
    desk: Desk, client: httpx.AsyncClient, issuer: Issuer, agent: Headers
) -> None:
    values = {"reply_business_days": 0, "reply_seconds": 30, "agent_limit": {"USD": "5.00"}}
    put = await client.put("/policies", json={"values": values, "reason": "short"}, headers=as_role(issuer, "operations") | WHATEVER)
    await desk.hears(
        order(payment(), customer={"customer_id": None, "name": "Li", "email": "li@example.com", "phone": None, "language": "en"})
    )

    case_id = await reported(client, agent)
    asked = await client.post(f"/cases/{case_id}/refunds", json=REFUND, headers=agent)
    await desk.passes(timedelta(seconds=30))

    shown = (await client.get(f"/cases/{case_id}", headers=agent)).json()
    assert (put.status_code, asked.json()["status"]) == (200, "awaiting-approval")
    assert (shown["escalated_to"], shown["customer_id"], shown["guest"]["email"]) == ("supervisor", None, "li@example.com")
    assert (await desk.said("cases"))[0]["guest"]["email"] == "li@example.com"
