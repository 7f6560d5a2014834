import asyncio
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from deploy.local.issuer import Issuer
from tests.identity import as_role
from tests.shared import toy

THINGS = "/v1/stores/demo/things"
BODY = {"thing_id": "1", "note": "a"}


@pytest.fixture
def agent(issuer: Issuer) -> dict[str, str]:
    return as_role(issuer, "agent") | {"Idempotency-Key": "key-1"}


@pytest.fixture
def gate() -> Iterator[toy.Gate]:
    toy.gates["1"] = toy.Gate()
    yield toy.gates["1"]
    del toy.gates["1"]


async def test_the_same_request_again_gets_the_same_answer_and_no_second_effect(client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    first = await client.post(THINGS, json=BODY, headers=agent)
    again = await client.post(THINGS, json=BODY, headers=agent)

    assert (first.status_code, first.content, first.headers["etag"]) == (201, b'{"thing_id":"1","version":1,"note":"a"}', '"1"')
    assert (again.status_code, again.content, again.headers["etag"]) == (first.status_code, first.content, first.headers["etag"])
    assert again.headers["content-type"] == first.headers["content-type"]


@pytest.mark.parametrize(("path", "body"), [(THINGS, {"thing_id": "2", "note": "a"}), (f"{THINGS}?x=1", BODY), (f"{THINGS}/1/note", BODY)])
async def test_another_request_under_the_same_key_is_refused(
    client: httpx.AsyncClient, agent: dict[str, str], path: str, body: dict[str, str]
) -> None:
    await client.post(THINGS, json=BODY, headers=agent)

    other = await client.post(path, json=body, headers=agent)

    assert (other.status_code, other.json()["type"]) == (422, "idempotency-key-reused")


async def test_of_two_at_once_one_is_told_to_wait(client: httpx.AsyncClient, agent: dict[str, str], gate: toy.Gate) -> None:
    first = asyncio.create_task(client.post(THINGS, json=BODY, headers=agent))
    await asyncio.wait_for(gate.reached.wait(), 10)
    second = await client.post(THINGS, json=BODY, headers=agent)
    gate.opened.set()

    assert (second.status_code, second.json()["type"]) == (409, "request-under-way")
    assert (await first).status_code == 201


async def test_a_burst_has_one_effect(client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    answers = await asyncio.gather(*(client.post(THINGS, json=BODY, headers=agent) for _ in range(8)))

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer.json()["type"] for answer in answers if answer.status_code == 409} <= {"request-under-way"}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1


async def test_a_refused_request_may_be_sent_again(client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    note = {"note": "b"}
    refused = await client.post(f"{THINGS}/1/note", json=note, headers=agent | {"If-Match": "*"})
    await client.post(THINGS, json=BODY, headers={**agent, "Idempotency-Key": "another"})

    done = await client.post(f"{THINGS}/1/note", json=note, headers=agent | {"If-Match": "*"})

    assert (refused.status_code, done.status_code) == (404, 200)


async def test_keys_of_different_callers_and_stores_have_nothing_to_do_with_each_other(client: httpx.AsyncClient, issuer: Issuer) -> None:
    stores = ("demo", "other")
    first = as_role(issuer, "agent", stores=stores) | {"Idempotency-Key": "k"}
    second = as_role(issuer, "agent", sub="u-2", stores=stores) | {"Idempotency-Key": "k"}

    answers = [
        await client.post(THINGS, json=BODY, headers=first),
        await client.post("/v1/stores/other/things", json=BODY, headers=first),
        await client.post(THINGS, json={"thing_id": "2", "note": ""}, headers=second),
    ]

    assert [answer.status_code for answer in answers] == [201, 201, 201]


async def test_after_a_day_the_key_is_free(client: httpx.AsyncClient, agent: dict[str, str], clock: toy.TestClock) -> None:
    await client.post(THINGS, json=BODY, headers=agent)
    clock.passes(timedelta(hours=24))

    other = await client.post(THINGS, json={"thing_id": "2", "note": ""}, headers=agent)
    again = await client.post(THINGS, json={"thing_id": "2", "note": ""}, headers=agent)

    assert (other.status_code, again.status_code) == (201, 201)


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "é"])
async def test_a_malformed_key_is_refused(offline_app: FastAPI, issuer: Issuer, key: str) -> None:
    async with toy.client_of(offline_app) as client:
        answer = await client.post(THINGS, json=BODY, headers=httpx.Headers(as_role(issuer, "agent") | {"Idempotency-Key": key}, "latin-1"))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


async def test_the_key_is_looked_at_after_who_calls_and_how_much(client: httpx.AsyncClient, agent: dict[str, str], issuer: Issuer) -> None:
    await client.post(THINGS, json=BODY, headers=agent)

    stranger = await client.post(THINGS, json=BODY, headers={"Idempotency-Key": "key-1"})
    wrong_role = await client.post(THINGS, json=BODY, headers=as_role(issuer, "finance") | {"Idempotency-Key": "key-1"})
    too_large = await client.post(THINGS, content=b"x" * 1_100_000, headers=agent)

    assert [answer.status_code for answer in (stranger, wrong_role, too_large)] == [401, 403, 413]
