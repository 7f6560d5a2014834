"""Which orders look alike. The rows are locked first, the orders read by the next statement: the one that locks sees what was before."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.order import Order
from services.orders.domain.twins import Twin
from shared.retention import Retention
from shared.rows import as_json, told

OLD_TWINS = Retention("order_twins", "last_placed_at", days=7)
TwinKey = tuple[str, str]

# a customer who orders the same for ever is compared with the last hundred
_ASKED = {"store_id": "text", "twin_key": "text"}
_LOCKED = _ASKED | {"order_ids": "text[]", "last_placed_at": "timestamptz"}
_LOCK = text(f"""
    with locked as (
    insert into order_twins as kept (store_id, twin_key, order_ids, last_placed_at)
    select store_id, twin_key, order_ids, last_placed_at from {told(_LOCKED)}
    on conflict (store_id, twin_key) do update set
        last_placed_at = greatest(kept.last_placed_at, excluded.last_placed_at),
        order_ids = case when kept.order_ids @> excluded.order_ids then kept.order_ids
                         else (kept.order_ids || excluded.order_ids)[cardinality(kept.order_ids || excluded.order_ids) - 99 :] end
    returning store_id, twin_key, order_ids)
    select store_id, twin_key from locked where cardinality(order_ids) > 1
""")  # noqa: S608
_READ = text(f"""
    select rows.store_id, rows.twin_key, orders.order_id, orders.placed_at, orders.confirmed_at is not null, orders.status = 'cancelled'
    from {told(_ASKED, "asked")}
    join order_twins as rows on rows.store_id = asked.store_id and rows.twin_key = asked.twin_key and cardinality(rows.order_ids) > 1
    cross join lateral unnest(rows.order_ids) as listed (order_id)
    join orders on orders.store_id = rows.store_id and orders.order_id = listed.order_id and rows.twin_key = any(orders.twin_keys)
    where orders.placed_at is not null
""")  # noqa: S608
_HELD_TWINS = text(f"""
    select distinct orders.store_id, orders.order_id
    from {told(_ASKED, "asked")}
    join order_twins as rows on rows.store_id = asked.store_id and rows.twin_key = asked.twin_key and cardinality(rows.order_ids) > 1
    cross join lateral unnest(rows.order_ids) as listed (order_id)
    join orders on orders.store_id = rows.store_id and orders.order_id = listed.order_id
    where orders.held_since is not null and orders.confirmed_at is null
""")  # noqa: S608


async def lock_and_read(session: AsyncSession, keys: Mapping[TwinKey, Sequence[Order]]) -> dict[TwinKey, list[Twin]]:
    """The twins that are stored, by key; `keys` says which orders have which."""
    rows = as_json(_LOCKED, [(*key, *_latest(keys[key])) for key in sorted(keys)])
    shared = [(store_id, twin_key) for store_id, twin_key in await session.execute(_LOCK, {"rows": rows})]
    found: dict[TwinKey, list[Twin]] = {}
    if shared:
        for store_id, twin_key, *twin in await session.execute(_READ, {"rows": as_json(_ASKED, shared)}):
            found.setdefault((store_id, twin_key), []).append(Twin(*twin))
    return found


async def held_twins(session: AsyncSession, keys: Iterable[TwinKey]) -> list[tuple[str, str]]:
    """Orders that are held and look like these: one of these being cancelled may set them free."""
    asked = {"rows": as_json(_ASKED, sorted(keys))}
    return [(row.store_id, row.order_id) for row in await session.execute(_HELD_TWINS, asked)]


def _latest(orders: Sequence[Order]) -> tuple[list[str], datetime]:
    """Mostly it is one."""
    return [order.order_id for order in orders], max([order.placed.placed_at for order in orders])
