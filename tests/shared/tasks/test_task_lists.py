"""How tasks are listed and counted, to whom they are shown, and what becomes of them when time passes (ORD-9)."""

from datetime import timedelta

import httpx
from fastapi import FastAPI
from prometheus_client import REGISTRY

from deploy.local.issuer import Issuer
from shared.tasks import About
from tests.endpoints import misjudged, visits
from tests.identity import as_role
from tests.shared.tasks.answering import answer, history, ids
from tests.shared.tasks.bakery import HOUR, Bakery
from tests.shared.toy import client_of


async def test_the_list_shows_what_is_due_first_and_narrows(bakery: Bakery, client: httpx.AsyncClient, supervisor: dict[str, str]) -> None:
    await bakery.ask(about=About("cake", "late"), due=3 * HOUR)
    await bakery.ask(about=About("cake", "soon"), due=HOUR)
    await bakery.ask("eggs", about=About("pie", "next"), due=2 * HOUR)

    bakery.clock.passes(1.5 * HOUR)

    assert await ids(client, supervisor) == ["soon", "next", "late"]
    assert await ids(client, supervisor, department="purchasing") == ["soon", "late"]
    assert await ids(client, supervisor, about="pie/next") == ["next"]
    assert await ids(client, supervisor, overdue=True) == ["soon"]
    assert await ids(client, supervisor, kind="eggs", state="answered") == []
    first = (await client.get("/tasks", params={"limit": 2}, headers=supervisor)).json()
    assert await ids(client, supervisor, limit=2, cursor=first["next"]) == ["late"]
    for wrong in ({"state": "lost"}, {"about": "pie"}, {"department": "bakers"}, {"cursor": "x"}):
        assert (await client.get("/tasks", params=wrong, headers=supervisor)).status_code == 422


async def test_counts_show_every_department_that_is_asked(bakery: Bakery, client: httpx.AsyncClient, supervisor: dict[str, str]) -> None:
    await bakery.ask(about=About("cake", "soon"))
    await bakery.ask(due=3 * HOUR)

    await bakery.passes(2 * HOUR)

    assert (await client.get("/tasks/counts", headers=supervisor)).json() == {
        "departments": [
            {"department": "purchasing", "open": 2, "overdue": 1, "escalated": 1},
            {"department": "warehouse", "open": 0, "overdue": 0, "escalated": 0},
        ]
    }


async def test_an_overdue_task_goes_to_the_supervisor_once(
    bakery: Bakery, client: httpx.AsyncClient, supervisor: dict[str, str], purchasing: dict[str, str]
) -> None:
    task = await bakery.ask(escalates_at=bakery.clock() + 2 * HOUR)
    counted = _escalated()

    await bakery.passes(2 * HOUR - timedelta(seconds=1))
    assert await ids(client, supervisor, escalated=True) == []
    await bakery.passes(timedelta(seconds=1))
    await bakery.passes(24 * HOUR)

    assert await ids(client, supervisor, escalated=True) == ["c-1"]
    assert [step for step, _, _ in await history(client, task, supervisor)] == ["asked", "escalated"]
    assert _escalated() == counted + 1
    assert (await answer(client, task, purchasing)).status_code == 200


async def test_an_answered_task_never_escalates(bakery: Bakery, client: httpx.AsyncClient, purchasing: dict[str, str]) -> None:
    task = await bakery.ask()
    await answer(client, task, purchasing)

    await bakery.passes(24 * HOUR)

    assert [step for step, _, _ in await history(client, task, purchasing)] == ["asked", "answered"]


async def test_a_task_of_another_store_is_unknown(bakery: Bakery, client: httpx.AsyncClient, issuer: Issuer) -> None:
    task = await bakery.ask()
    both = as_role(issuer, "supervisor", stores=("demo", "other"))

    elsewhere = await client.get(f"http://bakery/v1/stores/other/tasks/{task.task_id}", headers=both)

    assert elsewhere.status_code == 404


async def test_every_endpoint_lets_in_whom_it_declares(bakery_app: FastAPI, issuer: Issuer) -> None:
    walk = [visit for visit in visits(bakery_app, issuer) if "/tasks" in visit.path]

    async with client_of(bakery_app) as client:
        found = await misjudged(client, iter(walk))

    assert len(walk) > 100
    assert found == []


def _escalated() -> float:
    return REGISTRY.get_sample_value("kefu_tasks_escalated_total", {"department": "purchasing"}) or 0.0
