"""One service's HTTP application."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRouter
from pydantic import JsonValue
from sqlalchemy import text
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from shared.auth import api_keys
from shared.auth.api_keys import ApiKeyVerifier
from shared.auth.authenticator import Authenticator
from shared.auth.tokens import TokenVerifier
from shared.clock import Clock, utc_now
from shared.db import Database
from shared.events import registry
from shared.health import Health, health_routes
from shared.http.body import MEBIBYTE
from shared.http.edge import Edge
from shared.http.guard import GuardedRoute, Router, UnguardedEndpoint, know_each_other, public
from shared.http.problems import Problem, answer_http_error
from shared.messaging import api as dead_letters
from shared.service import Service
from shared.settings import Settings
from shared.tasks.api import tasks_router

STORE = "/v1/stores/{store_id}"
_SECURITY_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "An OIDC access token."},
    "api-key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "A storefront's key."},
}


def create_app(
    service: Service,
    settings: Settings,
    database: Database,
    clock: Clock = utc_now,
    *,
    health: Health | None = None,
    authenticator: Authenticator | None = None,
    body_limit: int = MEBIBYTE,
) -> FastAPI:
    """The service's endpoints and those every service has; `app.state` is what they find the database and the clock by."""
    authenticator = authenticator or authenticator_of(settings, database)

    @asynccontextmanager
    async def until_stopped(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await authenticator.close()

    app = FastAPI(
        title=f"Kefu {service.name}",
        servers=[{"url": settings.public_url}] if settings.public_url else None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=until_stopped,
        middleware=[Middleware(Edge)],
        exception_handlers={HTTPException: answer_http_error, RequestValidationError: answer_http_error},
        # FastAPI's own spans carry paths and queries; Edge tells templates
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.service = service
    app.state.database = database
    app.state.clock = clock
    app.state.authenticator = authenticator
    app.state.body_limit = body_limit
    tasks = [tasks_router(service.tasks)] if service.tasks is not None else []
    mounted = _mounted(STORE, [*service.routers, *tasks, api_keys.router])
    mounted += _mounted("", [*service.public_routers, dead_letters.router, _schemas])
    know_each_other(mounted)
    app.router.routes.extend(mounted)
    app.router.routes.extend(health_routes(health or _health_of(database)))
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def authenticator_of(settings: Settings, database: Database) -> Authenticator:
    return Authenticator(TokenVerifier(settings.oidc_issuer, settings.oidc_audience), ApiKeyVerifier(database))


def _mounted(prefix: str, routers: Iterable[APIRouter]) -> list[GuardedRoute]:
    routes = [route for router in routers for route in router.routes]
    for route in routes:
        if not isinstance(route, GuardedRoute):
            raise UnguardedEndpoint(f"{route} is not a route of shared.http.Router")
    return [route.below(prefix) for route in routes if isinstance(route, GuardedRoute)]


def _health_of(database: Database) -> Health:
    async def answers() -> str | None:
        async with database.engine.connect() as connection:
            await connection.execute(text("select"))
        return None

    return Health(startup=answers, ready=answers)


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        described = get_openapi(title=app.title, version=app.version, routes=app.routes, servers=app.servers or None)
        components = described.setdefault("components", {})
        components["securitySchemes"] = _SECURITY_SCHEMES
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
        components.setdefault("schemas", {}).update({**problem.pop("$defs"), "Problem": problem})
        app.openapi_schema = described
    return app.openapi_schema


_schemas = Router(tags=["Events"])


@_schemas.get("/schemas/{name}.json", dependencies=[public()])
async def show_schema(name: str) -> dict[str, JsonValue]:
    """The JSON Schema of an event, as `ce_dataschema` names it."""
    try:
        return registry.schema(name)
    except KeyError:
        raise HTTPException(404, "there is no such event") from None
