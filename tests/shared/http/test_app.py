import httpx
from fastapi import FastAPI
from prometheus_client import REGISTRY

from deploy.local.issuer import Issuer
from shared.db import Database
from shared.health import Health, health_app
from shared.http.app import create_app
from shared.settings import Settings
from tests.identity import as_role
from tests.shared import toy


async def _broken() -> str | None:
    return "the schema is older than this code"


async def test_openapi_describes_identity_problems_and_keys(offline_client: httpx.AsyncClient) -> None:
    described = (await offline_client.get("/openapi.json")).json()
    post = described["paths"]["/v1/stores/{store_id}/things"]["post"]

    assert post["security"] == [{"token": []}, {"api-key": []}]
    assert "security" not in described["paths"]["/s/{token}"]["get"]
    assert {"token", "api-key"} <= described["components"]["securitySchemes"].keys()
    assert post["responses"]["4XX"]["content"]["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/Problem"}
    assert "422" not in post["responses"]
    assert "Idempotency-Key" in {parameter["name"] for parameter in post["parameters"]}
    note = described["paths"]["/v1/stores/{store_id}/things/{thing_id}/note"]["post"]
    assert {parameter["name"]: parameter["in"] for parameter in note["parameters"]} == {
        "store_id": "path",
        "thing_id": "path",
        "If-Match": "header",
        "Idempotency-Key": "header",
    }
    assert (await offline_client.get("/docs")).status_code == 200


async def test_schemas_of_events_are_served_where_events_point(offline_client: httpx.AsyncClient) -> None:
    schema = (await offline_client.get("/schemas/order-placed.json")).json()

    assert schema["$id"] == "/schemas/order-placed.json"


async def test_metrics_tell_templates_never_paths(offline_client: httpx.AsyncClient, issuer: Issuer) -> None:
    await offline_client.get("/v1/stores/secret-store/me?email=li@example.com", headers=as_role(issuer, "agent"))
    await offline_client.get("/li-lei")

    told = (await offline_client.get("/metrics")).text

    assert 'route="/v1/stores/{store_id}/me",status="404"' in told
    assert 'route="none",status="404"' in told
    assert not any(personal in told for personal in ("secret-store", "example.com", "li-lei"))
    assert REGISTRY.get_sample_value("kefu_http_request_duration_seconds_count", {"method": "GET", "route": "/v1/stores/{store_id}/me"})


async def test_a_process_is_ready_when_its_database_answers(client: httpx.AsyncClient, offline_client: httpx.AsyncClient) -> None:
    assert [(await client.get(f"/healthz/{probe}")).status_code for probe in ("startup", "live", "ready")] == [200, 200, 200]
    assert [(await offline_client.get(f"/healthz/{probe}")).status_code for probe in ("startup", "live", "ready")] == [503, 200, 503]


async def test_probes_tell_what_is_wrong(issuer: Issuer) -> None:
    apps = [health_app(Health(startup=_broken)), _app_with(issuer, Health(startup=_broken))]

    for app in apps:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://toy") as client:
            answer = await client.get("/healthz/startup")

            assert (answer.status_code, answer.json()["detail"]) == (503, "the schema is older than this code")
            assert (await client.get("/healthz/live")).status_code == 200
            assert "kefu_http_requests_total" in (await client.get("/metrics")).text


def _app_with(issuer: Issuer, health: Health) -> FastAPI:
    database = Database("postgresql://nobody:x@127.0.0.1:1/none", name="toy")
    return create_app(toy.service, Settings(oidc_issuer=issuer.url), database, health=health)


async def test_an_unreachable_issuer_is_a_reason_to_try_again() -> None:
    app = create_app(
        toy.service, Settings(oidc_issuer="http://127.0.0.1:1"), Database("postgresql://nobody:x@127.0.0.1:1/none", name="toy")
    )

    async with toy.client_of(app) as client:
        answer = await client.get("/v1/stores/demo/me", headers={"Authorization": "Bearer eyJhbGciOiJSUzI1NiJ9.e30.AAAA"})

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
