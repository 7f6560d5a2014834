import asyncio
import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from jwt.algorithms import ECAlgorithm, OKPAlgorithm
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.routing import Route

from deploy.local.children import free_port
from deploy.local.issuer import Issuer
from shared.auth import Role
from shared.auth.actor import NoValidToken
from shared.auth.api_keys import ApiKeyVerifier
from shared.auth.authenticator import READY_ANYWAY_AFTER, Authenticator
from shared.auth.tokens import BETWEEN_FETCHES, IssuerUnreachable, TokenVerifier
from shared.db import Database
from tests.identity import AN_HOUR, as_role, running_issuer, serving
from tests.support import wait_until


class Stopwatch:
    """Monotonic time that only passes when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Stopwatch:
    return Stopwatch()


@pytest_asyncio.fixture
async def verifier(issuer: Issuer, watch: Stopwatch) -> AsyncIterator[TokenVerifier]:
    verifier = TokenVerifier(issuer.url, issuer.audience, monotonic=watch)
    yield verifier
    await verifier.close()


def _forged(issuer: Issuer, change: Callable[[dict[str, Any]], object]) -> str:
    """A token with the issuer's own signature, and claims it would never give."""
    genuine = issuer.mint("u-1", "Wang Fang", ["agent"], ["demo"], AN_HOUR)
    claims = jwt.decode(genuine, options={"verify_signature": False})
    change(claims)
    kid, pem = issuer.signing_key
    return jwt.encode(claims, pem, algorithm="RS256", headers={"kid": kid})


def _base64(text: bytes) -> str:
    return urlsafe_b64encode(text).decode().rstrip("=")


def _signed_with_the_public_key(issuer: Issuer, token: str) -> str:
    """The classic confusion: what everybody may know, used as the secret of a symmetric algorithm."""
    kid, pem = issuer.signing_key
    key = serialization.load_pem_private_key(pem.encode(), None)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    signed = f"{_base64(json.dumps({'alg': 'HS256', 'kid': kid}).encode())}.{token.split('.')[1]}"
    return f"{signed}.{_base64(hmac.digest(public, signed.encode(), 'sha256'))}"


async def test_a_token_says_who_calls_as_what_and_for_which_stores(issuer: Issuer, verifier: TokenVerifier) -> None:
    token = issuer.mint("u-1", "Wang Fang", ["agent", "auditor"], ["demo"], AN_HOUR)

    actor = await verifier.actor(token)

    assert (actor.sub, actor.name, actor.roles, actor.stores) == (
        "u-1",
        "Wang Fang",
        frozenset({Role.AGENT, Role.AUDITOR}),
        frozenset({"demo"}),
    )
    assert await verifier.actor(token) is actor


async def test_roles_we_do_not_know_and_the_storefronts_grant_nothing(issuer: Issuer, verifier: TokenVerifier) -> None:
    actor = await verifier.actor(issuer.mint("u-1", "n", ["storefront", "king", "agent"], ["demo"], AN_HOUR))

    assert actor.roles == {Role.AGENT}


@pytest.mark.parametrize(
    "claims", [{"stores": "*", "roles": "admin"}, {"stores": None, "roles": {"admin": True}}, {"stores": [["*"]], "roles": [1]}]
)
async def test_claims_that_are_no_lists_of_texts_grant_nothing(issuer: Issuer, verifier: TokenVerifier, claims: dict[str, Any]) -> None:
    actor = await verifier.actor(_forged(issuer, lambda given: given.update(claims)))

    assert (actor.roles, actor.stores) == (frozenset(), frozenset())


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda claims: claims.update(iss="http://elsewhere"), id="another issuer"),
        pytest.param(lambda claims: claims.update(aud="another-api"), id="another audience"),
        pytest.param(lambda claims: claims.update(exp=int(time.time()) - 1), id="expired"),
        pytest.param(lambda claims: claims.update(nbf=int(time.time()) + 60), id="not valid yet"),
        pytest.param(lambda claims: claims.pop("iss"), id="no issuer"),
        pytest.param(lambda claims: claims.pop("aud"), id="no audience"),
        pytest.param(lambda claims: claims.pop("exp"), id="no end"),
        pytest.param(lambda claims: claims.pop("sub"), id="nobody"),
        pytest.param(lambda claims: claims.update(sub=""), id="an empty name"),
    ],
)
async def test_a_token_not_meant_for_us_or_not_now_is_refused(
    issuer: Issuer, verifier: TokenVerifier, change: Callable[[dict[str, Any]], object]
) -> None:
    with pytest.raises(NoValidToken):
        await verifier.actor(_forged(issuer, change))


