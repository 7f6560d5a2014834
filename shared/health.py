"""Probes and figures, for the api and, as an application of their own, for the processes that serve nothing else."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Check = Callable[[], Awaitable[str | None]]
"""What is wrong, or None."""


async def fine() -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Health:
    """`startup`: the schema is the one this code needs; `live`: this process gets on, whatever others do; `ready`: it can work."""

    startup: Check = fine
    live: Check = fine
    ready: Check = fine


HEALTH_PATHS = ("/healthz/startup", "/healthz/live", "/healthz/ready", "/metrics")


def health_routes(health: Health) -> list[Route]:
    endpoints = (_probe(health.startup), _probe(health.live), _probe(health.ready), _metrics)
    return [Route(path, endpoint) for path, endpoint in zip(HEALTH_PATHS, endpoints, strict=True)]


def health_app(health: Health) -> Starlette:
    """Loads nothing of what answers requests: a relay is small."""
    return Starlette(routes=health_routes(health))


def _probe(check: Check) -> Callable[[Request], Awaitable[Response]]:
    async def probe(_request: Request) -> Response:
        wrong = await check()
        return JSONResponse({"status": "ok"}) if wrong is None else _not_now(wrong)

    return probe


def _not_now(wrong: str) -> Response:
    told = {"type": "service-unavailable", "title": "Service unavailable", "status": 503, "detail": wrong, "errors": []}
    return JSONResponse(told, 503, media_type="application/problem+json")


async def _metrics(_request: Request) -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
