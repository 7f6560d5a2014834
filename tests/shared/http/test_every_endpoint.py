import httpx
import pytest
from fastapi import FastAPI
from fastapi.params import Depends

from deploy.local.issuer import Issuer
from shared.auth import Role
from shared.http import Router, Session, allow, public
from shared.http.app import STORE
from shared.http.guard import GuardedRoute, UnguardedEndpoint
from tests.endpoints import misjudged, unguarded_paths, visits
from tests.identity import as_role


async def test_every_endpoint_lets_in_whom_it_declares(client: httpx.AsyncClient, app: FastAPI, issuer: Issuer) -> None:
    shown = await client.post("/v1/stores/demo/api-keys", headers=as_role(issuer, "admin"))
    walk = list(visits(app, issuer, storefront_key=shown.json()["secret"]))

    assert len(walk) > 400
    assert await misjudged(client, iter(walk)) == []


def test_no_endpoint_is_without_a_guard(app: FastAPI) -> None:
    assert unguarded_paths(app) == set()


def test_endpoints_are_mounted_below_the_store_and_public_ones_at_the_root(app: FastAPI) -> None:
    below = {route.path for route in app.routes if isinstance(route, GuardedRoute) and route.path.startswith(STORE)}

    assert {f"{STORE}/things", f"{STORE}/api-keys", f"{STORE}/policies"} <= below
    assert not {f"{STORE}/s/{{token}}", f"{STORE}/v1/everything"} & below


@pytest.mark.parametrize("dependencies", [[], [allow(Role.AGENT), public()]])
def test_an_endpoint_that_does_not_say_once_who_may_call_it_cannot_be_written(dependencies: list[Depends]) -> None:
    router = Router()

    async def endpoint(session: Session) -> None: ...

    with pytest.raises(UnguardedEndpoint, match="endpoint must"):
        router.get("/x", dependencies=dependencies)(endpoint)


def test_an_endpoint_that_would_block_the_process_cannot_be_written() -> None:
    router = Router()

    with pytest.raises(UnguardedEndpoint):
        router.get("/x", dependencies=[public()])(lambda: None)
