"""A store's rows leave one database and come to another, all of them or none."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import text

from services.orders.service import service as orders
from shared.moving import NotThisExport, StillAtWork, StoreThere, export_store, import_store
from shared.settings import Settings
from tests.bench.outbox import plain
from tests.running import ServiceSettings
from tests.services.orders.builders import paid, placed
from tests.services.orders.shop import Clock, Shop

TABLES = [table.name for table in orders.tables.sorted_tables if "store_id" in table.columns]
OF_STORE = {
    **dict.fromkeys(TABLES, "store_id = :store"),
    "timers": "key like :store || '/%'",
    "inbox": "source = '/stores/' || :store",
}


class Cell:
    """The database of orders, for some stores."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = orders.database(settings)
        self.shop = Shop(self.database, Clock())

    async def fills(self) -> None:
        """With two stores, one of which has something in most tables."""
        await self.shop.lists("MUG-RED", "12.50", stock=100)
        await self.shop.offers()
        await self.shop.tells(
            placed(), paid(), placed("10002", customer={"phone": "12"}, customer_note="\ta tab,\na line and a ☃"), paid("10002")
        )
        await self.shop.tells(placed(store_id="other"))
        await self.shop.act("take", "10002")
        await self.executes(
            "delete from outbox",
            "insert into inbox (source, id) values ('/stores/demo', '1'), ('/stores/other', '1'), ('/kefu/inquiry', '1')",
            "insert into idempotency_keys values ('demo', 'c', 'k', '\\x00ff', 201, '{}', '\\xfe', now())",
            "insert into audit values ('demo', gen_random_uuid(), now(), 'me', 'done', 'it', 'so', '{}')",
        )

    async def executes(self, *statements: str) -> None:
        async with self.database.transaction() as session:
            for statement in statements:
                await session.execute(text(statement))

    async def rows(self, store_id: str) -> dict[str, list[str]]:
        """By table, each as PostgreSQL writes it."""
        async with self.database.transaction() as session:
            found = {
                table: list(await session.scalars(text(f"select t::text from {table} t where {belongs} order by 1"), {"store": store_id}))
                for table, belongs in OF_STORE.items()
            }
        return {table: rows for table, rows in found.items() if rows}

    async def exports(self, store_id: str = "demo", *, remove: bool = False) -> bytes:
        written = io.BytesIO()
        await export_store(orders, self.settings, store_id, written, remove=remove)
        return written.getvalue()

    async def imports(self, export: bytes) -> tuple[str, int]:
        return await import_store(orders, self.settings, io.BytesIO(export))


@asynccontextmanager
async def cell(service_settings: ServiceSettings) -> AsyncIterator[Cell]:
    made = Cell(await service_settings(orders))
    yield made
    await made.database.close()


@pytest_asyncio.fixture
async def full(service_settings: ServiceSettings) -> AsyncIterator[Cell]:
    async with cell(service_settings) as made:
        await made.fills()
        yield made


@pytest_asyncio.fixture
async def empty(service_settings: ServiceSettings) -> AsyncIterator[Cell]:
    async with cell(service_settings) as made:
        yield made


async def test_all_rows_of_the_store_come_over_as_they_were_and_no_other(full: Cell, empty: Cell) -> None:
    demo, other = await full.rows("demo"), await full.rows("other")

    moved = await empty.imports(await full.exports(remove=True))

    assert {"orders", "order_history", "order_twins", "products", "offers", "timers", "inbox", "idempotency_keys", "audit"} <= demo.keys()
    assert moved == ("demo", sum(len(rows) for rows in demo.values()))
    assert (await empty.rows("demo"), await empty.rows("other")) == (demo, {})
    assert (await full.rows("demo"), await full.rows("other")) == ({}, other)
    await empty.shop.act("confirm", "10002")
    assert await empty.shop.names("10002") == ["order-confirmed"]


