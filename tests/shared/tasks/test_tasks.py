"""Questions for departments: asked once, answered once, and what waited goes on in the same transaction (ORD-9)."""

import asyncio
from typing import Any

import httpx
import pytest

from deploy.local.issuer import Issuer
from shared.tasks import About
from tests.identity import as_role
from tests.shared.tasks.answering import ANY, COST, WHY, answer, history, ids
from tests.shared.tasks.bakery import HOUR, Bakery


async def test_an_answer_continues_what_waited_for_it_in_the_same_transaction(
    bakery: Bakery, client: httpx.AsyncClient, purchasing: dict[str, str]
) -> None:
    task = await bakery.ask(context={"flour": "rye"})

    answered = await answer(client, task, purchasing)

    assert answered.status_code == 200
    told = answered.json()
    assert (told["state"], told["answer"], told["answered_by"], told["owner"], told["version"]) == ("answered", COST, "li", "li", 2)
    assert (told["context"], told["about"], told["reason"]) == ({"flour": "rye"}, {"kind": "cake", "id": "c-1"}, "asked the mill")
    assert await bakery.cakes() == ["3.20 EUR in 4 days, 08:00"]
    assert await history(client, task, purchasing) == [("asked", "auto", "What is it?"), ("answered", "li", "asked the mill")]
    assert await bakery.timers() == 0


async def test_an_answer_that_nothing_can_go_on_with_is_not_recorded(
    bakery: Bakery, client: httpx.AsyncClient, supervisor: dict[str, str]
) -> None:
    task = await bakery.ask("eggs")

    failed = await answer(client, task, supervisor, {"there": True})

    assert failed.status_code == 500
    assert await ids(client, supervisor, state="open") == ["c-1"]


async def test_a_task_shows_the_form_of_its_answer(bakery: Bakery, client: httpx.AsyncClient, purchasing: dict[str, str]) -> None:
    task = await bakery.ask()

    shown = await client.get(f"/tasks/{task.task_id}", headers=purchasing)

    form = shown.json()["form"]
    assert form["required"] == ["cost", "days"]
    assert form["properties"]["days"] == {"maximum": 90, "minimum": 0, "title": "Days", "type": "integer"}
    assert form["additionalProperties"] is False
    assert shown.headers["etag"] == '"1"'


@pytest.mark.parametrize(
    ("told", "field", "rule"),
    [
        ({"days": 4}, "answer.cost", "missing"),
        (COST | {"days": 91}, "answer.days", "less-than-equal"),
        (COST | {"days": "4"}, "answer.days", "int-type"),
        (COST | {"cost": {"amount": "3.201", "currency": "EUR"}}, "answer.cost", "money"),
        (COST | {"note": "cheap"}, "answer.note", "extra-forbidden"),
    ],
)
async def test_a_malformed_answer_names_the_field(
    bakery: Bakery, client: httpx.AsyncClient, purchasing: dict[str, str], told: Any, field: str, rule: str
) -> None:
    task = await bakery.ask()

    refused = await answer(client, task, purchasing, told)

    assert refused.status_code == 422
    assert [(each["field"], each["rule"]) for each in refused.json()["errors"]] == [(field, rule)]
    assert await bakery.cakes() == []


async def test_answered_twice_is_a_conflict(bakery: Bakery, client: httpx.AsyncClient, purchasing: dict[str, str]) -> None:
    task = await bakery.ask()

    answers = await asyncio.gather(*[answer(client, task, purchasing) for _ in range(2)])

    assert sorted(each.status_code for each in answers) == [200, 409]
    assert (await answer(client, task, purchasing)).json()["type"] == "task-answered"
    assert len(await bakery.cakes()) == 1


async def test_answered_after_it_was_withdrawn_is_a_conflict(
    bakery: Bakery, client: httpx.AsyncClient, purchasing: dict[str, str], supervisor: dict[str, str]
) -> None:
    task = await bakery.ask()

    withdrawn = await client.post(f"/tasks/{task.task_id}/withdraw", json=WHY, headers=supervisor)

    assert (withdrawn.status_code, withdrawn.json()["state"], withdrawn.json()["withdrawn_by"]) == (200, "withdrawn", "boss")
    assert (await answer(client, task, purchasing)).json()["type"] == "task-withdrawn"
    assert (await client.post(f"/tasks/{task.task_id}/withdraw", json=WHY, headers=supervisor)).status_code == 409
    assert await bakery.timers() == 0


