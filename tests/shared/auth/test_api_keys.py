import asyncio

import httpx
import pytest
from sqlalchemy import text

from deploy.local.issuer import Issuer
from shared.auth import Actor, Role
from shared.auth.actor import NoValidToken
from shared.auth.api_keys import TRUSTED_FOR, ApiKeyVerifier, issue
from shared.clock import utc_now
from shared.db import Database
from tests.identity import as_role

KEYS = "/v1/stores/demo/api-keys"


@pytest.fixture
def admin(issuer: Issuer) -> dict[str, str]:
    return as_role(issuer, "admin")


async def test_a_key_makes_the_caller_its_storefront_in_its_store_only(client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    shown = await client.post(KEYS, json={"name": "main shop"}, headers=admin)
    key = {"X-API-Key": shown.json()["secret"]}

    me = await client.get("/v1/stores/demo/me", headers=key)
    elsewhere = await client.get("/v1/stores/other/me", headers=key)
    not_a_storefronts = await client.get("/v1/stores/demo/things", headers=key)

    assert (shown.status_code, shown.headers["cache-control"]) == (201, "no-store")
    assert me.json() == {"sub": "storefront:demo", "name": "main shop", "roles": "storefront"}
    assert (elsewhere.status_code, not_a_storefronts.status_code) == (404, 403)


async def test_the_secret_is_shown_once_and_kept_nowhere(client: httpx.AsyncClient, admin: dict[str, str], toy_database: Database) -> None:
    idempotent = admin | {"Idempotency-Key": "k"}
    secret = (await client.post(KEYS, headers=idempotent)).json()["secret"]

    again = await client.post(KEYS, headers=idempotent)
    listed = await client.get(KEYS, headers=admin)
    async with toy_database.engine.connect() as connection:
        kept = [str((await connection.execute(text(f"select * from {name}"))).all()) for name in ("api_keys", "idempotency_keys", "audit")]

    assert (again.status_code, again.json()["type"]) == (409, "answer-shown-once")
    assert len(listed.json()["items"]) == 1
    assert secret not in listed.text
    assert not any(secret.rpartition("_")[2] in rows for rows in kept)


async def test_two_may_be_active_and_a_revoked_one_makes_room(client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    keys = [(await client.post(KEYS, json={}, headers=admin)).json() for _ in range(2)]

    third = await client.post(KEYS, headers=admin)
    revoked = await client.delete(f"{KEYS}/{keys[0]['key_id']}", headers=admin)
    twice = await client.delete(f"{KEYS}/{keys[0]['key_id']}", headers=admin)
    fourth = await client.post(KEYS, headers=admin)

    assert [third.status_code, revoked.status_code, twice.status_code, fourth.status_code] == [409, 204, 404, 201]


async def test_two_at_most_even_when_asked_at_once(client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    answers = await asyncio.gather(*(client.post(KEYS, headers=admin) for _ in range(6)))

    assert sum(answer.status_code == 201 for answer in answers) <= 2
    assert {answer.status_code for answer in answers} == {201, 409}


async def test_a_revoked_key_is_refused_within_ten_seconds(toy_database: Database) -> None:
    now = [0.0]
    verifier = ApiKeyVerifier(toy_database, monotonic=lambda: now[0])
    admin = Actor("u-1", "n", frozenset({Role.ADMIN}), frozenset({"demo"}))
    async with toy_database.transaction() as session:
        shown = await issue(session, "demo", name="n", reason="", by=admin, now=utc_now())
    await verifier.actor(shown.secret)
    async with toy_database.transaction() as session:
        await session.execute(text("update api_keys set revoked_at = now()"))

    await verifier.actor(shown.secret)
    now[0] += TRUSTED_FOR

    with pytest.raises(NoValidToken):
        await verifier.actor(shown.secret)


async def test_a_key_that_is_not_ours_is_refused(client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    secret = (await client.post(KEYS, headers=admin)).json()["secret"]
    forgeries = [secret[:-1] + ("A" if secret[-1] != "A" else "B"), secret.replace("demo", "other"), "kefu_demo_x_y", "x", ""]

    for forgery in forgeries:
        answer = await client.get("/v1/stores/demo/me", headers={"X-API-Key": forgery})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


async def test_issuing_and_revoking_are_audited(client: httpx.AsyncClient, admin: dict[str, str], toy_database: Database) -> None:
    key_id = (await client.post(KEYS, json={"reason": "new shop"}, headers=admin)).json()["key_id"]
    await client.delete(f"{KEYS}/{key_id}", headers=admin)

    async with toy_database.engine.connect() as connection:
        entries = await connection.execute(text("select store_id, by, action, subject, reason from audit order by id"))

    assert [tuple(entry) for entry in entries] == [
        ("demo", "u-1", "issue-api-key", key_id, "new shop"),
        ("demo", "u-1", "revoke-api-key", key_id, ""),
    ]
