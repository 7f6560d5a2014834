"""Many rows in one statement. COPY goes past SQLAlchemy, and is part of its transaction all the same."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text

from shared.db import is_transient
from shared.rows import as_json, copy_rows, told
from tests.shared.messaging.toy import Toy

COLUMNS = ("source", "id")
MOMENT = datetime(2026, 3, 2, 8, 15, 4, 123456, tzinfo=UTC)
KINDS = {
    "words": "text", "none": "text", "count": "bigint", "at": "timestamptz", "amount": "numeric", "id": "uuid", "many": "text[]",
    "facts": "jsonb", "nested": "jsonb", "flag": "boolean",
}  # fmt: skip
VALUES = (
    'it\'s "quoted", \\n and 客服\n', None, 2**62, MOMENT, Decimal("12.500"), UUID(int=7), ["a,b", '{"c"}', "", "NULL"],
    orjson.Fragment(b'{"a": [1, "2"]}'), [{"check": "price"}], True,
)  # fmt: skip
ROWS = [("/stores/demo", "1"), ("/stores/demo", "2")]


async def test_rows_copied_before_anything_else_belong_to_the_transaction(shop: Toy) -> None:
    with pytest.raises(ZeroDivisionError):
        async with shop.database.transaction() as session:
            await session.run_sync(copy_rows, "inbox", COLUMNS, ROWS)
            raise ZeroDivisionError

    assert await shop.count("inbox") == 0


async def test_a_connection_that_is_lost_under_a_copy_is_no_reason_to_give_up(shop: Toy) -> None:
    with pytest.raises(Exception) as lost:  # noqa: PT011 - whatever it is called
        async with shop.database.transaction() as session:
            backend = await session.scalar(text("select pg_backend_pid()"))
            async with shop.database.transaction() as other:
                await other.execute(text("select pg_terminate_backend(:backend, 5000)"), {"backend": backend})
            await session.run_sync(copy_rows, "inbox", COLUMNS, ROWS)
    async with shop.database.transaction() as session:
        await session.run_sync(copy_rows, "inbox", COLUMNS, ROWS)

    assert is_transient(lost.value)
    assert await shop.count("inbox") == 2


async def test_rows_told_as_json_arrive_in_order_and_as_they_were(shop: Toy) -> None:
    other = (None,) * len(KINDS)
    query = text(f"select * from {told(KINDS)}")

    async with shop.database.transaction() as session:
        rows = [tuple(row) for row in await session.execute(query, {"rows": as_json(KINDS, [VALUES, other])})]
        none = (await session.execute(query, {"rows": as_json(KINDS, [])})).all()

    assert rows == [(*VALUES[:7], {"a": [1, "2"]}, *VALUES[8:]), other]
    assert none == []
