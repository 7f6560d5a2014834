"""A statement answers the same whichever way it goes: the first of a transaction by SQLAlchemy, the others straight to asyncpg."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db import Database, is_transient

BEGINS = text("select")
READS = text("""
    select kept.id, kept.facts, :store_id as store_id from (values (1, '{"a": [1]}'::jsonb), (2, null)) as kept (id, facts)
    where id <= :most and :store_id <> '' order by id
""")
WRITES = text("insert into things (store_id, thing_id) values ('demo', :thing_id)")


@pytest_asyncio.fixture(params=["by SQLAlchemy", "straight"])
async def session(request: pytest.FixtureRequest, toy_database: Database) -> AsyncIterator[AsyncSession]:
    """In a transaction that has not begun, or has."""
    async with toy_database.transaction() as session:
        if request.param == "straight":
            await session.execute(BEGINS)
        yield session


async def test_rows_have_their_names_and_their_order(session: AsyncSession) -> None:
    rows = (await session.execute(READS, {"store_id": "demo", "most": 2})).all()

    assert [(row.id, row.facts, row.store_id) for row in rows] == [(1, {"a": [1]}, "demo"), (2, None, "demo")]
    assert rows == [(1, {"a": [1]}, "demo"), (2, None, "demo")]


async def test_one_row_can_be_asked_for_as_a_mapping(session: AsyncSession) -> None:
    row = (await session.execute(READS, {"store_id": "demo", "most": 1})).mappings().one()

    assert dict(row) == {"id": 1, "facts": {"a": [1]}, "store_id": "demo"}


async def test_the_first_column_can_be_asked_for_alone(session: AsyncSession) -> None:
    assert (await session.scalars(READS, {"store_id": "demo", "most": 2})).all() == [1, 2]


async def test_the_first_value_can_be_asked_for_alone(session: AsyncSession) -> None:
    assert await session.scalar(READS, {"store_id": "demo", "most": 2}) == 1


@pytest.mark.parametrize("asked", [{"store_id": "demo", "most": 0}, {"store_id": "", "most": 2}])
async def test_no_row_is_no_row_however_it_is_asked_for(session: AsyncSession, asked: dict[str, Any]) -> None:
    assert (await session.execute(READS, asked)).all() == []
    assert (await session.execute(READS, asked)).mappings().one_or_none() is None
    assert (await session.scalars(READS, asked)).all() == []
    assert await session.scalar(READS, asked) is None
    with pytest.raises(NoResultFound):
        (await session.execute(READS, asked)).one()


async def test_a_parameter_with_a_type_is_written_as_that_type(session: AsyncSession) -> None:
    told = text("select :facts as facts").bindparams(bindparam("facts", type_=JSONB))

    assert await session.scalar(told, {"facts": {"text": "客服", "none": None}}) == {"text": "客服", "none": None}


async def test_tables_and_text_see_the_same_transaction(session: AsyncSession) -> None:
    await session.execute(WRITES, {"thing_id": "one"})

    assert (await session.execute(text("select thing_id from things"))).all() == [("one",)]
    assert (await session.execute(select(text("thing_id")).select_from(text("things")))).all() == [("one",)]


async def test_what_was_sent_straight_is_committed_and_rolled_back_with_the_rest(toy_database: Database) -> None:
    for name, fails in (("kept", False), ("lost", True)):
        try:
            async with toy_database.transaction() as session:
                await session.execute(BEGINS)
                await session.execute(WRITES, {"thing_id": name})
                assert not fails
        except AssertionError:
            assert fails

    async with toy_database.transaction() as session:
        assert (await session.scalars(text("select thing_id from things"))).all() == ["kept"]


async def test_a_savepoint_takes_back_what_was_sent_straight_within_it(toy_database: Database) -> None:
    async with toy_database.transaction() as session:
        await session.execute(WRITES, {"thing_id": "kept"})
        with pytest.raises(Exception, match="division by zero"):
            async with session.begin_nested():
                await session.execute(WRITES, {"thing_id": "lost"})
                await session.execute(text("select 1 / 0"))
        await session.execute(WRITES, {"thing_id": "after"})

    async with toy_database.transaction() as session:
        assert (await session.scalars(text("select thing_id from things order by thing_id"))).all() == ["after", "kept"]


async def test_a_connection_that_dies_in_the_middle_is_no_reason_to_give_up_and_leaves_the_pool(toy_database: Database) -> None:
    with pytest.raises(Exception) as lost:  # noqa: PT011 - whatever it is called
        async with toy_database.transaction() as session:
            backend = await session.scalar(text("select pg_backend_pid()"))
            async with toy_database.transaction() as other:
                await other.execute(text("select pg_terminate_backend(:backend, 5000)"), {"backend": backend})
            await session.execute(BEGINS)
    async with toy_database.transaction() as session:
        another = await session.scalar(text("select pg_backend_pid()"))

    assert is_transient(lost.value)
    assert another != backend
