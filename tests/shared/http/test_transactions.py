import httpx
from fastapi import FastAPI
from sqlalchemy import text
from starlette.types import Message, Receive, Scope, Send

from deploy.local.issuer import Issuer
from shared.db import Database
from tests.identity import as_role
from tests.shared.toy import client_of

THINGS = "/v1/stores/demo/things"


async def _count(database: Database) -> int:
    async with database.engine.connect() as connection:
        return int(await connection.scalar(text("select count(*) from things")) or 0)


async def test_what_a_request_did_is_committed_before_its_answer_leaves(app: FastAPI, toy_database: Database, issuer: Issuer) -> None:
    committed: list[int] = []

    async def looking(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_after_looking(message: Message) -> None:
            if message["type"] == "http.response.start":
                committed.append(await _count(toy_database))
            await send(message)

        await app(scope, receive, send_after_looking)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(looking), base_url="http://toy") as client:
        await client.post(THINGS, json={"thing_id": "1", "note": ""}, headers=as_role(issuer, "agent"))
        await client.post(THINGS, json={"thing_id": "2", "note": ""}, headers=as_role(issuer, "agent") | {"Idempotency-Key": "k"})

    assert committed == [1, 2]


async def test_what_a_failed_request_did_is_rolled_back(app: FastAPI, toy_database: Database, issuer: Issuer) -> None:
    async with client_of(app) as client:
        for headers in ({}, {"Idempotency-Key": "k"}):
            await client.post("/v1/stores/demo/mistakes/bug", headers=as_role(issuer, "agent") | headers)

    assert await _count(toy_database) == 0


async def test_a_resource_answers_with_its_version_as_etag(client: httpx.AsyncClient, issuer: Issuer) -> None:
    agent = as_role(issuer, "agent")

    created = await client.post(THINGS, json={"thing_id": "1", "note": ""}, headers=agent)
    read = await client.get(f"{THINGS}/1", headers=agent)
    listed = await client.get(THINGS, headers=agent)

    assert (created.status_code, created.headers["etag"], read.headers["etag"]) == (201, '"1"', '"1"')
    assert "etag" not in listed.headers
