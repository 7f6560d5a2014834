"""The same write with nothing around it: FastAPI, a token verified, and the statements of ours sent through asyncpg."""

import pickle
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from hashlib import md5
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import asyncpg
import jwt
import uvicorn
from fastapi import FastAPI, Header

from shared.settings import Settings, read
from tests.bench.outbox import plain
from tests.bench.statements import Transaction


class Recorded(NamedTuple):
    """The statements of one request of ours; `own` are the other texts that no two orders share."""

    order_id: str
    own: Sequence[str]
    transaction: Transaction


def told(value: Any, own: Sequence[tuple[str, str]]) -> Any:
    """The recorded value with another order's texts in it."""
    if isinstance(value, list | tuple):
        return [told(each, own) for each in value]
    if isinstance(value, str):
        for old, new in own:
            value = value.replace(old, new)
    elif isinstance(value, bytes):
        for old, new in own:
            value = value.replace(old.encode(), new.encode())
    return value


def create(settings: Settings, recorded: Recorded) -> FastAPI:
    @asynccontextmanager
    async def connected(app: FastAPI) -> AsyncIterator[None]:
        most = settings.database_pool_size
        async with asyncpg.create_pool(plain(settings.database_url.get_secret_value()), min_size=most, max_size=most) as app.state.pool:
            yield

    app = FastAPI(lifespan=connected)
    keys = jwt.PyJWKClient(f"{settings.oidc_issuer}/jwks.json")

    @app.post("/v1/stores/{store_id}/orders", status_code=201)
    async def place(store_id: str, body: dict[str, Any], authorization: Annotated[str, Header()]) -> dict[str, Any]:
        token = authorization.removeprefix("Bearer ")
        key = keys.get_signing_key_from_jwt(token)
        jwt.decode(token, key, algorithms=["RS256"], issuer=settings.oidc_issuer, audience=settings.oidc_audience)
        order_id = body["order_id"]
        own = [(recorded.order_id, order_id), *((old, md5(f"{order_id}{old}".encode()).hexdigest()) for old in recorded.own)]
        async with app.state.pool.acquire() as connection, connection.transaction():
            for statement in recorded.transaction:
                await statement.send(connection, told(statement.parameters, own))
        return body

    return app


if __name__ == "__main__":
    settings = read(Settings, "database_url", "oidc_issuer")
    app = create(settings, pickle.loads(Path(sys.argv[2]).read_bytes()))
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
