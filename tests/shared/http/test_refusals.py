"""The order of refusals, and what they say."""

from collections.abc import AsyncIterator

import httpx
import pytest
from structlog.testing import capture_logs

from deploy.local.issuer import Issuer
from tests.identity import as_role

THINGS = "/v1/stores/demo/things"
BIG = b'{"note": "' + b"x" * 1_100_000 + b'"}'


@pytest.mark.parametrize(
    ("role", "store", "body", "status"),
    [
        pytest.param(None, "none", BIG, 401, id="no token comes before everything"),
        pytest.param("agent", "other", BIG, 404, id="another's store comes before the body's size"),
        pytest.param("finance", "other", BIG, 404, id="another's store comes before the role"),
        pytest.param("finance", "demo", BIG, 403, id="the role comes before the body's size"),
        pytest.param("agent", "demo", BIG, 413, id="the size comes before the body's form"),
        pytest.param("agent", "demo", b"{", 422, id="the body's form comes before whether there is such a thing"),
        pytest.param("agent", "demo", b'{"note": "b"}', 404, id="whether there is such a thing comes before the version"),
    ],
)
async def test_refusals_come_in_the_promised_order(
    client: httpx.AsyncClient, issuer: Issuer, role: str | None, store: str, body: bytes, status: int
) -> None:
    identity = as_role(issuer, role) if role else {}

    answer = await client.post(
        f"/v1/stores/{store}/things/none/note", content=body, headers={**identity, "Content-Type": "application/json"}
    )

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


@pytest.mark.parametrize(
    ("if_match", "note", "status"),
    [
        (None, "a", 428),
        ('"7"', "a", 412),
        ('"1"', "a", 409),
        ('"1"', "b", 200),
        ('W/"1"', "b", 200),
        ('"7", "1"', "b", 200),
        ("*", "b", 200),
        ("1", "b", 422),
        ("", "b", 422),
        ('"1', "b", 422),
        ('"x"', "b", 412),
    ],
)
async def test_if_match_is_checked_before_the_rules(
    client: httpx.AsyncClient, issuer: Issuer, if_match: str | None, note: str, status: int
) -> None:
    agent = as_role(issuer, "agent")
    await client.post(THINGS, json={"thing_id": "t", "note": "a"}, headers=agent)

    answer = await client.post(
        f"{THINGS}/t/note", json={"note": note}, headers=agent | ({"If-Match": if_match} if if_match is not None else {})
    )

    assert answer.status_code == status
    assert answer.headers.get("etag") == ('"2"' if status == 200 else None)


@pytest.mark.parametrize("store", ["UPPER", "-demo", "a" * 64, "de.mo"])
async def test_a_malformed_store_is_not_found_even_by_the_operator(offline_client: httpx.AsyncClient, issuer: Issuer, store: str) -> None:
    answer = await offline_client.get(f"/v1/stores/{store}/me", headers=as_role(issuer, "admin", stores=("*",)))

    assert answer.status_code == 404


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_over_the_limit_is_refused_however_it_is_sent(
    offline_client: httpx.AsyncClient, issuer: Issuer, *, chunked: bool
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(BIG), 65536):
            yield BIG[start : start + 65536]

    answer = await offline_client.post(THINGS, content=pieces() if chunked else BIG, headers=as_role(issuer, "agent"))

    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_path_may_take_larger_bodies(offline_client: httpx.AsyncClient, issuer: Issuer) -> None:
    answer = await offline_client.post("/v1/stores/demo/imports", json={"all": "x" * 1_500_000}, headers=as_role(issuer, "agent"))

    assert answer.json() == 1_500_000


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b'{"thing_id": "t", "note": 987654321}', ["note"]),
        (b'{"note": "987654321987654321987654321"}', ["thing_id", "note"]),
        (b'{"thing_id": "t", "note": "987654321", 987654321}', ["body"]),
        (b'"987654321"', ["body"]),
        (b"987654321", ["body"]),
        (b'\xff"987654321"', ["body"]),
        (b'{"thing_id": NaN, "note": "987654321"}', ["body"]),
        (b'{"thing_id": "987654321\\u0000", "note": "n"}', ["thing_id"]),
        (b'{"thing_id": "\\ud800", "note": "987654321"}', ["body"]),
        (b"[" * 100_000, ["body"]),
        (b"", ["body"]),
    ],
)
async def test_a_malformed_body_names_its_fields_and_echoes_nothing(
    offline_client: httpx.AsyncClient, issuer: Issuer, body: bytes, fields: list[str]
) -> None:
    answer = await offline_client.post(THINGS, content=body, headers=as_role(issuer, "agent") | {"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert [problem["field"] for problem in answer.json()["errors"]] == fields
    assert "987654321" not in answer.text


@pytest.mark.parametrize(
    "path", ["things/a%00b", "things/a%0Ab", f"things/{'x' * 65}", "things?cursor=%00", "things?limit=201", "things?cursor=abc"]
)
async def test_malformed_ids_and_parameters_are_unprocessable(client: httpx.AsyncClient, issuer: Issuer, path: str) -> None:
    answer = await client.get(f"/v1/stores/demo/{path}", headers=as_role(issuer, "agent"))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] in {"thing_id", "cursor", "limit"}


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nowhere", 404), ("PATCH", THINGS, 405), ("GET", "/schemas/nothing.json", 404)]
)
async def test_what_the_framework_refuses_is_a_problem_too(offline_client: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    answer = await offline_client.request(method, path)

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.headers["traceparent"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", THINGS, "GET, POST"),
        ("OPTIONS", "/v1/stores/demo/policies", "GET, PUT"),
        ("GET", "/v1/dead-letters/replay", "POST"),
        ("DELETE", "/v1/dead-letters/0198c0de-0000-7000-8000-000000000000", "GET"),
    ],
)
async def test_a_method_a_path_does_not_take_is_answered_with_all_it_takes(
    offline_client: httpx.AsyncClient, method: str, path: str, allowed: str
) -> None:
    answer = await offline_client.request(method, path)

    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


async def test_a_bug_is_logged_once_and_not_told(client: httpx.AsyncClient, issuer: Issuer) -> None:
    with capture_logs() as logged:
        answer = await client.post("/v1/stores/demo/mistakes/bug", headers=as_role(issuer, "agent"))

    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert [entry["log_level"] for entry in logged] == ["error"]


async def test_being_overtaken_is_a_conflict(client: httpx.AsyncClient, issuer: Issuer) -> None:
    answer = await client.post("/v1/stores/demo/mistakes/overtaken", headers=as_role(issuer, "agent"))

    assert answer.status_code == 409


async def test_without_postgres_the_answer_is_to_try_again(offline_client: httpx.AsyncClient, issuer: Issuer) -> None:
    answer = await offline_client.get(THINGS, headers=as_role(issuer, "agent"))

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_an_incoming_trace_is_continued(offline_client: httpx.AsyncClient) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"

    answer = await offline_client.get("/s/abc", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})

    assert answer.headers["traceparent"].split("-")[1] == trace
    assert answer.headers["traceparent"].split("-")[2] != "b7ad6b7169203331"
