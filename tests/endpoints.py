"""A walk over all endpoints of an application: who gets past the door is what stands beside the path."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
from fastapi import FastAPI

from deploy.local.issuer import Issuer
from shared.auth import STAFF, Role
from shared.health import HEALTH_PATHS
from shared.http.guard import Guard, GuardedRoute
from tests.identity import as_role

DOCUMENTS = {"/openapi.json", "/docs", "/docs/oauth2-redirect"}
PAST_THE_DOOR = 0


@dataclass(frozen=True)
class Visit:
    """One caller at one endpoint, and what the door should say; PAST_THE_DOOR: anything but 401 and 403."""

    method: str
    path: str
    headers: dict[str, str]
    expected: int
    who: str


def unguarded_paths(app: FastAPI) -> set[str]:
    """Paths that nobody said the callers of, health and documents apart."""
    known = {*DOCUMENTS, *HEALTH_PATHS}
    return {str(getattr(route, "path", route)) for route in app.routes if not isinstance(route, GuardedRoute)} - known


def visits(app: FastAPI, issuer: Issuer, *, storefront_key: str | None = None) -> Iterator[Visit]:
    """Every endpoint as nobody, and as every role with the store `demo`, with another one and with all."""
    callers = list(_callers(issuer, storefront_key))
    for route in (route for route in app.routes if isinstance(route, GuardedRoute)):
        path = re.sub(r"\{[^}]*\}", "0198c0de-0000-7000-8000-000000000000", route.path.replace("{store_id}", "demo"))
        for method in sorted(set(route.methods or ()) - {"HEAD"}):
            for role, stores, headers in callers:
                yield Visit(
                    method, path, headers, _expected(route.guard, role, stores), f"{role or 'nobody'} of {', '.join(stores) or 'none'}"
                )


async def misjudged(client: httpx.AsyncClient, walk: Iterator[Visit]) -> list[str]:
    """What the door said otherwise than declared. The bodies are empty objects, so nothing is done."""
    found = []
    for visit in walk:
        answer = await client.request(
            visit.method, visit.path, json=[] if visit.method in {"POST", "PUT", "PATCH"} else None, headers=visit.headers
        )
        right = answer.status_code not in (401, 403) if visit.expected == PAST_THE_DOOR else answer.status_code == visit.expected
        if not right:
            found.append(f"{visit.method} {visit.path} as {visit.who}: {answer.status_code} instead of {visit.expected}")
    return found


def _callers(issuer: Issuer, storefront_key: str | None) -> Iterator[tuple[Role | None, tuple[str, ...], dict[str, str]]]:
    yield None, (), {}
    for role in sorted(STAFF):
        for stores in (("demo",), ("other",), ("*",)):
            yield role, stores, as_role(issuer, role, stores=stores)
    if storefront_key:
        yield Role.STOREFRONT, ("demo",), {"X-API-Key": storefront_key}


def _expected(guard: Guard, role: Role | None, stores: tuple[str, ...]) -> int:
    if guard.roles is None:
        return PAST_THE_DOOR
    if role is None:
        return 401
    if guard.everywhere:
        return PAST_THE_DOOR if role is Role.ADMIN and stores == ("*",) else 403
    if stores == ("other",):
        return 404
    return PAST_THE_DOOR if role in {*guard.roles, Role.ADMIN} else 403
