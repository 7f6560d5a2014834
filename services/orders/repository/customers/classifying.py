"""The classes and tiers of all customers of a store (CUS-2): ranked at once, written and said in slices."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.customers.windows import Windows
from services.orders.domain.value_policy import ValuePolicy
from shared.rows import as_json, told

# one process and enough memory for a million customers; nobody waits for it, so it may take longer than other statements
_ROOM = text("""
    select set_config('work_mem', '128MB', true), set_config('max_parallel_workers_per_gather', '0', true),
           set_config('statement_timeout', '0', true)
""")
_ALONE = text("select pg_advisory_xact_lock(hashtextextended(current_schema() || '/rank/' || :store_id, 0))")
_FORGET = text("delete from customer_moves where store_id = :store_id")
# the same as domain/customers/tiers.py; a test compares them
_RANK = text("""
    with sums as (
        select customer_id, sum(amount - refunded) filter (where month >= :year_from) as year,
               sum(amount - refunded) filter (where month >= :recent_from) as recent,
               sum(amount - refunded) filter (where month >= :earlier_from and month < :recent_from) as earlier
        from customer_months
        where store_id = :store_id and currency = :currency and month >= least(cast(:year_from as date), cast(:earlier_from as date))
        group by customer_id),
    standing as (
        select customer_id, orders, abc, tier, coalesce(orders > 0 and last_order_at >= :since, false) as active,
               greatest(coalesce(year, 0), 0) as year, coalesce(recent, 0) as recent, coalesce(earlier, 0) as earlier
        from customers left join sums using (customer_id)
        where store_id = :store_id and (orders > 0 or abc is not null)),
    summed as (
        select *, sum(year) over (order by year desc, customer_id collate "C" rows unbounded preceding) as so_far,
               sum(year) over () as whole
        from standing where active),
    classed as (
        select customer_id, orders, abc, tier, recent, earlier,
               case when year = 0 then 'C' when so_far = year or so_far <= whole * cast(:key_share as numeric) then 'A'
                    when so_far <= whole * cast(:potential_share as numeric) then 'B' else 'C' end as now_abc
        from summed
        union all select customer_id, orders, abc, tier, recent, earlier, 'D' from standing where not active),
    tiered as (
        select customer_id, abc, tier, now_abc,
               case when now_abc = 'D' or orders <= 1 then 'occasional' when now_abc = 'A' then 'key'
                    when now_abc = 'B' or (recent > 0 and recent >= cast(:growth_factor as numeric) * earlier) then 'potential'
                    else 'general' end as now_tier
        from classed)
    insert into customer_moves (store_id, customer_id, abc, tier, says)
    select cast(:store_id as text), customer_id, now_abc, now_tier, tier <> now_tier
    from tiered where abc is distinct from now_abc or tier <> now_tier
""")
# by its key from where the slice before ended: what was taken is still there for a while, dead, and would be read again
_TAKE = text("""
    with gone as (
        delete from customer_moves
        where store_id = :store_id and says = :says and customer_id > :after and customer_id <= (
            select max(customer_id) from (
                select customer_id from customer_moves where store_id = :store_id and says = :says and customer_id > :after
                order by store_id, says, customer_id limit :limit) as slice)
        returning customer_id, abc, tier)
    select customer_id, abc, tier from gone order by customer_id
""")
_MOVED = {"customer_id": "text", "abc": "text", "tier": "text"}
_MOVE = text(f"""
    with locked as (
        select customers.customer_id, customers.tier as previous_tier, told.abc, told.tier
        from {told(_MOVED)} join customers on customers.store_id = :store_id and customers.customer_id = told.customer_id
        order by customers.store_id, customers.customer_id for update of customers),
    moved as (
        update customers set version = version + 1, abc = locked.abc, tier = locked.tier,
               tier_since = case when locked.tier = previous_tier then tier_since else :now end
        from locked where customers.store_id = :store_id and customers.customer_id = locked.customer_id
        returning customers.customer_id, customers.version, customers.tier, previous_tier)
    select customer_id, version, tier, previous_tier from moved order by customer_id
""")  # noqa: S608


class Move(NamedTuple):
    customer_id: str
    version: int
    tier: str
    previous_tier: str


class Slice(NamedTuple):
    """`last` is None where nobody was left."""

    last: str | None
    moves: Sequence[Move]


async def make_room(session: AsyncSession) -> None:
    """For a statement over all customers of a store, in this transaction."""
    await session.execute(_ROOM)


async def rank(session: AsyncSession, store_id: str, currency: str, windows: Windows, policy: ValuePolicy) -> None:
    """Notes who moves. It only reads the customers, so nobody waits for it."""
    await session.execute(_ALONE, {"store_id": store_id})
    await session.execute(_FORGET, {"store_id": store_id})
    await session.execute(_RANK, {"store_id": store_id, "currency": currency, **_windows(windows), **_shares(policy)})


async def move(session: AsyncSession, store_id: str, *, says: bool, after: str, limit: int, now: datetime) -> Slice:
    """Writes at most so many of them by customer_id; those that are to be said, or the others."""
    asked = {"store_id": store_id, "says": says, "after": after, "limit": limit}
    taken = [tuple(row) for row in await session.execute(_TAKE, asked)]
    rows = await session.execute(_MOVE, {"store_id": store_id, "rows": as_json(_MOVED, taken), "now": now})
    return Slice(taken[-1][0] if taken else None, [Move(*row) for row in rows])


def _windows(windows: Windows) -> dict[str, Any]:
    names = ("since", "year_from", "recent_from", "earlier_from")
    return {name: getattr(windows, name) for name in names}


def _shares(policy: ValuePolicy) -> dict[str, Any]:
    return {name: getattr(policy, name) for name in ("key_share", "potential_share", "growth_factor")}