async def test_a_token_without_a_genuine_signature_is_refused(issuer: Issuer, verifier: TokenVerifier) -> None:
    token = issuer.mint("u-1", "n", ["admin"], ["*"], AN_HOUR)
    claims = jwt.decode(token, options={"verify_signature": False})
    kid, pem = issuer.signing_key
    forgeries = [
        jwt.encode(claims, "", algorithm="none", headers={"kid": kid}),
        _signed_with_the_public_key(issuer, token),
        jwt.encode(claims, pem, algorithm="RS512", headers={"kid": kid}),
        jwt.encode(claims, pem, algorithm="RS256"),
        jwt.encode(claims, ec.generate_private_key(ec.SECP256R1()), algorithm="ES256", headers={"kid": kid}),
        token[:-4] + "AAAA",
        token.rsplit(".", 1)[0] + ".",
        "",
        "a.b.c",
        "é",
        f"{_base64(b'[' * 40_000)}.e30.",
    ]

    for forgery in forgeries:
        with pytest.raises(NoValidToken):
            await verifier.actor(forgery)


async def test_a_token_is_not_remembered_beyond_its_end(issuer: Issuer, verifier: TokenVerifier, watch: Stopwatch) -> None:
    end = int(time.time()) + 2
    token = _forged(issuer, lambda claims: claims.update(exp=end))
    await verifier.actor(token)

    await wait_until(lambda: time.time() >= end)
    watch.now += 2

    with pytest.raises(NoValidToken):
        await verifier.actor(token)


async def test_a_new_key_works_without_a_restart_and_the_old_one_on(tmp_path: Path, watch: Stopwatch) -> None:
    with running_issuer(tmp_path) as issuer:
        verifier = TokenVerifier(issuer.url, issuer.audience, monotonic=watch)
        old = issuer.mint("old", "n", [], [], AN_HOUR)
        assert (await verifier.actor(old)).sub == "old"
        issuer.rotate()
        new = issuer.mint("new", "n", [], [], AN_HOUR)

        with pytest.raises(NoValidToken):
            await verifier.actor(new)
        watch.now += BETWEEN_FETCHES

        assert (await verifier.actor(new)).sub == "new"
        assert (await verifier.actor(issuer.mint("again", "n", [], [], AN_HOUR))).sub == "again"
        await verifier.close()


async def test_known_keys_outlive_an_outage_of_the_issuer(tmp_path: Path, watch: Stopwatch) -> None:
    with running_issuer(tmp_path) as issuer:
        verifier = TokenVerifier(issuer.url, issuer.audience, monotonic=watch)
        await verifier.actor(issuer.mint("u", "n", [], [], AN_HOUR))
    watch.now += 100_000

    actor = await verifier.actor(issuer.mint("later", "n", [], [], AN_HOUR))
    issuer.rotate()
    with pytest.raises(NoValidToken):
        await verifier.actor(issuer.mint("unknown key", "n", [], [], AN_HOUR))

    assert actor.sub == "later"
    await verifier.close()


async def test_without_any_key_it_cannot_be_said_and_is_tried_again(tmp_path: Path, watch: Stopwatch) -> None:
    issuer = Issuer(f"http://127.0.0.1:{free_port()}", tmp_path)
    verifier = TokenVerifier(issuer.url, issuer.audience, monotonic=watch)

    with pytest.raises(IssuerUnreachable):
        await verifier.actor(issuer.mint("u", "n", [], [], AN_HOUR))

    await verifier.close()


