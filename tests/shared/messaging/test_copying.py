"""COPY goes past SQLAlchemy, and is part of its transaction all the same."""

import pytest
from sqlalchemy import text

from shared.copying import copy_rows
from shared.db import is_transient
from tests.shared.messaging.toy import Toy

COLUMNS = ("source", "id")
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
