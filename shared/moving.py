"""One store's rows of a service, out of its database and into another: for a cell of stores that grew too large."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import IO, TYPE_CHECKING, Any

import asyncpg
import orjson

from shared.errors import Conflict, Unprocessable

if TYPE_CHECKING:
    from shared.service import Service
    from shared.settings import Settings

_BATCH = 500
# what belongs to a store without a column that says so; keys of timers begin with it
_OTHERWISE = {"timers": "starts_with(key, $1 || '/')", "inbox": "source = '/stores/' || $1"}


class StillAtWork(Conflict):
    """Something of the store is on its way, and would be left behind."""


class StoreThere(Conflict):
    """A row of the store is there already; nothing was brought in."""


class NotThisExport(Unprocessable):
    """It is another service's, of another schema, or cut short; nothing was brought in."""


async def export_store(service: "Service", settings: "Settings", store_id: str, out: IO[bytes], *, remove: bool) -> int:
    """Writes them all as of one moment: what it is, `table<TAB>row as JSON` a line, how many. StillAtWork.

    `remove` deletes what was written, once it is; where a row changed since, nothing is deleted.
    """
    tables = _tables(service)
    async with _connected(settings) as connection:
        await _must_rest(connection, store_id)
        async with connection.transaction(isolation="repeatable_read"):
            told = {"service": service.name, "store_id": store_id, "revision": await _revision(connection)}
            out.write(orjson.dumps(told) + b"\n")
            count = sum([await _export(connection, table, belongs, store_id, out) for table, belongs in tables.items()])
            out.write(b'{"rows":%d}\n' % count)
            out.flush()
            if remove:
                await _remove(connection, tables, store_id)
        if remove:
            await _must_be_gone(connection, tables, store_id)
    return count


async def import_store(service: "Service", settings: "Settings", lines: IO[bytes]) -> tuple[str, int]:
    """All of it or nothing; answers which store, and how many rows. NotThisExport, StoreThere."""
    tables = _tables(service)
    async with _connected(settings) as connection, connection.transaction():
        told = _first(lines)
        if (told.get("service"), told.get("revision")) != (service.name, revision := await _revision(connection)):
            raise NotThisExport(f"this is no export of {service.name} at revision {revision}")
        count = 0
        for table, rows in _batches(lines):
            await _add(connection, table, rows, known=tables)
            count += len(rows)
    return str(told["store_id"]), count


def _tables(service: "Service") -> dict[str, str]:
    """Which rows belong to the store `$1`, by table; what others refer to comes first."""
    found: dict[str, str] = {}
    for table in service.tables.sorted_tables:
        if "store_id" in table.columns:
            found[table.name] = "store_id = $1"
        elif table.name in _OTHERWISE:
            found[table.name] = _OTHERWISE[table.name]
    return found


@asynccontextmanager
async def _connected(settings: "Settings") -> AsyncIterator[asyncpg.Connection]:
    """Without the limits of time that a service's own statements have."""
    dsn = settings.login.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(dsn, timeout=5, server_settings={"application_name": "kefu-moving"})
    try:
        yield connection
    finally:
        await connection.close()


async def _must_rest(connection: asyncpg.Connection, store_id: str) -> None:
    if waiting := await connection.fetchval("select count(*) from outbox"):
        raise StillAtWork(f"the outbox has events to say: {waiting}; let the relay say them first")
    open_letters = "select count(*) from dead_letters where state = 'open' and source = '/stores/' || $1"
    if letters := await connection.fetchval(open_letters, store_id):
        raise StillAtWork(f"the store has open dead letters: {letters}; replay or discard them first")


async def _revision(connection: asyncpg.Connection) -> str | None:
    if await connection.fetchval("select to_regclass('alembic_version')") is None:
        return None
    revision: str | None = await connection.fetchval("select version_num from alembic_version")
    return revision


async def _export(connection: asyncpg.Connection, table: str, belongs: str, store_id: str, out: IO[bytes]) -> int:
    count = 0
    async for (row,) in connection.cursor(f"select row_to_json(t)::text from {table} t where {belongs}", store_id, prefetch=_BATCH):  # noqa: S608
        out.write(f"{table}\t{row}\n".encode())
        count += 1
    return count


async def _remove(connection: asyncpg.Connection, tables: dict[str, str], store_id: str) -> None:
    try:
        for table, belongs in reversed(tables.items()):
            await connection.execute(f"delete from {table} where {belongs}", store_id)  # noqa: S608
    except asyncpg.SerializationError:
        raise StillAtWork("something of the store changed meanwhile: nothing was removed, do it again") from None


async def _must_be_gone(connection: asyncpg.Connection, tables: dict[str, str], store_id: str) -> None:
    there = [f"select '{table}' from {table} where {belongs}" for table, belongs in tables.items()]  # noqa: S608
    if left := await connection.fetch(" union ".join(there), store_id):
        raise StillAtWork(f"rows of the store came to {', '.join(sorted(row[0] for row in left))} meanwhile: export those too")


async def _add(connection: asyncpg.Connection, table: str, rows: Sequence[bytes], *, known: Mapping[str, str]) -> None:
    if table not in known:
        raise NotThisExport(f"there is no table {table}")
    values = f"select * from json_populate_recordset(null::{table}, $1)"  # noqa: S608
    try:
        await connection.execute(f"insert into {table} overriding system value {values}", f"[{b','.join(rows).decode()}]")
    except asyncpg.UniqueViolationError:
        raise StoreThere(f"rows of the store are in {table} already") from None
    except asyncpg.DataError:
        raise NotThisExport(f"what it has for {table} are no such rows") from None


def _first(lines: IO[bytes]) -> dict[str, Any]:
    try:
        told = orjson.loads(lines.readline())
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}


def _batches(lines: IO[bytes]) -> Iterator[tuple[str, Sequence[bytes]]]:
    """NotThisExport where the end says another number of rows, or is not there."""
    table, rows, count = b"", list[bytes](), 0
    for line in lines:
        name, tab, row = line.rstrip(b"\n").partition(b"\t")
        if rows and (name != table or len(rows) == _BATCH):
            yield table.decode(), rows
            rows = []
        if not tab:
            if name == b'{"rows":%d}' % count:
                return
            break
        table, count = name, count + 1
        rows.append(row)
    raise NotThisExport("it is cut short")