@pytest.mark.parametrize(
    ("role", "status"), [("purchasing", 200), ("supervisor", 200), ("admin", 200), ("warehouse", 403), ("agent", 403), ("finance", 403)]
)
async def test_only_the_department_that_was_asked_answers_or_a_supervisor(
    bakery: Bakery, client: httpx.AsyncClient, issuer: Issuer, role: str, status: int
) -> None:
    task = await bakery.ask()
    headers = as_role(issuer, role) | ANY

    taken = await client.post(f"/tasks/{task.task_id}/take", json=WHY, headers=headers)

    assert (taken.status_code, (await answer(client, task, headers)).status_code) == (status, status)


async def test_of_two_who_take_a_task_at_once_one_wins(
    bakery: Bakery, client: httpx.AsyncClient, purchasing: dict[str, str], supervisor: dict[str, str]
) -> None:
    task = await bakery.ask()

    taken = await asyncio.gather(*[client.post(f"/tasks/{task.task_id}/take", json=WHY, headers=who) for who in (purchasing, supervisor)])

    assert sorted(each.status_code for each in taken) == [200, 409]
    (won,) = [each.json() for each in taken if each.status_code == 200]
    assert (await client.get(f"/tasks/{task.task_id}", headers=supervisor)).json()["owner"] == won["owner"]


async def test_a_change_needs_the_version_it_was_decided_on(bakery: Bakery, client: httpx.AsyncClient, issuer: Issuer) -> None:
    task = await bakery.ask()
    nothing = as_role(issuer, "supervisor")
    missing = [
        await client.post(f"/tasks/{task.task_id}/{verb}", json=WHY | {"answer": COST}, headers=nothing)
        for verb in ("take", "answer", "withdraw")
    ]

    stale = await answer(client, task, nothing | {"If-Match": '"2"'})

    assert [each.status_code for each in missing] == [428] * 3
    assert stale.status_code == 412


async def test_asking_again_answers_the_open_task(bakery: Bakery, client: httpx.AsyncClient, purchasing: dict[str, str]) -> None:
    first = await bakery.ask()

    again = await bakery.ask(due=5 * HOUR)
    other = await bakery.ask(about=About("cake", "c-2"))
    await answer(client, first, purchasing)
    anew = await bakery.ask()

    assert again == first
    assert len({first.task_id, other.task_id, anew.task_id}) == 3


async def test_two_who_ask_at_once_have_one_task(bakery: Bakery) -> None:
    asked = await asyncio.gather(*[bakery.ask() for _ in range(4)])

    assert len({task.task_id for task in asked}) == 1


async def test_many_are_asked_at_once_and_come_in_the_same_order(bakery: Bakery) -> None:
    known = await bakery.ask("eggs", About("cake", "c-2"))

    asked = await bakery.ask_all("c-3", "c-2", "c-1")

    assert [task.about.id for task in asked] == ["c-3", "c-2", "c-1"]
    assert asked[1] == known
    assert await bakery.timers() == 3


async def test_a_rule_withdraws_what_it_asked_of_one_kind_or_of_all(
    bakery: Bakery, client: httpx.AsyncClient, supervisor: dict[str, str]
) -> None:
    task = await bakery.ask()
    await bakery.ask("eggs")

    gone = await bakery.withdraw(kind="flour-cost")
    assert await ids(client, supervisor, state="open", kind="eggs") == ["c-1"]
    rest = await bakery.withdraw()
    none = await bakery.withdraw()

    assert ([each.kind for each in gone], [each.kind for each in rest], none) == (["flour-cost"], ["eggs"], [])
    assert (await history(client, task, supervisor))[-1] == ("withdrawn", "auto", "no cake")


def test_a_kind_has_one_function(bakery: Bakery) -> None:
    with pytest.raises(TypeError, match="flour-cost"):
        bakery.tasks.on("flour-cost", department=bakery.tasks.kinds["eggs"].department, form=bakery.tasks.kinds["eggs"].form)(
            bakery.tasks.kinds["eggs"].go_on
        )
