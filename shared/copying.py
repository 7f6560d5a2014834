"""New rows by PostgreSQL's COPY, for the tables that grow with every event: no arrays to write and to take apart again."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session
from sqlalchemy.util import await_only

_BEGIN = text("select")


def copy_rows(session: Session, table: str, columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    """In the session's transaction. From async code: `await session.run_sync(copy_rows, ...)`. JSON goes as text, lists as arrays."""
    connection = session.connection().connection.driver_connection
    assert connection is not None
    if not connection.is_in_transaction():  # the transaction begins with the first statement, and COPY is none that SQLAlchemy sees
        session.execute(_BEGIN)
    await_only(connection.copy_records_to_table(table, columns=columns, records=rows))
