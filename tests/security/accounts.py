"""Logins and rights on a guarded Kafka, given and taken by its administrator."""

import hashlib
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from aiokafka import AIOKafkaClient
from aiokafka.conn import create_conn
from aiokafka.errors import SaslAuthenticationFailed
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import CompactArray, CompactBytes, CompactString, Int8, Int16, Int32, Schema, TaggedFields

from shared.rights import Operation, Right
from tests.security.broker import GuardedKafka
from tests.support import wait_until

_OPERATIONS = {Operation.READ: 3, Operation.WRITE: 4, Operation.CREATE: 5, Operation.DESCRIBE: 8}
_KINDS = {"topic": 2, "group": 3}
_LITERAL, _ALLOW = 3, 3
_SCRAM_SHA_512, _ITERATIONS = 2, 4096


class Accounts:
    def __init__(self, kafka: GuardedKafka) -> None:
        self._kafka = kafka

    async def let_in(self, name: str, password: str) -> None:
        """A new login, or another password of one that is there; it holds when this returns."""
        salt = secrets.token_bytes(16)
        salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
        async with self._client() as client:
            [result] = (await _asked(client, _PasswordRequest((name, _SCRAM_SHA_512, _ITERATIONS, salt, salted, {})))).results
        assert result[1] == 0, result
        await wait_until(lambda: self._is_let_in(name, password))

    async def allow(self, name: str, rights: Iterable[Right]) -> None:
        async with self._client() as client:
            for acl in (_acl(name, right) for right in rights):
                await _asked(client, CreateAclsRequest(*acl))
                await wait_until(partial(_is_allowed, client, acl))

    async def take_back(self, name: str, rights: Iterable[Right]) -> None:
        async with self._client() as client:
            for acl in (_acl(name, right) for right in rights):
                await _asked(client, DeleteAclsRequest(*acl))
                await wait_until(partial(_is_refused, client, acl))

    async def _is_let_in(self, name: str, password: str) -> bool:
        host, _, port = self._kafka.address.partition(":")
        login = self._kafka.connection | {"sasl_plain_username": name, "sasl_plain_password": password}
        login.pop("bootstrap_servers")
        try:
            (await create_conn(host, int(port), **login)).close()
        except SaslAuthenticationFailed:
            return False
        return True

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[AIOKafkaClient]:
        client = AIOKafkaClient(**self._kafka.connection)
        await client.bootstrap()
        try:
            yield client
        finally:
            await client.close()


def _acl(name: str, right: Right) -> tuple[int | str, ...]:
    return _KINDS[right.kind], right.name, _LITERAL, f"User:{name}", "*", _OPERATIONS[right.operation], _ALLOW


async def _asked(client: AIOKafkaClient, request: Request[Any]) -> Any:
    return await client.send(client.get_random_node(), request)


async def _is_allowed(client: AIOKafkaClient, acl: tuple[int | str, ...]) -> bool:
    return bool((await _asked(client, DescribeAclsRequest(*acl))).resources)


async def _is_refused(client: AIOKafkaClient, acl: tuple[int | str, ...]) -> bool:
    return not await _is_allowed(client, acl)


class _PasswordAnswer(Response):  # type: ignore[misc]  # aiokafka leaves it untyped
    API_KEY = 51
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            CompactArray(
                ("user", CompactString("utf-8")), ("error_code", Int16), ("error", CompactString("utf-8")), ("tags", TaggedFields)
            ),
        ),
        ("tags", TaggedFields),
    )


class _PasswordStruct(RequestStruct):  # type: ignore[misc]  # as above
    API_KEY = 51
    API_VERSION = 0
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _PasswordAnswer
    SCHEMA = Schema(
        ("deletions", CompactArray(("name", CompactString("utf-8")), ("mechanism", Int8), ("tags", TaggedFields))),
        (
            "upsertions",
            CompactArray(
                ("name", CompactString("utf-8")),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _PasswordRequest(Request[_PasswordStruct]):  # type: ignore[misc]  # as above
    """AlterUserScramCredentials, which aiokafka does not have (KIP-554)."""

    API_KEY = 51

    def __init__(self, upsertion: tuple[object, ...]) -> None:
        self._upsertion = upsertion

    def build(self, request_struct_class: type[_PasswordStruct]) -> Any:
        return request_struct_class([], [self._upsertion], {})
