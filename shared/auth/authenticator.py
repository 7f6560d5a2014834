import asyncio
import time

from starlette.datastructures import Headers

from shared.auth.actor import Actor, NoValidToken
from shared.auth.api_keys import ApiKeyVerifier
from shared.auth.tokens import TokenVerifier
from shared.auth.verified import Monotonic

READY_ANYWAY_AFTER = 30.0


class Authenticator:
    """People come with an access token, storefronts with an API key; a token counts where both are sent.

    An api is not ready before it can judge a token, else a rollout's first callers would be turned away. It becomes so without the
    issuer after `READY_ANYWAY_AFTER`, because storefronts need none.
    """

    def __init__(self, tokens: TokenVerifier, api_keys: ApiKeyVerifier, *, monotonic: Monotonic = time.monotonic) -> None:
        self._tokens = tokens
        self._api_keys = api_keys
        self._monotonic = monotonic
        self._ready_at = monotonic() + READY_ANYWAY_AFTER

    async def actor(self, headers: Headers) -> Actor:
        """NoValidToken when there is neither, or it is not valid."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return await self._tokens.actor(token.strip())
        if "x-api-key" in headers:
            return await self._api_keys.actor(headers["x-api-key"])
        raise NoValidToken

    def alive(self) -> bool:
        return True

    def waits_for(self) -> str | None:
        return self._tokens.keys.obstacle() if self._monotonic() < self._ready_at else None

    async def run(self, stop: asyncio.Event) -> None:
        await self._tokens.keys.fetch_first(stop)
        await stop.wait()

    async def close(self) -> None:
        await self._tokens.close()
