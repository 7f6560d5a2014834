"""The survey service for staff: questionnaires, surveys, and what is refused (SVY-1, SVY-2)."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from deploy.local.issuer import Issuer
from services.survey.domain.questionnaire import Occasion
from shared.events.cases import CaseClosed
from shared.events.inquiries import InquiryReceived
from tests.endpoints import misjudged, unguarded_paths, visits
from tests.identity import as_role
from tests.services.survey.desk import DAY, MINUTE, NOON, Desk, case_closed, reopened

HOME = "/v1/stores/demo"
BOTH = {"zh-CN": "满意吗？", "en": "Satisfied?"}
OWN = {"title": BOTH, "questions": [{"question_id": "csat", "kind": "csat", "text": BOTH, "required": True}], "reason": "shorter"}


async def test_a_store_asks_its_own_questions_from_then_on(
    desk: Desk, client: httpx.AsyncClient, agent: dict[str, str], operations: dict[str, str]
) -> None:
    before = await client.get(f"{HOME}/questionnaires/case", headers=agent)
    link = await desk.link()

    put = await client.put(f"{HOME}/questionnaires/case", json=OWN, headers=operations | {"If-Match": before.headers["etag"]})
    stale = await client.put(f"{HOME}/questionnaires/case", json=OWN, headers=operations | {"If-Match": before.headers["etag"]})

    assert (put.status_code, put.json()["version"], stale.status_code) == (200, 1, 412)
    assert "Satisfied?" not in (await client.get(link)).text
    await desk.hears(case_closed(case_id="01980a5e-0c00-7000-8000-0000000000aa", customer_id="c-82"))
    await desk.passes(DAY)
    assert "Satisfied?" in (await client.get((await desk.links())[-1])).text
    listed = (await client.get(f"{HOME}/questionnaires", headers=agent)).json()["items"]
    assert [(each["occasion"], each["version"]) for each in listed] == [(kind.value, int(kind is Occasion.CASE)) for kind in Occasion]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"questions": []}, "questions"),
        ({"title": {"en": "Only"}}, "title.zh-CN"),
        ({"questions": [OWN["questions"][0] | {"kind": "stars"}]}, "questions.0.kind"),  # type: ignore[index]
        ({"questions": [OWN["questions"][0] | {"question_id": "Ä"}]}, "questions.0.question_id"),  # type: ignore[index]
        ({"questions": OWN["questions"] * 2}, "questions.1.question_id"),  # type: ignore[operator]
        ({"reason": " "}, "reason"),
    ],
)
async def test_a_questionnaire_that_makes_no_sense_is_refused_by_question(
    desk: Desk, client: httpx.AsyncClient, operations: dict[str, str], changed: dict[str, Any], field: str
) -> None:
    answer = await client.put(f"{HOME}/questionnaires/case", json=OWN | changed, headers=operations | {"If-Match": "*"})

    assert answer.status_code == 422
    assert field in {problem["field"] for problem in answer.json()["errors"]}


async def test_an_agent_asks_a_customer_once_about_one_thing(desk: Desk, client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    body = {"occasion_id": "visit-1", "customer_id": "c-81", "language": "zh-CN"}

    made = await client.post(f"{HOME}/surveys", json=body, headers=agent)
    refused = [
        await client.post(f"{HOME}/surveys", json=body | changed, headers=agent)
        for changed in ({}, {"occasion_id": "visit-2"}, {"occasion_id": "visit-3", "customer_id": None, "guest": {"name": "Li"}})
    ]

    survey = made.json()
    assert (made.status_code, survey["status"], survey["agent_id"], survey["occasion"]) == (
        201,
        "invited",
        "li",
        {"kind": "return-visit", "id": "visit-1"},
    )
    assert made.headers["location"] == f"{HOME}/surveys/{survey['survey_id']}"
    assert [(answer.status_code, answer.json()["type"]) for answer in refused] == [(409, "not-asked")] * 3
    assert len(await desk.links()) == 1


@pytest.mark.parametrize(
    ("told", "passes", "detail"),
    [
        (case_closed(), 0, "will be asked about this when its time has come"),
        (reopened(3), 0, "not over yet"),
        (case_closed(), 1, "was asked about this before"),
        (case_closed(closed_at=(NOON - 60 * DAY).isoformat()), 1, "decided before not to ask"),
    ],
    ids=["waiting", "open", "asked", "not-asked"],
)
async def test_an_agent_is_told_why_a_customer_is_not_asked_now(
    desk: Desk, client: httpx.AsyncClient, agent: dict[str, str], told: CaseClosed | InquiryReceived, passes: int, detail: str
) -> None:
    await desk.hears(told)
    await desk.passes(passes * DAY)
    kind, occasion_id = ("case", told.case_id) if isinstance(told, CaseClosed) else ("inquiry", told.inquiry_id)

    body = {"occasion_kind": kind, "occasion_id": str(occasion_id), "customer_id": "c-81"}
    answer = await client.post(f"{HOME}/surveys", json=body, headers=agent)

    assert answer.status_code == 409
    assert detail in answer.json()["detail"]


async def test_a_stores_clocks_may_be_minutes(desk: Desk, client: httpx.AsyncClient, operations: dict[str, str]) -> None:
    short = {"case_delay_minutes": 1, "reminder_minutes": 2, "valid_minutes": 4, "quiet_minutes": 3}
    put = await client.put(f"{HOME}/policies", json={"values": short}, headers=operations | {"If-Match": "*"})
    await desk.hears(case_closed())

    await desk.passes(MINUTE)
    await desk.passes(2 * MINUTE)
    assert len(await desk.said("survey-reminder")) == 1
    await desk.hears(case_closed(case_id="01980a5e-0c00-7000-8000-0000000000aa"))
    await desk.passes(MINUTE)

    assert put.status_code == 200
    assert len(await desk.links()) == 2
    await desk.passes(MINUTE)
    assert (await client.get((await desk.links())[0])).status_code == 404


async def test_a_survey_shows_its_answers_and_what_happened_to_it(desk: Desk, client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    link = await desk.link()
    await client.post(link, data={"csat": "2", "callback": "yes", "action": "send"})

    (survey,) = (await client.get(f"{HOME}/surveys?occasion_kind=case&status=answered", headers=agent)).json()["items"]
    alone = await client.get(f"{HOME}/surveys/{survey['survey_id']}", headers=agent)
    steps = (await client.get(f"{HOME}/surveys/{survey['survey_id']}/history", headers=agent)).json()["items"]

    assert alone.json() == survey
    assert alone.headers["etag"] == f'"{survey["version"]}"'
    assert (survey["answers"], survey["satisfied"], survey["callback_wanted"]) == ({"csat": 2, "callback": "yes"}, False, True)
    assert [(step["step"], step["by"]) for step in steps] == [("invited", "auto"), ("answered", "customer")]
    assert (await client.get(f"{HOME}/surveys?status=invited", headers=agent)).json()["items"] == []


async def test_surveys_are_paged_newest_first(desk: Desk, client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    for number in range(3):
        await client.post(f"{HOME}/surveys", json={"occasion_id": f"v-{number}", "customer_id": f"c-{number}"}, headers=agent)
        await desk.passes(DAY)

    first = (await client.get(f"{HOME}/surveys?limit=2", headers=agent)).json()
    rest = (await client.get(f"{HOME}/surveys?limit=2&cursor={first['next']}", headers=agent)).json()

    assert [each["occasion"]["id"] for each in (*first["items"], *rest["items"])] == ["v-2", "v-1", "v-0"]
    assert rest["next"] is None


async def test_a_survey_of_another_store_is_not_there(desk: Desk, client: httpx.AsyncClient, issuer: Issuer) -> None:
    await desk.link()
    elsewhere = as_role(issuer, "agent", stores=("other",))

    assert (await client.get("/v1/stores/other/surveys", headers=elsewhere)).json()["items"] == []
    assert (await client.get(f"{HOME}/surveys", headers=elsewhere)).status_code == 404


async def test_every_endpoint_lets_in_whom_it_declares(app: FastAPI, client: httpx.AsyncClient, issuer: Issuer) -> None:
    assert unguarded_paths(app) == set()
    assert await misjudged(client, visits(app, issuer)) == []
