"""A POST sent twice under one `Idempotency-Key` has its effect once and gets the same answer twice, for 24 hours."""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import TypeVar

from sqlalchemy import Column, DateTime, Index, LargeBinary, MetaData, RowMapping, SmallInteger, Table, Text, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from shared.db import Database
from shared.errors import BusinessError, Conflict, FieldProblem, Unprocessable

HONOURED_FOR = timedelta(hours=24)
HEADER = "Idempotency-Key"

R = TypeVar("R", bound=Request)

_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_KEPT_HEADERS = ("content-type", "etag", "location")

# A request under way holds the lock until its transaction ends.
# Who gets the lock just after that may still see no row: the primary key has the last word.
_LOOK_UP = text("""
    select pg_try_advisory_xact_lock(hashtextextended(concat_ws(' ', current_schema(), 'idempotency', :store_id, :caller, :key), 0))
           as mine, kept.request_hash, kept.status, kept.headers, kept.body
    from (values (1)) as one
    left join idempotency_keys as kept
    on (kept.store_id, kept.caller, kept.key) = (:store_id, :caller, :key) and kept.created_at > :expired
""")
_KEEP = text("""
    insert into idempotency_keys (store_id, caller, key, request_hash, status, headers, body, created_at)
    values (:store_id, :caller, :key, :request_hash, :status, :headers, :body, :now)
    on conflict (store_id, caller, key) do update
    set request_hash = excluded.request_hash, status = excluded.status, headers = excluded.headers, body = excluded.body,
        created_at = excluded.created_at
    where idempotency_keys.created_at <= :expired
    returning true
""").bindparams(bindparam("headers", type_=JSONB))


class MalformedIdempotencyKey(Unprocessable):
    """Not 1 to 255 printable characters."""


class IdempotencyKeyReused(Unprocessable):
    """The key already stands for another request."""


class RequestUnderWay(Conflict):
    """The same request is being worked on right now."""


class AnswerShownOnce(Conflict):
    """It was done, but its answer holds a secret and is not kept."""


def table(metadata: MetaData) -> Table:
    """`store_id` is empty for requests that belong to no store; `body` is null where the answer was `no-store`."""
    return Table(
        "idempotency_keys",
        metadata,
        Column("store_id", Text, primary_key=True),
        Column("caller", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("request_hash", LargeBinary, nullable=False),
        Column("status", SmallInteger, nullable=False),
        Column("headers", JSONB, nullable=False),
        Column("body", LargeBinary),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Index(None, "created_at", postgresql_using="brin"),
    )


async def once(request: R, *, caller: str, key: str, answer: Callable[[R], Awaitable[Response]]) -> Response:
    """Runs `answer` in a transaction that also keeps what it answered; an answer that refuses is not kept."""
    if not _KEY.fullmatch(key):
        raise MalformedIdempotencyKey("the key is malformed", [FieldProblem(HEADER, "printable", "must be 1 to 255 printable characters")])
    request_hash = await _hash(request)
    now: datetime = request.app.state.clock()
    scope = {"store_id": request.path_params.get("store_id", ""), "caller": caller, "key": key, "expired": now - HONOURED_FOR}
    database: Database = request.app.state.database
    try:
        return await _first(request, database, scope, request_hash, now, answer)
    except BusinessError:
        async with database.transaction() as session:
            kept = await _kept(session, scope)
        if kept["status"] is None:
            raise
        return _again(kept, request_hash)  # what refused it is its own effect: it was done between the look-up and now


async def _first(
    request: R, database: Database, scope: dict[str, object], request_hash: bytes, now: datetime, answer: Callable[[R], Awaitable[Response]]
) -> Response:
    async with database.transaction() as session:
        found = await _kept(session, scope)
        if found["status"] is not None:
            return _again(found, request_hash)
        if not found["mine"]:
            raise RequestUnderWay("a request with this Idempotency-Key is under way")
        request.state.session = session
        response = await answer(request)
        if response.status_code < HTTPStatus.BAD_REQUEST:
            await _keep(session, scope, response, request_hash, now)
    return response


async def _kept(session: AsyncSession, scope: dict[str, object]) -> RowMapping:
    return (await session.execute(_LOOK_UP, scope)).mappings().one()


async def _keep(session: AsyncSession, scope: dict[str, object], response: Response, request_hash: bytes, now: datetime) -> None:
    secret = response.headers.get("cache-control") == "no-store"
    kept = {
        "request_hash": request_hash,
        "status": response.status_code,
        "headers": {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers},
        "body": None if secret else bytes(response.body),
        "now": now,
    }
    if (await session.execute(_KEEP, {**scope, **kept})).one_or_none() is None:
        raise RequestUnderWay("a request with this Idempotency-Key was faster")


def _again(kept: RowMapping, request_hash: bytes) -> Response:
    if kept["request_hash"] != request_hash:
        raise IdempotencyKeyReused("the key stands for another request", [FieldProblem(HEADER, "reused", "must be new for a new request")])
    if kept["body"] is None:
        raise AnswerShownOnce("this was done; its answer was shown once and is not kept")
    return Response(kept["body"], kept["status"], kept["headers"])


async def _hash(request: Request) -> bytes:
    target = f"{request.scope['path']}?{request.scope['query_string'].decode('latin-1')}\n"
    return sha256(target.encode() + await request.body()).digest()
