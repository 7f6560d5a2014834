"""Reading a request's body: never more than the limit, as JSON, without U+0000."""

import orjson
from pydantic import BaseModel, JsonValue
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from shared.errors import FieldProblem, Unprocessable
from shared.events.base import known_names
from shared.events.malformed import holds_nul, nul_problem

MEBIBYTE = 1024 * 1024


class MalformedText(Unprocessable):
    """U+0000, which no text may hold."""


class LimitedRequest(Request):
    def __init__(self, scope: Scope, receive: Receive, limit: int) -> None:
        super().__init__(scope, _limited(receive, limit))
        declared = self.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            raise _too_large()

    async def json(self) -> JsonValue:
        """Stricter than Python's own: no NaN, no lone surrogates, no endless nesting."""
        value: JsonValue = orjson.loads(await self.body())
        return value


def _limited(receive: Receive, limit: int) -> Receive:
    taken = 0

    async def receive_within_limit() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise _too_large()
        return message

    return receive_within_limit


def _too_large() -> HTTPException:
    return HTTPException(413, "the body is larger than this path takes", headers={"Connection": "close"})


async def refuse_nul(request: Request, body_model: object) -> None:
    if "\0" in request.scope["path"] or b"%00" in request.scope["query_string"]:
        named = {**request.path_params, **request.query_params}
        raise _nul(FieldProblem(next((name for name, text in named.items() if "\0" in text), ""), "nul", "must not hold U+0000"))
    body = await request.body()
    if holds_nul(body):
        raise _nul(nul_problem(_parsed(body), _names(body_model)))


def _nul(problem: FieldProblem) -> MalformedText:
    return MalformedText("no text may hold U+0000", [problem])


def _names(body_model: object) -> frozenset[str]:
    return known_names(body_model) if isinstance(body_model, type) and issubclass(body_model, BaseModel) else frozenset()


def _parsed(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
