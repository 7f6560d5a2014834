"""Who is sent a kind word: only who consented, and each once for an occasion of a year."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.retention import Retention

CARES = Retention("customer_cares", "told_at", days=800)

_REMEMBER = """
    with found as (
        select customer_id, name, language from customers
        where store_id = :store_id and marketing_consent {only} and customer_id > :after order by customer_id limit :limit),
    fresh as (
        insert into customer_cares (store_id, customer_id, occasion, year, told_at)
        select cast(:store_id as text), customer_id, cast(:occasion as text), cast(:year as smallint), cast(:now as timestamptz) from found
        order by customer_id on conflict do nothing returning customer_id)
    select customer_id, name, language, fresh.customer_id is not null as is_fresh
    from found left join fresh using (customer_id) order by customer_id
"""
_BORN = text(_REMEMBER.format(only="and birthday = any(cast(:birthdays as smallint[]))"))
_EVERYBODY = text(_REMEMBER.format(only=""))


class Greeted(NamedTuple):
    customer_id: str
    name: str | None
    language: str | None
    is_fresh: bool


class Occasion(NamedTuple):
    """`birthdays` are the days, as month and day, whose children it is for; None where it is everybody's."""

    store_id: str
    name: str
    year: int
    birthdays: Sequence[int] | None = None


async def remember(session: AsyncSession, occasion: Occasion, *, after: str, limit: int, now: datetime) -> list[Greeted]:
    """The next of them by customer_id; `is_fresh` those who were not greeted yet."""
    store_id, name, year, birthdays = occasion
    asked = {"store_id": store_id, "occasion": name, "year": year, "after": after, "limit": limit, "now": now}
    if birthdays is None:
        return [Greeted(*row) for row in await session.execute(_EVERYBODY, asked)]
    return [Greeted(*row) for row in await session.execute(_BORN, {**asked, "birthdays": list(birthdays)})]