async def test_every_algorithm_we_take_is_taken_and_no_symmetric_one() -> None:
    elliptic, edwards = ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()
    keys = [
        ECAlgorithm.to_jwk(elliptic.public_key(), as_dict=True) | {"kid": "elliptic"},
        OKPAlgorithm.to_jwk(edwards.public_key(), as_dict=True) | {"kid": "edwards"},
        ECAlgorithm.to_jwk(elliptic.public_key(), as_dict=True) | {"kid": "for encryption", "use": "enc"},
        {"kty": "oct", "k": "c2VjcmV0LXRoYXQtaXMtbG9uZy1lbm91Z2gtdG8tc2lnbg", "kid": "symmetric"},
        {"kty": "strange", "kid": "strange"},
        {"kid": "empty"},
    ]
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    issuer = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", lambda _: JSONResponse({"issuer": url, "jwks_uri": f"{url}/keys"})),
            Route("/keys", lambda _: JSONResponse({"keys": keys})),
        ]
    )

    with serving(issuer, port):
        verifier = TokenVerifier(url, "kefu")
        claims = {"iss": url, "aud": "kefu", "sub": "u-1", "exp": int(time.time()) + 60}

        for signer, algorithm, kid in ((elliptic, "ES256", "elliptic"), (edwards, "EdDSA", "edwards")):
            assert (await verifier.actor(jwt.encode(claims, signer, algorithm=algorithm, headers={"kid": kid}))).sub == "u-1"
        for signer, algorithm, kid in (
            (keys[3]["k"], "HS256", "symmetric"),
            (elliptic, "ES256", "for encryption"),
            (elliptic, "ES256", "empty"),
        ):
            with pytest.raises(NoValidToken):
                await verifier.actor(jwt.encode(claims, signer, algorithm=algorithm, headers={"kid": kid}))

        await verifier.close()


def test_a_token_of_the_issuer_lasts_as_long_as_was_asked(issuer: Issuer) -> None:
    claims = jwt.decode(issuer.mint("u", "n", [], [], timedelta(days=3)), options={"verify_signature": False})

    assert claims["exp"] - claims["iat"] == 3 * 86400


@pytest_asyncio.fixture
async def later(tmp_path: Path, toy_database: Database, watch: Stopwatch) -> AsyncIterator[tuple[Issuer, Authenticator]]:
    """An issuer that does not answer yet, and who asks it."""
    issuer = Issuer(f"http://127.0.0.1:{free_port()}", tmp_path)
    authenticator = Authenticator(TokenVerifier(issuer.url, issuer.audience), ApiKeyVerifier(toy_database), monotonic=watch)
    yield issuer, authenticator
    await authenticator.close()


async def test_an_api_has_keys_before_it_is_ready(later: tuple[Issuer, Authenticator]) -> None:
    issuer, authenticator = later
    stop = asyncio.Event()
    running = asyncio.create_task(authenticator.run(stop))
    waits_at_first = authenticator.waits_for()

    with serving(issuer.app, int(issuer.url.rpartition(":")[2])):
        await wait_until(lambda: authenticator.waits_for() is None, within=10)
    stop.set()
    await running

    assert waits_at_first == f"{issuer.url} does not answer"
    assert (await authenticator.actor(Headers(as_role(issuer, "agent")))).roles == {Role.AGENT}


async def test_an_api_does_not_wait_for_ever_because_storefronts_need_no_issuer(
    later: tuple[Issuer, Authenticator], watch: Stopwatch
) -> None:
    issuer, authenticator = later

    watch.now += READY_ANYWAY_AFTER - 0.001
    just_before = authenticator.waits_for()
    watch.now += 0.001

    assert just_before == f"{issuer.url} does not answer"
    assert authenticator.waits_for() is None
