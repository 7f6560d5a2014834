"""What our code sends to PostgreSQL, written down to be sent again without our code."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import asyncpg
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine


class Query(NamedTuple):
    text: str
    parameters: Sequence[Any]

    async def send(self, connection: asyncpg.Connection, parameters: Sequence[Any]) -> None:
        await connection.fetch(self.text, *parameters)


class Copy(NamedTuple):
    """Its parameters are rows."""

    table: str
    columns: Sequence[str]
    parameters: Sequence[Any]

    async def send(self, connection: asyncpg.Connection, parameters: Sequence[Any]) -> None:
        await connection.copy_records_to_table(self.table, columns=self.columns, records=parameters)


Transaction = list[Query | Copy]


@contextmanager
def recorded(engine: AsyncEngine) -> Iterator[list[Transaction]]:
    """Every transaction that commits, in that order. Text and COPY go past SQLAlchemy, so asyncpg is listened to for them."""
    committed: list[Transaction] = []
    under_way: dict[object, Transaction] = {}
    fetch, copy = asyncpg.Connection.fetch, asyncpg.Connection.copy_records_to_table

    async def fetches(driver: asyncpg.Connection, statement: str, *parameters: Any) -> Any:
        under_way.setdefault(driver, []).append(Query(statement, parameters))
        return await fetch(driver, statement, *parameters)

    async def copies(driver: asyncpg.Connection, table: str, *, columns: Sequence[str], records: Sequence[Any]) -> Any:
        under_way.setdefault(driver, []).append(Copy(table, columns, list(records)))
        return await copy(driver, table, columns=columns, records=records)

    def executes(connection: Connection, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        under_way.setdefault(connection.connection.driver_connection, []).append(Query(statement, parameters))

    def commits(connection: Connection) -> None:
        committed.append(under_way.pop(connection.connection.driver_connection, []))

    def rolls_back(connection: Connection) -> None:
        under_way.pop(connection.connection.driver_connection, None)

    heard = (("before_cursor_execute", executes), ("commit", commits), ("rollback", rolls_back))
    for name, listener in heard:
        event.listen(engine.sync_engine, name, listener)
    asyncpg.Connection.fetch, asyncpg.Connection.copy_records_to_table = fetches, copies
    try:
        yield committed
    finally:
        asyncpg.Connection.fetch, asyncpg.Connection.copy_records_to_table = fetch, copy
        for name, listener in heard:
            event.remove(engine.sync_engine, name, listener)


async def send(connection: asyncpg.Connection, transactions: Sequence[Transaction]) -> None:
    """One transaction after another, one statement after another."""
    for transaction in transactions:
        async with connection.transaction():
            for statement in transaction:
                await statement.send(connection, statement.parameters)
