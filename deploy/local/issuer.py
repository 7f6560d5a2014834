"""An OIDC issuer for development and tests only: it gives a token to whoever asks for one.

Its keys live in a directory, so that `mint` works wherever that directory can be read, without the server.
"""

import argparse
import json
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import jwt
import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

AUDIENCE = "kefu"


class Issuer:
    """`url` is what tokens name as `iss` and where `app` is served; `directory` holds the keys and is made when it is not there."""

    def __init__(self, url: str, directory: Path, *, audience: str = AUDIENCE) -> None:
        self.url = url
        self.audience = audience
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self._key_files():
            self.rotate()

    def mint(self, sub: str, name: str, roles: Sequence[str], stores: Sequence[str], expires: timedelta) -> str:
        """An access token signed with the newest key."""
        now = int(time.time())
        claims = {"iss": self.url, "aud": self.audience, "sub": sub, "name": name, "roles": list(roles), "stores": list(stores)}
        times = {"iat": now, "nbf": now, "exp": now + int(expires.total_seconds())}
        kid, pem = self.signing_key
        return jwt.encode(claims | times, pem, algorithm="RS256", headers={"kid": kid})

    def rotate(self) -> None:
        """A new key signs from now on; the old ones are still published."""
        pem = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file = self._directory / f"{time.time_ns()}.pem"
        file.touch(mode=0o600)
        file.write_bytes(pem)

    @property
    def signing_key(self) -> tuple[str, str]:
        """The newest key's `kid` and PEM."""
        newest = self._key_files()[-1]
        return newest.stem, newest.read_text()

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/.well-known/openid-configuration", self._discovery), Route("/jwks.json", self._jwks)])

    async def _discovery(self, _request: Request) -> JSONResponse:
        return JSONResponse({"issuer": self.url, "jwks_uri": f"{self.url}/jwks.json", "id_token_signing_alg_values_supported": ["RS256"]})

    async def _jwks(self, _request: Request) -> JSONResponse:
        return JSONResponse({"keys": [_public(file) for file in self._key_files()]})

    def _key_files(self) -> list[Path]:
        return sorted(self._directory.glob("*.pem"))


def _public(file: Path) -> dict[str, str]:
    key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError(f"{file} is no RSA key")
    return {**json.loads(RSAAlgorithm.to_jwk(key.public_key())), "kid": file.stem, "use": "sig", "alg": "RS256"}


def main() -> None:
    options = argparse.ArgumentParser(description="OIDC issuer for development")
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--dir", type=Path, required=True)
    options.add_argument("--audience", default=AUDIENCE)
    given = options.parse_args()
    issuer = Issuer(f"http://127.0.0.1:{given.port}", given.dir, audience=given.audience)
    uvicorn.run(issuer.app, host="127.0.0.1", port=given.port, log_level="warning", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    main()
