"""Kefu's HTTP interface as a program outside uses it: addresses and tokens from stack.json, problems as they are answered."""

import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import httpx

from deploy.local.children import until
from deploy.local.listening import Json

UP_WITHIN = 120.0
Credential = Mapping[str, str]


class Refused(Exception):
    """A service answered with a problem; its text is all there is to say."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:300]}")
        self.status = answer.status_code


class Kefu:
    """One store of a running stack."""

    def __init__(self, http: httpx.AsyncClient, services: Mapping[str, str], tokens: Mapping[str, str], store_id: str) -> None:
        self._http = http
        self._services = services
        self._tokens = tokens
        self.store_id = store_id

    def has(self, service: str) -> bool:
        return service in self._services

    def token(self, role: str) -> Credential:
        return bearer(self._tokens[role])

    async def ask(self, service: str, path: str, *, by: Credential, **query: str) -> Json:
        """Refused unless it answers."""
        return await self._call("GET", service, path, by, None, query)

    async def do(self, service: str, path: str, body: Json, *, by: Credential, method: str = "POST") -> Json:
        """Whatever the version is now; Refused unless it is done."""
        return await self._call(method, service, path, by, body, {})

    async def new_key(self, service: str, name: str) -> Credential:
        """An API key for this store's storefront; earlier ones of this name are revoked, since two at most may be active."""
        admin = self.token("admin")
        for key in items(await self.ask(service, "/api-keys", by=admin)):
            if key["name"] == name:
                await self._call("DELETE", service, f"/api-keys/{key['key_id']}", admin, None, {})
        shown = await self.do(service, "/api-keys", {"name": name, "reason": "the shop starts"}, by=admin)
        return {"X-API-Key": str(shown["secret"])}

    async def _call(self, method: str, service: str, path: str, by: Credential, body: Json | None, query: Mapping[str, str]) -> Json:
        url = f"{self._services[service]}/v1/stores/{self.store_id}{path}"
        answer = await self._http.request(method, url, json=body, params=dict(query), headers={**by, "If-Match": "*"})
        if not answer.is_success:
            raise Refused(answer)
        return cast("Json", answer.json()) if answer.content else {}


def bearer(token: str) -> Credential:
    return {"Authorization": f"Bearer {token}"}


def items(page: Json) -> list[Json]:
    """Of a list's answer."""
    found = page["items"]
    assert isinstance(found, list)
    return [each for each in found if isinstance(each, dict)]


@asynccontextmanager
async def kefu(store_id: str) -> AsyncIterator[Kefu]:
    """Of the stack whose stack.json KEFU_STACK names, once it is there."""
    file = Path(os.environ["KEFU_STACK"])
    await until(file.exists, within=UP_WITHIN, pause=0.2)
    stack = _stack(file)
    async with httpx.AsyncClient(timeout=10, trust_env=False) as http:
        yield Kefu(http, stack["services"], stack["tokens"], store_id)


def _stack(file: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(file.read_text())
    return found
