"""Many rows in one statement: as one JSON text, or by PostgreSQL's COPY.

asyncpg looks at every element of an array it sends; a JSON text costs the client a sixth of that and PostgreSQL less than the arrays.
"""

from collections.abc import Iterable, Mapping, Sequence

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session
from sqlalchemy.util import await_only

_BEGIN = text("select")


def told(columns: Mapping[str, str], name: str = "told") -> str:
    """For a `from`: the rows bound as `:rows`, with columns of these PostgreSQL types."""
    return f"json_to_recordset(cast(:rows as json)) as {name} ({', '.join(f'{column} {kind}' for column, kind in columns.items())})"


def as_json(columns: Iterable[str], rows: Iterable[Sequence[object]]) -> str:
    """What is bound as `:rows`. JSON goes as `orjson.Fragment`, a list becomes an array, a decimal its digits."""
    return orjson.dumps([dict(zip(columns, row, strict=True)) for row in rows], default=str).decode()


def copy_rows(session: Session, table: str, columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    """In the session's transaction. From async code: `await session.run_sync(copy_rows, ...)`. JSON goes as text, lists as arrays."""
    connection = session.connection().connection.driver_connection
    assert connection is not None
    if not connection.is_in_transaction():  # the transaction begins with the first statement, and COPY is none that SQLAlchemy sees
        session.execute(_BEGIN)
    await_only(connection.copy_records_to_table(table, columns=columns, records=rows))