async def test_an_export_alone_changes_nothing_and_a_store_that_is_there_is_left_as_it_is(full: Cell) -> None:
    before = await full.rows("demo")

    export = await full.exports()

    with pytest.raises(StoreThere, match="rows of the store are in"):
        await full.imports(export)
    assert await full.rows("demo") == before


TO_SAY = """
    insert into outbox (id, type, topic, key, subject, sequence, time, traceparent, payload)
    values ('1', 'order-held', 'orders', 'demo/1', '1', 1, now(), '', '')
"""
SET_ASIDE = """
    insert into dead_letters (letter_id, kind, topic, partition, "offset", headers, hash, source, reason)
    values (gen_random_uuid(), 'failed', 'storefront-orders', 0, 0, '[]', '', '/stores/demo', 'a bug')
"""


@pytest.mark.parametrize(
    ("statement", "reason"), [(TO_SAY, "the outbox has events to say: 1"), (SET_ASIDE, "the store has open dead letters: 1")]
)
async def test_a_store_with_something_on_its_way_stays(full: Cell, statement: str, reason: str) -> None:
    await full.executes(statement)

    with pytest.raises(StillAtWork, match=reason):
        await full.exports(remove=True)


class Disturbed(io.BytesIO):
    """When all is written, and before anything is deleted, somebody else commits."""

    def __init__(self, cell: Cell, statement: str) -> None:
        super().__init__()
        self._url, self._statement = plain(cell.settings.database_url.get_secret_value()), statement

    def flush(self) -> None:
        with ThreadPoolExecutor() as elsewhere:
            elsewhere.submit(asyncio.run, self._commit()).result()

    async def _commit(self) -> None:
        connection = await asyncpg.connect(self._url)
        await connection.execute(self._statement)
        await connection.close()


async def test_what_changes_meanwhile_keeps_everything_where_it_is(full: Cell) -> None:
    before = (await full.rows("demo")).keys()

    with pytest.raises(StillAtWork, match="changed meanwhile: nothing was removed"):
        await export_store(orders, full.settings, "demo", Disturbed(full, "update orders set version = version + 1"), remove=True)

    assert (await full.rows("demo")).keys() == before


async def test_what_comes_meanwhile_is_told_and_can_follow(full: Cell, empty: Cell) -> None:
    late = Disturbed(full, "insert into timers values ('close', 'demo/10009', now(), 0, now())")

    with pytest.raises(StillAtWork, match="came to timers meanwhile: export those too"):
        await export_store(orders, full.settings, "demo", late, remove=True)
    await empty.imports(late.getvalue())
    await empty.imports(await full.exports(remove=True))

    assert await full.rows("demo") == {}
    assert sum("demo/10009" in row for row in (await empty.rows("demo"))["timers"]) == 1


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda _: b"", "no export of orders at revision"),
        (lambda _: b"[1]\n", "no export of orders at revision"),
        (lambda export: export.replace(b'"orders"', b'"survey"', 1), "no export of orders at revision"),
        (lambda export: export.replace(b'"revision":"', b'"revision":"9', 1), "no export of orders at revision"),
        (lambda export: export[: len(export) // 2].rpartition(b"\n")[0], "it is cut short"),
        (lambda export: b"".join(export.splitlines(keepends=True)[:-1]), "it is cut short"),
        (lambda export: export.replace(b"\norders\t", b"\npg_class\t", 1), "there is no table pg_class"),
        (lambda export: export.replace(b"\norders\t{", b"\norders\t{{", 1), "what it has for orders are no such rows"),
    ],
    ids=["empty", "no object", "another service", "another schema", "half", "no end", "no table of ours", "no row"],
)
async def test_what_is_no_whole_export_of_this_service_brings_nothing_in(
    full: Cell, empty: Cell, spoil: Callable[[bytes], bytes], reason: str
) -> None:
    with pytest.raises(NotThisExport, match=reason):
        await empty.imports(spoil(await full.exports()))

    assert await empty.rows("demo") == {}
