"""OIDC access tokens, verified with the keys the issuer publishes."""

import asyncio
import time
from contextlib import suppress

import httpx
import jwt
import structlog
from pydantic import BaseModel, ValidationError

from shared.auth.actor import Actor, NoValidToken, Role
from shared.auth.verified import Monotonic, Verified

ALGORITHMS = ("RS256", "ES256", "EdDSA")
TRUSTED_FOR = 60.0
KEYS_ARE_FRESH_FOR = 600.0
BETWEEN_FETCHES = 5.0
BETWEEN_FAILED_FETCHES = 1.0

_log = structlog.get_logger(__name__)
_FROM_TOKENS = {role.value: role for role in Role if role is not Role.STOREFRONT}


class IssuerUnreachable(ConnectionError):
    """No key was ever fetched, so no token can be judged."""


class _Discovery(BaseModel):
    jwks_uri: str


class _KeySet(BaseModel):
    keys: list[dict[str, object]]


class SigningKeys:
    """The issuer's keys by `kid`. An unknown `kid` fetches them anew, at most once every few seconds; an outage keeps those known."""

    def __init__(self, issuer: str, *, monotonic: Monotonic = time.monotonic) -> None:
        self._issuer = issuer
        self._monotonic = monotonic
        self._client = httpx.AsyncClient(timeout=3.0)
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._fresh_until = 0.0
        self._next_fetch = monotonic()
        self._fetching = asyncio.Lock()
        self._renewal: asyncio.Task[None] | None = None

    async def find(self, kid: str | None) -> jwt.PyJWK:
        if kid not in self._keys:
            await self._fetch_if_due()
        elif self._monotonic() >= self._fresh_until and not self._fetching.locked():
            self._renewal = asyncio.create_task(self._fetch_if_due())
        if not self._keys:
            raise IssuerUnreachable(self.obstacle())
        if kid not in self._keys:
            raise NoValidToken
        return self._keys[kid]

    def obstacle(self) -> str | None:
        """Until a key is known. An outage after that is none."""
        return None if self._keys else f"{self._issuer} does not answer"

    async def fetch_first(self, stop: asyncio.Event) -> None:
        """Until some are known; a first request need not wait for them then."""
        while not stop.is_set() and not self._keys:
            await self._fetch_if_due()
            if not self._keys:
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), BETWEEN_FAILED_FETCHES)

    async def close(self) -> None:
        if self._renewal is not None:
            self._renewal.cancel()
        await self._client.aclose()

    async def _fetch_if_due(self) -> None:
        async with self._fetching:
            if self._monotonic() < self._next_fetch:
                return
            try:
                self._keys = await self._fetch()
            except (httpx.HTTPError, httpx.InvalidURL, ValidationError) as error:
                self._next_fetch = self._monotonic() + BETWEEN_FAILED_FETCHES
                _log.warning("signing keys not fetched", issuer=self._issuer, error=type(error).__name__)
                return
            self._next_fetch = self._monotonic() + BETWEEN_FETCHES
            self._fresh_until = self._monotonic() + KEYS_ARE_FRESH_FOR

    async def _fetch(self) -> dict[str | None, jwt.PyJWK]:
        found = _Discovery.model_validate_json(await self._get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"))
        published = _KeySet.model_validate_json(await self._get(found.jwks_uri))
        keys = [key for jwk in published.keys if (key := _usable(jwk))]
        return {key.key_id: key for key in keys}

    async def _get(self, url: str) -> bytes:
        return (await self._client.get(url)).raise_for_status().content


def _usable(jwk: dict[str, object]) -> jwt.PyJWK | None:
    """None for keys that are not for signatures, or for algorithms we do not take (symmetric ones above all)."""
    try:
        key = jwt.PyJWK.from_dict(jwk)
    except jwt.PyJWTError:
        return None
    return key if key.algorithm_name in ALGORITHMS and key.public_key_use in (None, "sig") else None


class TokenVerifier:
    """Turns an access token into its Actor. What was verified is trusted until it expires, for a minute at most."""

    def __init__(self, issuer: str, audience: str, *, monotonic: Monotonic = time.monotonic) -> None:
        self._issuer = issuer
        self._audience = audience
        self.keys = SigningKeys(issuer, monotonic=monotonic)
        self._verified = Verified(monotonic=monotonic)

    async def actor(self, token: str) -> Actor:
        """NoValidToken, or IssuerUnreachable while no key is known."""
        known = self._verified.find(token)
        if known is not None:
            return known
        try:
            key = await self.keys.find(jwt.get_unverified_header(token).get("kid"))
            claims = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                issuer=self._issuer,
                audience=self._audience,
                options={"require": ["sub", "iss", "aud", "exp"], "verify_iat": False, "enforce_minimum_key_length": True},
            )
        except (jwt.PyJWTError, RecursionError) as error:
            raise NoValidToken from error
        actor = _actor(claims)
        self._verified.remember(token, actor, seconds=min(TRUSTED_FOR, float(claims["exp"]) - time.time()))
        return actor

    async def close(self) -> None:
        await self.keys.close()


def _actor(claims: dict[str, object]) -> Actor:
    sub, name = claims["sub"], claims.get("name")
    if not isinstance(sub, str) or not sub or "\0" in sub:
        raise NoValidToken
    return Actor(
        sub=sub,
        name=name if isinstance(name, str) and "\0" not in name else sub,
        roles=frozenset(_FROM_TOKENS[role] for role in _texts(claims.get("roles")) if role in _FROM_TOKENS),
        stores=frozenset(_texts(claims.get("stores"))),
    )


def _texts(claim: object) -> list[str]:
    """A claim that is no list grants nothing: the text "*" must not read as a list of its letters."""
    return [text for text in claim if isinstance(text, str)] if isinstance(claim, list) else []
