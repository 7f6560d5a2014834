"""A session that hands SQL text to asyncpg itself.

SQLAlchemy begins and ends the transaction and carries its first statement. Every one after that would cost three times as much
in this process on its way through engine, greenlet and cursor as asyncpg needs to send it (docs/decisions/0044-straight-to-asyncpg.md).
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import asyncpg
from sqlalchemy import IteratorResult, Result, TextClause
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import SessionTransaction

_DIALECT = dialect()  # type: ignore[no-untyped-call]
_NO_ROWS = ("none",)  # asyncpg tells no columns where there is no row; `scalars` wants to see one


class DirectSession(AsyncSession):
    """`execute`, `scalar` and `scalars` of a `text()` answer what SQLAlchemy's do; there is no `rowcount`, errors are asyncpg's."""

    _joined: tuple[SessionTransaction, asyncpg.Connection] | None = None

    async def execute(self, statement: Any, params: Any = None, **options: Any) -> Any:
        driver = self._driver()
        if driver is not None and isinstance(statement, TextClause):
            return await _sent(driver, _prepared(statement), params or {})
        result = await super().execute(statement, params, **options)
        if driver is None:
            self._join()
        return result

    async def scalar(self, statement: Any, params: Any = None, **options: Any) -> Any:
        return (await self.execute(statement, params, **options)).scalar()

    def _driver(self) -> asyncpg.Connection | None:
        """Once SQLAlchemy has begun the transaction, or set the savepoint, that the session is in."""
        if self._joined is None or self._joined[0] is not self._innermost():
            return None
        return self._joined[1]

    def _innermost(self) -> SessionTransaction | None:
        return self.sync_session.get_nested_transaction() or self.sync_session.get_transaction()

    def _join(self) -> None:
        transaction = self._innermost()
        assert transaction is not None
        self._joined = transaction, self.sync_session.connection().connection.driver_connection


class _Prepared(NamedTuple):
    sql: str
    names: tuple[str, ...]
    conversions: Mapping[str, Callable[[Any], Any]]

    def values(self, params: Mapping[str, Any]) -> list[Any]:
        return [self.conversions[name](params[name]) if name in self.conversions else params[name] for name in self.names]


@lru_cache(maxsize=1024)
def _prepared(statement: TextClause) -> _Prepared:
    compiled = statement.compile(dialect=_DIALECT)
    names = tuple(compiled.positiontup or ())
    conversions = {name: compiled.binds[name].type.dialect_impl(_DIALECT).bind_processor(_DIALECT) for name in names}
    return _Prepared(compiled.string, names, {name: convert for name, convert in conversions.items() if convert is not None})


async def _sent(driver: asyncpg.Connection, prepared: _Prepared, params: Mapping[str, Any]) -> Result[Any]:
    records = await driver.fetch(prepared.sql, *prepared.values(params))
    return IteratorResult(_named(tuple(records[0].keys()) if records else _NO_ROWS), iter(records))


@lru_cache(maxsize=1024)
def _named(columns: tuple[str, ...]) -> SimpleResultMetaData:
    return SimpleResultMetaData(columns)
