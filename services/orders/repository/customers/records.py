"""How customers' records are kept: as differences, in the transaction that made them. Rows are locked in the order of their keys."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.customers.sales import Difference, Sale
from shared.events.refunds import RefundClosed
from shared.rows import as_json, told

MONTH = "cast(date_trunc('month', placed_at at time zone 'UTC') as date)"
_ADD_TO_MONTHS = f"""
    insert into customer_months as known (store_id, customer_id, month, currency, orders, amount, refunded)
    select store_id, customer_id, {MONTH}, currency, sum(orders), sum(amount), sum(refunded) from moved
    group by 1, 2, 3, 4 order by 1, 2, 3, 4
    on conflict (store_id, customer_id, month, currency) do update set
        orders = known.orders + excluded.orders, amount = known.amount + excluded.amount, refunded = known.refunded + excluded.refunded
"""  # noqa: S608
# the customers are locked first: what a statement does not read from comes last
_SALE = {
    "store_id": "text",
    "order_id": "text",
    "customer_id": "text",
    "placed_at": "timestamptz",
    "currency": "text",
    "amount": "numeric",
    "times": "integer",
}
_COUNT_SALES = text(f"""
    with moved as (
        select store_id, customer_id, placed_at, currency, times as orders, times * amount as amount, times * back.refunds as refunds,
               times * back.refunded as refunded
        from {told(_SALE)} cross join lateral (
            select count(*) as refunds, coalesce(sum(refund.amount), 0) as refunded from order_refunds as refund
            where refund.store_id = told.store_id and refund.order_id = told.order_id and refund.currency = told.currency) as back),
    kept as (
        insert into customers as known (store_id, customer_id, orders, first_order_at, last_order_at, refunds)
        select store_id, customer_id, sum(orders), min(placed_at) filter (where orders > 0), max(placed_at) filter (where orders > 0),
               sum(refunds)
        from moved group by 1, 2 order by 1, 2
        on conflict (store_id, customer_id) do update set
            version = known.version + 1, orders = known.orders + excluded.orders, refunds = known.refunds + excluded.refunds,
            first_order_at = least(known.first_order_at, excluded.first_order_at),
            last_order_at = greatest(known.last_order_at, excluded.last_order_at)
        returning store_id, xmax = 0 as is_new),
    summed as ({_ADD_TO_MONTHS})
    select distinct store_id from kept where is_new
""")  # noqa: S608
# a first or last order that does not count any more cannot be taken away from a smallest or largest time
_CUSTOMER = {"store_id": "text", "customer_id": "text"}
_LOOK_FOR_FIRST_AND_LAST = text(f"""
    update customers set first_order_at = found.first_at, last_order_at = found.last_at
    from (select told.store_id, told.customer_id, min(placed_at) as first_at, max(placed_at) as last_at
          from {told(_CUSTOMER)} left join orders on orders.store_id = told.store_id and orders.customer_id = told.customer_id
               and placed_at is not null and status <> 'cancelled'
          group by 1, 2) as found
    where customers.store_id = found.store_id and customers.customer_id = found.customer_id
""")  # noqa: S608
_REFUND = {
    "store_id": "text",
    "order_id": "text",
    "refund_id": "uuid",
    "currency": "text",
    "amount": "numeric",
    "closed_at": "timestamptz",
    "customer_id": "text",
    "placed_at": "timestamptz",
}
_COUNT_REFUNDS = text(f"""
    with fresh as (
        insert into order_refunds (store_id, order_id, refund_id, currency, amount, closed_at)
        select distinct on (1, 2, 3) store_id, order_id, refund_id, currency, amount, closed_at from {told(_REFUND)} order by 1, 2, 3
        on conflict do nothing returning store_id, order_id, refund_id),
    moved as (
        select distinct on (store_id, order_id, refund_id) store_id, customer_id, placed_at, currency, 0 as orders, 0 as amount,
               amount as refunded
        from {told(_REFUND)} join fresh using (store_id, order_id, refund_id) where customer_id is not null),
    kept as (
        insert into customers as known (store_id, customer_id, refunds)
        select store_id, customer_id, count(*) from moved group by 1, 2 order by 1, 2
        on conflict (store_id, customer_id) do update set version = known.version + 1, refunds = known.refunds + excluded.refunds
        returning true),
    summed as ({_ADD_TO_MONTHS})
    select count(*) from kept
""")  # noqa: S608


async def count_sales(session: AsyncSession, differences: Sequence[Difference]) -> list[str]:
    """Answers with the stores that have new customers. The orders themselves must have been written before."""
    rows = as_json(_SALE, [_sale_row(each) for each in differences])
    stores = list(await session.scalars(_COUNT_SALES, {"rows": rows}))
    gone = {(sale.store_id, sale.customer_id) for times, sale in differences if times < 0}
    if gone:
        await session.execute(_LOOK_FOR_FIRST_AND_LAST, {"rows": as_json(_CUSTOMER, sorted(gone))})
    return stores


async def count_refunds(session: AsyncSession, refunds: Collection[tuple[RefundClosed, Sale | None]]) -> None:
    """Settled ones, each once however often it is told, with the sale it makes smaller (None: nothing counts). The orders are locked."""
    await session.execute(_COUNT_REFUNDS, {"rows": as_json(_REFUND, [_refund_row(*each) for each in refunds])})


def _sale_row(difference: Difference) -> tuple[Any, ...]:
    store_id, order_id, customer_id, placed_at, total = difference.sale
    return store_id, order_id, customer_id, placed_at, total.currency, total.amount, difference.times


def _refund_row(refund: RefundClosed, sale: Sale | None) -> tuple[Any, ...]:
    of = (sale.customer_id, sale.placed_at) if sale is not None and sale.total.currency == refund.amount.currency else (None, None)
    amount = refund.amount
    return refund.store_id, refund.order_id, refund.refund_id, amount.currency, amount.amount, refund.closed_at, *of
