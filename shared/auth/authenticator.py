from starlette.datastructures import Headers

from shared.auth.actor import Actor, NoValidToken
from shared.auth.api_keys import ApiKeyVerifier
from shared.auth.tokens import TokenVerifier


class Authenticator:
    """People come with an access token, storefronts with an API key; a token counts where both are sent."""

    def __init__(self, tokens: TokenVerifier, api_keys: ApiKeyVerifier) -> None:
        self._tokens = tokens
        self._api_keys = api_keys

    async def actor(self, headers: Headers) -> Actor:
        """NoValidToken when there is neither, or it is not valid."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return await self._tokens.actor(token.strip())
        if "x-api-key" in headers:
            return await self._api_keys.actor(headers["x-api-key"])
        raise NoValidToken

    async def close(self) -> None:
        await self._tokens.close()
