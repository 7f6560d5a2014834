"""Purchase figures of segments, kept as of the last classification (CUS-6), and what customers said in a period (CUS-4)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.customers.lifetime import Observed
from services.orders.domain.customers.segments import age_bands
from services.orders.domain.customers.windows import Windows
from services.orders.domain.value_policy import ValuePolicy
from services.orders.repository.customers.lists import AGE_BAND

MOST_SEGMENTS = 200
_FORGET = text("delete from customer_segments where store_id = :store_id")
_ADD = text(f"""
    with sums as (
        select customer_id, coalesce(sum(orders) filter (where month >= :year_from and currency = :currency), 0) as orders,
               coalesce(sum(amount - refunded) filter (where month >= :year_from and currency = :currency), 0) as worth,
               coalesce(sum(orders) filter (where month >= :year_from and currency <> :currency), 0) as others,
               coalesce(sum(orders) filter (where month >= :year_from), 0) > 0 as bought,
               coalesce(sum(orders) filter (where month < :year_from), 0) > 0 as bought_before
        from customer_months where store_id = :store_id and month >= :before_from group by customer_id),
    people as (
        select tier, abc, case when birth_date is not null then {AGE_BAND} end as age_band, income_band, region, preferences, satisfied,
               dissatisfied, coalesce(sums.orders, 0) as orders, coalesce(worth, 0) as worth, coalesce(others, 0) as others,
               coalesce(bought, false) as bought, coalesce(bought_before, false) as bought_before
        from customers left join sums using (customer_id) where store_id = :store_id and customers.orders > 0),
    placed as (
        select case grouping(tier, abc, age_band, income_band, region) when 15 then 'tier' when 23 then 'abc' when 27 then 'age_band'
                    when 29 then 'income_band' when 30 then 'region' else 'all' end as dimension,
               coalesce(tier, abc, age_band, income_band, region, '') as segment,
               count(*) as customers, count(*) filter (where bought) as buyers, sum(orders) as orders, sum(worth) as worth,
               sum(others) as others, count(*) filter (where bought_before) as ordered_before,
               count(*) filter (where bought_before and bought) as ordered_again, sum(satisfied) as satisfied,
               sum(dissatisfied) as dissatisfied
        from people group by grouping sets ((), (tier), (abc), (age_band), (income_band), (region))
        union all
        select 'preference', key || '=' || value, count(*), count(*) filter (where bought), sum(orders), sum(worth), sum(others),
               count(*) filter (where bought_before), count(*) filter (where bought_before and bought), sum(satisfied), sum(dissatisfied)
        from people cross join lateral jsonb_each_text(preferences) as preferred (key, value)
        where jsonb_typeof(preferences) = 'object' and value is not null and length(value) <= 100 group by 2),
    largest as (select *, row_number() over (partition by dimension order by customers desc, segment) as place from placed)
    insert into customer_segments (store_id, dimension, segment, at, currency, customers, buyers, orders, worth, other_currencies,
                                   ordered_before, ordered_again, satisfied, dissatisfied)
    select cast(:store_id as text), dimension, segment, cast(:now as timestamptz), cast(:currency as text), customers, buyers, orders,
           worth, others, ordered_before, ordered_again, satisfied, dissatisfied
    from largest where place <= {MOST_SEGMENTS} and customers > 0
""")  # noqa: S608
_OF = text("""
    select dimension, segment, at, currency, customers, buyers, orders, worth, other_currencies, ordered_before, ordered_again, satisfied,
           dissatisfied
    from customer_segments where store_id = :store_id and dimension = :dimension order by customers desc, segment
""")
_OBSERVED = text("""
    select dimension, segment, ordered_before, ordered_again from customer_segments
    where store_id = :store_id and (dimension, segment) in (('region', :region), ('income_band', :income_band), ('age_band', :age_band),
                                                            ('all', ''))
    order by array_position(array['region', 'income_band', 'age_band', 'all'], dimension)
""")
_VOICES = text("""
    select count(*) filter (where satisfied) as satisfied, count(*) filter (where not satisfied) as dissatisfied
    from (select distinct on (customer_id) satisfied from customer_voices
          where store_id = :store_id and satisfied is not null and told_at >= :since and told_at < :until
          order by customer_id, told_at desc, voice_id desc) as last_words
""")


class Voices(NamedTuple):
    satisfied: int
    dissatisfied: int


async def count(
    session: AsyncSession, store_id: str, currency: str, windows: Windows, policy: ValuePolicy, *, now: datetime, today: date
) -> None:
    """All dimensions in one look at the customers; of each the largest segments."""
    asked = {"store_id": store_id, "currency": currency, "now": now, "today": today, "age_bands": age_bands(policy)}
    bounds = {"year_from": windows.year_from, "before_from": windows.before_from, "age_edges": list(policy.age_edges)}
    await session.execute(_FORGET, {"store_id": store_id})
    await session.execute(_ADD, asked | bounds)


async def segments(session: AsyncSession, store_id: str, dimension: str) -> Sequence[RowMapping]:
    """Largest first; none before the first classification."""
    return (await session.execute(_OF, {"store_id": store_id, "dimension": dimension})).mappings().all()


async def observed(
    session: AsyncSession, store_id: str, *, region: str | None, income_band: str | None, age_band: str | None
) -> list[Observed]:
    """How many came back of the segments a customer is in, the narrowest first; the store as a whole is the last."""
    asked = {"store_id": store_id, "region": region, "income_band": income_band, "age_band": age_band}
    return [Observed(*row) for row in await session.execute(_OBSERVED, asked)]


async def voices(session: AsyncSession, store_id: str, since: datetime, until: datetime) -> Voices:
    """How many customers were satisfied, and how many not, each by her last word of the period."""
    return Voices(*(await session.execute(_VOICES, {"store_id": store_id, "since": since, "until": until})).one())
