"""Who may call a path stands beside it, and is decided before a byte of the body is read."""

import inspect
import re
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any

from fastapi import APIRouter, Depends, params
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from shared import idempotency
from shared.auth.actor import Actor, Role
from shared.errors import Forbidden, NotFound
from shared.events.fields import STORE_ID_PATTERN
from shared.http.body import LimitedRequest, refuse_nul
from shared.http.preconditions import etag

PROBLEM = {"description": "Refused, and why", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}

_STORE_ID = re.compile(STORE_ID_PATTERN)
_SECURITY: list[dict[str, list[str]]] = [{"token": []}, {"api-key": []}]
_IDEMPOTENCY_KEY = {
    "name": idempotency.HEADER,
    "in": "header",
    "description": "The same key and request within 24 hours: done once, answered alike.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
_answered_version: ContextVar[int | None] = ContextVar("answered_version", default=None)

Answer = Callable[[LimitedRequest], Awaitable[Response]]


class UnguardedEndpoint(TypeError):
    """An endpoint must say once who may call it: allow(…), operator() or public()."""


@dataclass(frozen=True, slots=True)
class Guard:
    """`roles` None: anybody may call, without a token. `everywhere`: only the operator, who serves every store."""

    roles: frozenset[Role] | None
    everywhere: bool = False

    async def admit(self, request: Request) -> None:
        """401, then 404 for a store that is not the caller's, then 403."""
        if self.roles is None:
            return
        actor: Actor = await request.app.state.authenticator.actor(request.headers)
        request.state.actor = actor
        if not self.everywhere:
            store_id = request.path_params["store_id"]
            if not _STORE_ID.fullmatch(store_id) or not actor.serves(store_id):
                raise NotFound("there is no such store")
        if not (actor.is_operator if self.everywhere else actor.may_act_as(self.roles)):
            raise Forbidden("your role may not do this")

    async def __call__(self) -> None:
        """Admitting is the route's work, this only lets the guard stand among the dependencies."""


def allow(*roles: Role) -> params.Depends:
    """Callers with one of these roles, and admins, in their own stores."""
    return params.Depends(Guard(frozenset(roles)))


def operator() -> params.Depends:
    """Admins of every store; for what belongs to none, such as dead letters."""
    return params.Depends(Guard(frozenset(), everywhere=True))


def public() -> params.Depends:
    """Anybody, without a token."""
    return params.Depends(Guard(None))


async def _caller(request: Request) -> Actor:
    actor: Actor = request.state.actor
    return actor


Caller = Annotated[Actor, Depends(_caller)]


class GuardedRoute(APIRoute):
    """A route that knows who may call it. It takes over FastAPI's `max_body_size`, whose own check answers before the guard could."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self._declared = (path, endpoint, dict(options))
        dependencies = options.pop("dependencies", None) or []
        guards = [wanted.dependency for wanted in dependencies if isinstance(wanted.dependency, Guard)]
        if len(guards) != 1 or not inspect.iscoroutinefunction(endpoint):
            raise UnguardedEndpoint(f"{endpoint.__qualname__} must be async and have one of allow(…), operator(), public() beside it")
        self.guard = guards[0]
        self.body_limit: int | None = options.pop("max_body_size", None)
        options["dependencies"] = [wanted for wanted in dependencies if wanted.dependency is not self.guard]
        options["responses"] = {"4XX": PROBLEM, "5XX": PROBLEM, **(options.get("responses") or {})}
        options["openapi_extra"] = {**_documented(self.guard, options.get("methods") or ()), **(options.get("openapi_extra") or {})}
        super().__init__(path, _remembering_version(endpoint), **options)
        self.methods_of_path = frozenset(self.methods or ())

    def below(self, prefix: str) -> "GuardedRoute":
        """The same route under a prefix; flat routes are matched once, and know their whole template."""
        path, endpoint, options = self._declared
        return GuardedRoute(prefix + path, endpoint, **options)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """A method that none of its path's routes takes ends the search: what is literal here is no id of a path below."""
        match, child = super().matches(scope)
        return (Match.FULL, child) if match is Match.PARTIAL and scope["method"] not in self.methods_of_path else (match, child)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in self.methods_of_path:
            raise HTTPException(405, headers={"Allow": ", ".join(sorted(self.methods_of_path))})
        await super().handle(scope, receive, send)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = _tagging(super().get_route_handler())
        body_model = self.body_field.field_info.annotation if self.body_field else None

        async def guarded(request: Request) -> Response:
            await self.guard.admit(request)
            limit = request.app.state.body_limit if self.body_limit is None else self.body_limit
            admitted = LimitedRequest(request.scope, request.receive, limit)
            await refuse_nul(admitted, body_model)
            key = request.headers.get(idempotency.HEADER) if request.method == "POST" else None
            if key is None:
                return await answer(admitted)
            return await idempotency.once(admitted, caller=_name_of_caller(request), key=key, answer=answer)

        return guarded


def know_each_other(routes: Sequence[GuardedRoute]) -> None:
    """Those of one path answer 405 alike, with the methods of all in `Allow`."""
    methods: dict[str, frozenset[str]] = {}
    for route in routes:
        methods[route.path] = methods.get(route.path, frozenset()) | frozenset(route.methods or ())
    for route in routes:
        route.methods_of_path = methods[route.path]


class Router(APIRouter):
    """Of a service's endpoints. Where it is mounted is the application's business: no path spells the prefix."""

    def __init__(self, **options: Any) -> None:
        super().__init__(route_class=GuardedRoute, **options)


def _name_of_caller(request: Request) -> str:
    actor: Actor | None = getattr(request.state, "actor", None)
    return actor.sub if actor else ""


def _documented(guard: Guard, methods: Any) -> dict[str, Any]:
    security = {} if guard.roles is None else {"security": _SECURITY}
    return {**security, "parameters": [_IDEMPOTENCY_KEY]} if "POST" in methods else security


def _remembering_version(endpoint: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
    @wraps(endpoint)
    async def answer(*args: object, **values: object) -> object:
        resource = await endpoint(*args, **values)
        _answered_version.set(getattr(resource, "version", None))
        return resource

    return answer


def _tagging(handle: Callable[[Request], Awaitable[Response]]) -> Answer:
    """A resource that has a version answers with its ETag."""

    async def answer(request: LimitedRequest) -> Response:
        _answered_version.set(None)
        response = await handle(request)
        version = _answered_version.get()
        if isinstance(version, int):
            response.headers["etag"] = etag(version)
        return response

    return answer
