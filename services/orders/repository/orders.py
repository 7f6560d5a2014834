"""Every statement on orders. Rows are locked in the order of their keys; statements take many orders at once."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.order import Order
from services.orders.repository.columns import COLUMNS, CONTENT, READ, STATE, contents, order_of, row_of, states, updating
from shared.errors import NotFound, Overtaken
from shared.http import Version
from shared.rows import as_json, told


class Ref(NamedTuple):
    """Which order: ids given by storefronts are unique in their store only."""

    store_id: str
    order_id: str


_ADD = text(f"insert into orders ({', '.join(COLUMNS)}) select * from {told(COLUMNS)} on conflict do nothing returning true")  # noqa: S608
_UPDATE_STATE = text(updating(STATE))
_UPDATE_CONTENT = text(updating(CONTENT))
_REF = {"store_id": "text", "order_id": "text"}
_WANTED = f"(store_id, order_id) in (select store_id, order_id from {told(_REF)})"  # noqa: S608
_FOR_UPDATE = text(f"select {READ} from orders where {_WANTED} order by store_id, order_id for update")  # noqa: S608
_LOCK = text(f"select from orders where {_WANTED} order by store_id, order_id for update")
_ONE = text(f"select {READ} from orders where store_id = :store_id and order_id = :order_id and placed_at is not null")  # noqa: S608
_LOCKED_ONE = text(f"{_ONE.text} for update")
_SKELETONS = text(f"select store_id, order_id from orders where {_WANTED} and placed_at is null")  # noqa: S608
_WAITED_FOR = text("""
    select named from unnest(cast(:names as text[])) as named
    where exists (select from orders where waits_for <> '{}' and waits_for @> array[named])
""")
_WAITING = text(f"""
    select {READ} from orders
    where waits_for <> '{{}}' and waits_for @> array[cast(:name as text)] and store_id = :store_id and order_id > :after
    order by store_id, order_id limit :limit for update
""")  # noqa: S608
_HELD = text("select count(*), min(held_since) from orders where held_since is not null")
_CHANGED_SINCE = text(f"""
    select {READ} from orders
    where updated_at >= :since and said_id is not null and (store_id, order_id) > (:store_id, :order_id)
    order by store_id, order_id limit :limit for update
""")  # noqa: S608


class UnknownOrder(NotFound):
    """Nobody has placed it yet, as far as we know."""


async def order(session: AsyncSession, ref: Ref) -> Order:
    """UnknownOrder (404) for a skeleton too."""
    row = (await session.execute(_ONE, ref._asdict())).one_or_none()
    if row is None:
        raise UnknownOrder("there is no such order")
    return order_of(row)


async def order_for_update(session: AsyncSession, ref: Ref, version: Version) -> Order:
    """UnknownOrder (404), VersionMissing (428), StaleVersion (412)."""
    row = (await session.execute(_LOCKED_ONE, ref._asdict())).one_or_none()
    if row is None:
        raise UnknownOrder("there is no such order")
    version.check(row.version)
    return order_of(row)


async def lock(session: AsyncSession, refs: Collection[Ref]) -> None:
    """Those that are known, as `orders_for_update` does, without reading them."""
    await session.execute(_LOCK, _asked(refs))


async def orders_for_update(session: AsyncSession, refs: Collection[Ref]) -> dict[Ref, Order]:
    """Those that are known, skeletons included."""
    found = [order_of(row) for row in await session.execute(_FOR_UPDATE, _asked(refs))]
    return {Ref(order.store_id, order.order_id): order for order in found}


async def add(session: AsyncSession, orders: Sequence[Order], now: datetime) -> None:
    """Overtaken when one of them is known after all."""
    if orders:
        added = await session.execute(_ADD, {"rows": as_json(COLUMNS, [row_of(order, now) for order in orders])})
        if len(added.all()) < len(orders):
            raise Overtaken("an order was added by another transaction")


async def save(session: AsyncSession, changes: Sequence[tuple[Order, Order]], now: datetime) -> None:
    """Orders that were locked before, as they were read then and as they are now."""
    if changes:
        await session.execute(_UPDATE_STATE, {"rows": as_json(STATE, states(changes)), "now": now})
        amended = [after for before, after in changes if _is_amended(before, after)]
        if amended:
            await session.execute(_UPDATE_CONTENT, {"rows": as_json(CONTENT, contents(amended)), "now": now})


def _is_amended(before: Order, after: Order) -> bool:
    """Few are: what is searched for is written with the placement."""
    return after.facts.placed is not None and (before.facts.placed is None or after.standing is not before.standing)


async def skeletons(session: AsyncSession, refs: Collection[Ref]) -> list[Ref]:
    return [Ref(row.store_id, row.order_id) for row in await session.execute(_SKELETONS, _asked(refs))]


async def skus_waited_for(session: AsyncSession, pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Of the (store, sku), or (store, offer code), those a held order could be mended by."""
    names = sorted({f"{store_id}/{name}" for store_id, name in pairs})
    found = await session.scalars(_WAITED_FOR, {"names": names})
    return [(store_id, name) for store_id, _, name in (each.partition("/") for each in found)]


async def waiting_for_update(session: AsyncSession, store_id: str, name: str, *, after: str, limit: int) -> list[Order]:
    asked = {"name": f"{store_id}/{name}", "store_id": store_id, "after": after, "limit": limit}
    return [order_of(row) for row in await session.execute(_WAITING, asked)]


async def held(session: AsyncSession) -> tuple[int, datetime | None]:
    """How many orders of all stores are held, and since when the first."""
    count, since = (await session.execute(_HELD)).one()
    return count, since


async def announced_since(session: AsyncSession, since: datetime, after: Ref, limit: int) -> list[Order]:
    """Orders that were told of and changed since; locked, so that nothing newer is said of them meanwhile."""
    asked = {"since": since, "store_id": after[0], "order_id": after[1], "limit": limit}
    return [order_of(row) for row in await session.execute(_CHANGED_SINCE, asked)]


def _asked(refs: Collection[Ref]) -> dict[str, str]:
    return {"rows": as_json(_REF, refs)}
