"""Intake among many stored orders, against intake into an empty shop."""

from collections.abc import AsyncIterator
from statistics import median

from sqlalchemy import Table

from services.orders.models import Base
from tests.bench.ground import Ground, Round
from tests.bench.intake import WORKER, rate
from tests.bench.report import Figure, at_least
from tests.bench.sample import records
from tests.bench.scale import Scale

SAMPLE = 2_000
_EARLIER = "{} - copy * interval '7 minutes'"
# what differs from one copy of a sampled row to the next
COPIED = {
    "orders": {
        "order_id": "order_id || '-' || copy",
        "customer_id": "customer_id || '-' || copy",
        "email": "copy || '.' || email",
        "phone": "phone || copy",
        "twin_keys": "array(select md5(twin_key || copy) from unnest(twin_keys) as twin_key)",
        "placed_at": _EARLIER.format("placed_at"),
        "updated_at": _EARLIER.format("updated_at"),
    },
    "order_history": {"order_id": "order_id || '-' || copy", "at": _EARLIER.format("at")},
    "order_twins": {
        "twin_key": "md5(twin_key || copy)",
        "order_ids": "array[order_ids[1] || '-' || copy]",
        "last_placed_at": _EARLIER.format("last_placed_at"),
    },
    "customers": {"customer_id": "customer_id || '-' || copy"},
    "customer_months": {"customer_id": "customer_id || '-' || copy"},
    "inbox": {"id": "gen_random_uuid()::text", "taken_at": _EARLIER.format("taken_at")},
}


async def measure(ground: Ground, scale: Scale) -> AsyncIterator[Figure]:
    told = [records(scale.orders_when_stored, first=(1 + number) * scale.orders_when_stored) for number in range(scale.rounds)]
    async with ground.round() as empty, ground.round() as full:
        await stock(empty, SAMPLE)
        await stock(full, scale.stored)
        among_many, among_few = [], []
        for each in told:
            among_many.append(await rate(full, each, WORKER))
            among_few.append(await rate(empty, each, WORKER))
    yield at_least(0.9, f"intake with {scale.stored} orders stored, against none", median(among_many), median(among_few), "messages/s")


async def stock(measured: Round, orders: int) -> None:
    """Takes a few orders in and copies them, with all that belongs to them."""
    await measured.relay()
    await rate(measured, records(SAMPLE), WORKER)
    copying = [copies(Base.metadata.tables[name], changed, orders // SAMPLE - 1) for name, changed in COPIED.items()]
    await measured.as_admin(*copying, "vacuum analyze", "checkpoint")


def copies(table: Table, changed: dict[str, str], count: int) -> str:
    """The table is emptied in the same transaction, so that the copies need not be logged."""
    columns = {column.name: changed.get(column.name, f'"{column.name}"') for column in table.columns}
    names = ", ".join(f'"{name}"' for name in columns)
    return f"""
        begin;
        create temporary table sampled on commit drop as table {table.name};
        truncate {table.name};
        insert into {table.name} ({names}) select {", ".join(columns.values())} from generate_series(1, {count}) as copy, sampled;
        insert into {table.name} table sampled on conflict do nothing;
        commit
    """
