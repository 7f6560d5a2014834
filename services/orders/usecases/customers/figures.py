"""What a customer, a segment and a period are worth, by the store's policies as they are now (CUS-3, CUS-4)."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.customers.lifetime import (
    Observed,
    Retention,
    lifetime_years,
    retained_value,
    retention_of,
    rounded,
    simple_value,
)
from services.orders.domain.customers.loss import Loss
from services.orders.domain.customers.record import Record
from services.orders.domain.customers.segments import age_band
from services.orders.domain.customers.windows import Windows
from services.orders.domain.customers.word_of_mouth import PeriodValue, dynamic_value, period_value
from services.orders.domain.value_policy import ValuePolicy
from services.orders.repository.customers import lists, segments
from services.orders.repository.customers.segments import Voices
from shared import stores
from shared.money import Money

WHOLE = "all"


class Lifetime(NamedTuple):
    contribution: Money
    retention: Retention
    retained_value: Money
    simple_value: Money
    dynamic_value: Money


class Standing(NamedTuple):
    """A customer as she stands now; `lifetime` is None while the store has no currency."""

    row: RowMapping
    record: Record
    lost: Loss | None
    lifetime: Lifetime | None
    currency: str | None


class SegmentWorth(NamedTuple):
    row: RowMapping
    worth: Money
    order_value: Money
    retention: Retention
    retained_value: Money
    simple_value: Money


async def standing(session: AsyncSession, store_id: str, customer_id: str, policy: ValuePolicy, now: datetime) -> Standing:
    """UnknownCustomer (404)."""
    row = await lists.customer(session, store_id, customer_id)
    record = (await lists.records(session, store_id, [row]))[customer_id]
    currency = await lists.currency(session, store_id)
    lifetime = None if currency is None else await _lifetime(session, row, record, currency, policy, now)
    return Standing(row, record, record.loss(now, policy), lifetime, currency)


async def segment_worths(session: AsyncSession, store_id: str, dimension: str, policy: ValuePolicy) -> list[SegmentWorth]:
    return [_segment_worth(row, policy) for row in await segments.segments(session, store_id, dimension)]


async def word_of_mouth(
    session: AsyncSession, store_id: str, value: Money, since: datetime, until: datetime, policy: ValuePolicy
) -> tuple[Voices, PeriodValue]:
    """Of those who told in the period; `value` is what a mean customer spends over her lifetime."""
    voices = await segments.voices(session, store_id, since, until)
    return voices, period_value(value, satisfied=voices.satisfied, dissatisfied=voices.dissatisfied, policy=policy)


async def _lifetime(session: AsyncSession, row: RowMapping, record: Record, currency: str, policy: ValuePolicy, now: datetime) -> Lifetime:
    retention = retention_of(await _observed(session, row, policy, now), policy)
    contribution = record.year(currency, Windows.at(now, policy))
    simple = simple_value(record.order_value(currency), record.orders_a_year(now, currency), lifetime_years(retention.rate, policy))
    satisfied = await lists.last_word(session, row["store_id"], row["customer_id"])
    dynamic = dynamic_value(simple, satisfied=satisfied, policy=policy)
    yearly = rounded(contribution.amount * _windows_a_year(policy), currency)
    return Lifetime(contribution, retention, retained_value(yearly, retention.rate, policy), simple, dynamic)


async def _observed(session: AsyncSession, row: RowMapping, policy: ValuePolicy, now: datetime) -> Sequence[Observed]:
    today = now.astimezone((await stores.store(session, row["store_id"])).calendar.zone).date()
    band = None if row["birth_date"] is None else age_band(row["birth_date"], today, policy)
    return await segments.observed(session, row["store_id"], region=row["region"], income_band=row["income_band"], age_band=band)


def _segment_worth(row: RowMapping, policy: ValuePolicy) -> SegmentWorth:
    """Of a mean buyer."""
    currency, buyers, orders = row["currency"], row["buyers"], row["orders"]
    worth = Money(row["worth"], currency)
    a_year = _windows_a_year(policy)
    retention = retention_of([Observed(row["dimension"], row["segment"], row["ordered_before"], row["ordered_again"])], policy)
    order_value = rounded(worth.amount / orders, currency) if orders else Money.zero(currency)
    yearly = rounded(worth.amount * a_year / buyers, currency) if buyers else Money.zero(currency)
    orders_a_year = orders * a_year / buyers if buyers else Decimal(0)
    retained = retained_value(yearly, retention.rate, policy)
    simple = simple_value(order_value, orders_a_year, lifetime_years(retention.rate, policy))
    return SegmentWorth(row, worth, order_value, retention, retained, simple)


def _windows_a_year(policy: ValuePolicy) -> Decimal:
    """What was sold in the window's months is so often sold in a year."""
    return Decimal(12) / policy.value_months
