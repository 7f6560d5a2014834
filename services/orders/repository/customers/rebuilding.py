"""Customers' records as their orders make them, beside those that are kept. One statement sees orders and records of one moment."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.repository.customers.records import MONTH

_ASKED = "store_id = :store_id and customer_id = any(cast(:customer_ids as text[]))"
_SLICE = text("""
    select customer_id from (
        (select customer_id from customers where store_id = :store_id and customer_id > :after order by customer_id limit :limit)
        union
        (select distinct customer_id from orders where store_id = :store_id and customer_id > :after order by customer_id limit :limit)
    ) as known order by customer_id limit :limit
""")
_MADE = f"""
    sold as (
        select customer_id, placed_at, currency, total as amount, back.refunds, back.refunded
        from orders cross join lateral (
            select count(*) as refunds, coalesce(sum(refund.amount), 0) as refunded from order_refunds as refund
            where refund.store_id = orders.store_id and refund.order_id = orders.order_id and refund.currency = orders.currency) as back
        where {_ASKED} and placed_at is not null and status <> 'cancelled'),
    records as (
        select customer_id, count(placed_at) as orders, min(placed_at) as first_order_at, max(placed_at) as last_order_at,
               coalesce(sum(refunds), 0) as refunds
        from unnest(cast(:customer_ids as text[])) as asked (customer_id) left join sold using (customer_id) group by 1),
    months as (
        select customer_id, {MONTH} as month, currency, count(*) as orders, sum(amount) as amount, sum(refunded) as refunded
        from sold group by 1, 2, 3)
"""  # noqa: S608
_WRONG = text(f"""
    with {_MADE},
    kept as (select customer_id, orders, first_order_at, last_order_at, refunds from customers where {_ASKED}),
    kept_months as (
        select customer_id, month, currency, orders, amount, refunded from customer_months
        where {_ASKED} and (orders, amount, refunded) <> (0, 0, 0))
    select customer_id from records left join kept using (customer_id)
    where (coalesce(kept.orders, 0), kept.first_order_at, kept.last_order_at, coalesce(kept.refunds, 0))
          is distinct from (records.orders, records.first_order_at, records.last_order_at, records.refunds)
    union
    select customer_id from months full join kept_months using (customer_id, month, currency)
    where (months.orders, months.amount, months.refunded) is distinct from (kept_months.orders, kept_months.amount, kept_months.refunded)
    order by 1
""")  # noqa: S608
_ADD_MISSING = text("""
    insert into customers (store_id, customer_id) select :store_id, unnest(cast(:customer_ids as text[]))
    on conflict do nothing returning true
""")
_LOCK = text(f"select from customers where {_ASKED} order by store_id, customer_id for update")
_MEND = text(f"""
    with {_MADE},
    written as (
        update customers set version = version + 1, orders = records.orders, first_order_at = records.first_order_at,
            last_order_at = records.last_order_at, refunds = records.refunds
        from records where customers.store_id = :store_id and customers.customer_id = records.customer_id returning true),
    emptied as (
        delete from customer_months
        where {_ASKED} and (customer_id, month, currency) not in (select customer_id, month, currency from months)),
    summed as (
        insert into customer_months (store_id, customer_id, month, currency, orders, amount, refunded)
        select :store_id, customer_id, month, currency, orders, amount, refunded from months order by 2, 3, 4
        on conflict (store_id, customer_id, month, currency) do update set
            orders = excluded.orders, amount = excluded.amount, refunded = excluded.refunded)
    select count(*) from written
""")  # noqa: S608
_NEXT_STORE = text("""
    select least((select min(store_id) from customers where store_id > :after), (select min(store_id) from orders where store_id > :after))
""")


async def next_store(session: AsyncSession, after: str) -> str | None:
    """By name, that has orders or customers."""
    found: str | None = await session.scalar(_NEXT_STORE, {"after": after})
    return found


async def customers_after(session: AsyncSession, store_id: str, after: str, limit: int) -> list[str]:
    """By id; those too that have orders and no record."""
    return list(await session.scalars(_SLICE, {"store_id": store_id, "after": after, "limit": limit}))


async def wrong(session: AsyncSession, store_id: str, customer_ids: Sequence[str]) -> list[str]:
    """Those of them whose record is not what their orders make it."""
    return list(await session.scalars(_WRONG, {"store_id": store_id, "customer_ids": list(customer_ids)})) if customer_ids else []


async def lock(session: AsyncSession, store_id: str, customer_ids: Sequence[str]) -> bool:
    """Nothing is counted of them from now on; whether one of them is new."""
    asked = {"store_id": store_id, "customer_ids": sorted(customer_ids)}
    added = list(await session.scalars(_ADD_MISSING, asked))
    await session.execute(_LOCK, asked)
    return bool(added)


async def mend(session: AsyncSession, store_id: str, customer_ids: Sequence[str]) -> None:
    """Makes their records anew. They must be locked."""
    await session.execute(_MEND, {"store_id": store_id, "customer_ids": list(customer_ids)})
