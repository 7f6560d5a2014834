"""Two years of a shop as the service would have kept them: a thousand products, twenty agents; of the first year only its sums."""

from datetime import date, timedelta

from services.orders.domain.figures import NOBODY, Kind, Sales, Slot
from services.orders.repository import figures
from services.orders.usecases import crediting
from shared.clock import utc_now
from tests.bench.ground import Round
from tests.bench.sample import STORE

DAYS = 365
PRODUCTS = 1_000
AGENTS = 20
_MIDDLE = 15
_NOT_FOLDED = 100  # transactions of the last seconds
# numbers up to `orders` are of this year
_MADE = """
    select setseed(0.5);
    create temporary table made on commit drop as
    with orders as materialized (
        select number,
               date '{until}' - cast(floor({days} * random()) as integer) - case when number > {orders} then {days} else 0 end as day,
               case when random() < 0.25 then 'agent-' || floor({agents} * random()) else '' end as agent,
               cast(floor({products} * random()) as integer) as product, 1 + cast(floor(3 * random()) as integer) as lines,
               'c-' || floor(200000 * random()) as customer_id, random() < 0.05 as cancelled, random() < 0.03 as goes_back
        from generate_series(1, 2 * {orders}) as number)
    select number, day, agent, customer_id, cancelled, goes_back and not cancelled as refunded,
           'SKU-' || (product + line * 331) % {products} as sku, 1 + number % 3 as units, (3 + (product + line) % 97) * 1.25 as price
    from orders cross join lateral generate_series(1, lines) as line
"""
_ORDERS = """
    insert into orders (store_id, order_id, version, steps, facts, failed_checks, waived, dues, sold_on, sold_by, status, placed_at,
                        customer_id, customer_name, email, total, currency, twin_keys, waits_for, updated_at)
    select '{store}', 'F' || number, 3, 3, '{{}}', '[]', '[]', '[]', day, nullif(agent, ''),
           case when cancelled then 'cancelled' else 'confirmed' end, day + interval '12 hours', customer_id, 'li lei',
           number || '@example.com', sum(units * price) + 5.90, 'USD', '{{}}', '{{}}', now()
    from made where number <= {orders} group by number, day, agent, customer_id, cancelled
"""
_CUSTOMERS = """
    insert into customers (store_id, customer_id, orders, first_order_at, last_order_at)
    select store_id, customer_id, count(*), min(placed_at), max(placed_at) from orders where status <> 'cancelled' group by 1, 2
"""
_REFUNDS = """
    insert into order_refunds (store_id, order_id, refund_id, currency, amount, closed_at)
    select distinct '{store}', 'F' || number, cast(md5('refund' || number) as uuid), 'USD', 1.00, now() from made
    where refunded and number <= {orders}
"""
_SALES = """
    insert into sales (store_id, kind, grain, start, name, currency, placed, cancelled, units, revenue, refunded_orders, refunded)
    with each as (
        select number, day, agent, cancelled, refunded, sum(units) as units, sum(units * price) + 5.90 as revenue
        from made group by 1, 2, 3, 4, 5),
    counted as (
        select 'store' as kind, day, '' as name, cancelled, units, revenue, refunded from each
        union all select 'agent', day, agent, cancelled, units, revenue, refunded from each
        union all select 'product', day, sku, cancelled, units, units * price, refunded from made)
    select '{store}', kind, grain, case grain when 'day' then day else cast(date_trunc('month', day) as date) end, name, 'USD',
           count(*), count(*) filter (where cancelled), coalesce(sum(units) filter (where not cancelled), 0),
           coalesce(sum(revenue) filter (where not cancelled), 0), count(*) filter (where refunded), count(*) filter (where refunded) * 1.00
    from counted cross join (values ('day'), ('month')) as grains (grain) group by 1, 2, 3, 4, 5 order by 4, 2, 3, 5
"""
# every third is of one of five thousand regulars; those of the last days are not closed yet
_INQUIRIES = """
    insert into inquiries (store_id, inquiry_id, version, person, asked_on, sku, open_since, agent_id, linked_order_id, closed_at)
    with asked as materialized (
        select number, cast(floor({days} * random()) as integer) as days_ago, random() < 0.25 as won,
               'customer/c-' || floor(case when random() < 0.33 then 5000 else 200000 end * random()) as person,
               'SKU-' || floor({products} * random()) as sku, 'agent-' || floor({agents} * random()) as agent_id
        from generate_series(1, {inquiries}) as number)
    select '{store}', cast(md5('inquiry' || number) as uuid), 5, person, date '{until}' - days_ago, sku,
           case when days_ago < 3 then date '{until}' - days_ago + interval '9 hours' end,
           case when days_ago >= 3 then agent_id end, case when days_ago >= 3 and won then 'F' || number end,
           case when days_ago >= 3 then date '{until}' - days_ago + interval '10 hours' end
    from asked
"""


async def stock(measured: Round, orders: int, inquiries: int) -> date:
    """Answers with its last day, in the middle of a month, where most days are none of a whole one."""
    until = utc_now().date()
    while until.day != _MIDDLE:
        until -= timedelta(days=1)
    numbers = {
        "store": STORE,
        "orders": orders,
        "inquiries": inquiries,
        "days": DAYS,
        "products": PRODUCTS,
        "agents": AGENTS,
        "until": until,
    }
    made = "; ".join(each.format(**numbers) for each in (_MADE, _ORDERS, _CUSTOMERS, _REFUNDS, _SALES, _INQUIRIES))
    # tables that are emptied in the same transaction need not be logged
    await measured.as_admin(
        f"begin; set local work_mem = '256MB'; truncate orders, customers, order_refunds, sales, inquiries; {made}; commit"
    )
    async with measured.database.transaction() as session:
        await crediting.count_conversions(session, [f"{STORE}/first"], utc_now())
    await _sell(measured, until)
    await measured.as_admin("vacuum analyze", "checkpoint")
    return until


async def _sell(measured: Round, day: date) -> None:
    """What is put down and not added up yet, of ten orders each."""
    for number in range(_NOT_FOLDED):
        sold = {slot: Sales(placed=1, cancelled=1) for slot in _slots(number, day)}
        async with measured.database.transaction() as session:
            await figures.add_changes(session, {STORE: sold})


def _slots(number: int, day: date) -> list[Slot]:
    products = [Slot(day, "USD", Kind.PRODUCT, f"SKU-{(number * 20 + line) % PRODUCTS}") for line in range(20)]
    return [Slot(day, "USD", Kind.STORE, NOBODY), Slot(day, "USD", Kind.AGENT, NOBODY), *products]
