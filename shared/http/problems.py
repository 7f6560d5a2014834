"""Every error as RFC 9457 `application/problem+json`: it names fields and rules, and repeats nothing that was sent."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

import orjson
import structlog
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from shared.auth.actor import NoValidToken
from shared.db import is_transient
from shared.errors import BusinessError, FieldProblem, Overtaken
from shared.events.malformed import problem as field_problem

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "1"

_log = structlog.get_logger(__name__)


class FieldProblemOut(BaseModel):
    field: str
    rule: str
    message: str


class Problem(BaseModel):
    """Why a request was refused (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblemOut]


async def answer_http_error(_request: Request, error: Exception) -> Response:
    """Starlette's own refusals, and FastAPI's of bodies and parameters."""
    return problem_of(error)


def problem_of(error: Exception) -> Response:
    match error:
        case BusinessError():
            return _problem(error.status, error.detail, kind=error.type(), fields=error.fields)
        case RequestValidationError():
            return _problem(
                422, "the request is malformed", kind="malformed-request", fields=[_of_part(detail) for detail in error.errors()]
            )
        case HTTPException():
            return _problem(error.status_code, error.detail, headers=error.headers)
        case NoValidToken():
            return _problem(401, "a valid access token or API key is needed", headers={"WWW-Authenticate": "Bearer"})
        case Overtaken():
            return _problem(409, "somebody else was first; look again", kind="overtaken")
        case _:
            return _failure(error)


def _failure(error: Exception) -> Response:
    if is_transient(error):
        _log.warning("request put off", error=type(error).__name__)
        return _problem(503, "not able to answer right now; try again", headers={"Retry-After": RETRY_AFTER})
    _log.error("request failed", exc_info=error)
    return _problem(500, "this is our fault; it was written down")


def _of_part(detail: dict[str, object]) -> FieldProblem:
    """Fields are named as the sender knows them, without the part of the request they stand in; the body itself is called `body`."""
    match detail["loc"]:
        case ("body", *path) if (path and detail["type"] != "json_invalid") or "field" in detail.get("ctx", ()):  # type: ignore[operator]
            location = tuple(path)
        case (part, *path) if part != "body":
            location = tuple(path)
        case _:
            location = ("body",)
    return field_problem({**detail, "loc": location})  # type: ignore[typeddict-item]


def _problem(
    status: int, detail: str, *, kind: str | None = None, fields: Sequence[FieldProblem] = (), headers: Mapping[str, str] | None = None
) -> Response:
    kind = kind or HTTPStatus(status).phrase.lower().replace(" ", "-")
    errors = [{"field": problem.field, "rule": problem.rule, "message": problem.message} for problem in fields]
    told = {"type": kind, "title": kind.replace("-", " ").capitalize(), "status": status, "detail": detail, "errors": errors}
    return Response(orjson.dumps(told), status, headers, MEDIA_TYPE)
