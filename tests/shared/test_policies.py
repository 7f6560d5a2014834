import asyncio

import httpx
import pytest

from deploy.local.issuer import Issuer
from shared.db import Database
from shared.policies import current, load
from tests.identity import as_role
from tests.shared.toy import ToyPolicies

POLICIES = "/v1/stores/demo/policies"


@pytest.fixture
def operations(issuer: Issuer) -> dict[str, str]:
    return as_role(issuer, "operations")


async def test_a_store_never_seen_has_the_defaults_as_version_0(client: httpx.AsyncClient, operations: dict[str, str]) -> None:
    answer = await client.get(POLICIES, headers=operations)

    assert answer.headers["etag"] == '"0"'
    assert answer.json() == {"version": 0, "values": {"most_things": 5, "least_things": 0}, "at": None, "by": None, "reason": None}


async def test_putting_replaces_all_and_tells_who_when_and_why(client: httpx.AsyncClient, operations: dict[str, str]) -> None:
    await client.put(POLICIES, json={"values": {"most_things": 7, "least_things": 2}}, headers=operations | {"If-Match": '"0"'})

    put = await client.put(POLICIES, json={"values": {"most_things": 8}, "reason": "sale"}, headers=operations | {"If-Match": '"1"'})

    assert put.headers["etag"] == '"2"'
    assert put.json() == {
        "version": 2,
        "values": {"most_things": 8, "least_things": 0},
        "at": "2026-03-02T08:00:00Z",
        "by": "u-1",
        "reason": "sale",
    }
    assert (await client.get(POLICIES, headers=operations)).json() == put.json()


async def test_what_was_read_may_be_put_back(client: httpx.AsyncClient, operations: dict[str, str]) -> None:
    read = await client.get(POLICIES, headers=operations)

    put = await client.put(POLICIES, json=read.json() | {"reason": "as it was"}, headers=operations | {"If-Match": read.headers["etag"]})

    assert put.json()["values"] == read.json()["values"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"most": 3}, "values.most"),
        ({"most_things": 11}, "values.most_things"),
        ({"most_things": "many"}, "values.most_things"),
        ({"most_things": 2, "least_things": 3}, "values"),
    ],
)
async def test_what_is_unknown_or_out_of_bounds_is_named(
    client: httpx.AsyncClient, operations: dict[str, str], values: dict[str, object], field: str
) -> None:
    put = await client.put(POLICIES, json={"values": values}, headers=operations | {"If-Match": "*"})

    assert put.status_code == 422
    assert [problem["field"] for problem in put.json()["errors"]] == [field]


async def test_a_change_needs_the_version_it_was_decided_on(client: httpx.AsyncClient, operations: dict[str, str]) -> None:
    missing = await client.put(POLICIES, json={"values": {}}, headers=operations)
    stale = await client.put(POLICIES, json={"values": {}}, headers=operations | {"If-Match": '"3"'})

    assert (missing.status_code, stale.status_code) == (428, 412)


async def test_of_two_changes_at_once_one_is_stale(client: httpx.AsyncClient, operations: dict[str, str]) -> None:
    changes = [client.put(POLICIES, json={"values": {"most_things": most}}, headers=operations | {"If-Match": '"0"'}) for most in (6, 7)]

    answers = await asyncio.gather(*changes)

    assert sorted(answer.status_code for answer in answers) == [200, 412]


async def test_many_stores_are_loaded_at_once(client: httpx.AsyncClient, operations: dict[str, str], toy_database: Database) -> None:
    for version, most in enumerate((6, 7)):
        await client.put(POLICIES, json={"values": {"most_things": most}}, headers=operations | {"If-Match": f'"{version}"'})

    async with toy_database.transaction() as session:
        loaded = await load(session, ToyPolicies, ["demo", "never-seen"])
        newest = await current(session, ToyPolicies, "demo")

    assert loaded == {"demo": ToyPolicies(most_things=7), "never-seen": ToyPolicies()}
    assert (newest.version, newest.values) == (2, ToyPolicies(most_things=7))
