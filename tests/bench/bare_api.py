"""The same write with nothing around it: FastAPI, a token verified, and the statements of ours sent through asyncpg."""

import pickle
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import jwt
import uvicorn
from fastapi import FastAPI, Header

from shared.settings import Settings, read
from tests.bench.outbox import plain
from tests.bench.recording import Recorded


def create(settings: Settings, recorded: Recorded) -> FastAPI:
    @asynccontextmanager
    async def connected(app: FastAPI) -> AsyncIterator[None]:
        most = settings.database_pool_size
        async with asyncpg.create_pool(plain(settings.database_url.get_secret_value()), min_size=most, max_size=most) as app.state.pool:
            yield

    app = FastAPI(lifespan=connected)
    keys = jwt.PyJWKClient(f"{settings.oidc_issuer}/jwks.json")

    @app.post("/v1/stores/{store_id}/{path:path}", status_code=201)
    async def write(
        store_id: str, path: str, body: dict[str, Any], authorization: Annotated[str, Header()], own: Annotated[str, Header()]
    ) -> dict[str, Any]:
        token = authorization.removeprefix("Bearer ")
        key = keys.get_signing_key_from_jwt(token)
        jwt.decode(token, key, algorithms=["RS256"], issuer=settings.oidc_issuer, audience=settings.oidc_audience)
        async with app.state.pool.acquire() as connection:
            await recorded.again(connection, own.split(","))
        return body

    return app


if __name__ == "__main__":
    settings = read(Settings, "database_url", "oidc_issuer")
    app = create(settings, pickle.loads(Path(sys.argv[2]).read_bytes()))
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
