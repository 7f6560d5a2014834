import time

from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.problems import problem_of
from shared.telemetry import current_traceparent, metrics, span

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_NO_ROUTE = "none"


class Edge:
    """The outermost of our own: trace and measure every request, and answer every error. Tells templates, never paths or queries."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in _METHODS else "other"
        started = time.perf_counter()
        with span(method, Headers(scope=scope).get("traceparent"), kind=SpanKind.SERVER) as current:
            status = await self._answered(scope, receive, send)
            route = getattr(scope.get("route"), "path_format", _NO_ROUTE)
            current.update_name(f"{method} {route}")
            current.set_attributes({"http.request.method": method, "http.route": route, "http.response.status_code": status})
        metrics.http_duration.labels(method, route).observe(time.perf_counter() - started)
        metrics.http_requests.labels(method, route, str(status)).inc()

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> int:
        """The status that was sent; 499 where the client went away first."""
        status = 0
        traceparent = (b"traceparent", current_traceparent().encode())

        async def send_traced(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], traceparent]
            await send(message)

        try:
            await self.app(scope, receive, send_traced)
        except ClientDisconnect:
            return 499
        except Exception as error:
            response = problem_of(error)
            if status:
                raise
            await response(scope, receive, send_traced)
        return status
