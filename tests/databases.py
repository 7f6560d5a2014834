"""Databases and login roles of a test's own."""

import re
import secrets
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from shared.clock import new_id


def fresh_name(stem: str) -> str:
    """Unique in the whole cluster, which roles and databases are."""
    return f"{stem}_{new_id().hex}"


def with_database(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def with_login(url: str, name: str, password: str) -> str:
    address = urlsplit(url)
    return urlunsplit(address._replace(netloc=f"{quote(name, safe='')}:{quote(password, safe='')}@{address.hostname}:{address.port}"))


class Databases:
    """Remembers what it made, so that `drop` leaves nothing behind."""

    def __init__(self, admin_url: str) -> None:
        self._admin_url = admin_url
        self._databases: list[str] = []
        self._roles: list[str] = []

    async def create(self, stem: str = "test") -> str:
        """A fresh, empty database; the superuser's URL of it."""
        name = fresh_name(stem)
        await self._execute(f'create database "{name}" template template0')
        self._databases.append(name)
        return with_database(self._admin_url, name)

    def login(self, url: str, stem: str) -> str:
        """The URL of the database at `url` for a login role that migrating is to make."""
        name = fresh_name(re.sub(r"\W", "_", stem))
        self._roles.append(name)
        return with_login(url, name, secrets.token_hex(8))

    async def drop(self) -> None:
        for name in self._databases:
            await self._execute(f'drop database if exists "{name}" with (force)')
        for name in self._roles:
            await self._execute(f'drop role if exists "{name}"')

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self._admin_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()
