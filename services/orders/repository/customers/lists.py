"""One customer, or those that have something in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.customers.loss import Loss
from services.orders.domain.customers.record import MonthSum, Record
from services.orders.domain.customers.segments import age_bands
from services.orders.domain.value_policy import ValuePolicy
from shared.errors import NotFound

_RECORD = """store_id, customer_id, version, orders, first_order_at, last_order_at, refunds, complaints, satisfied, dissatisfied, abc, tier,
    tier_since"""
_PROFILE = (
    "profile_at, name, email, phone, language, registered_at, wholesale, birth_date, income_band, region, preferences, marketing_consent"
)
_ONE = text(f"select {_RECORD}, {_PROFILE} from customers where store_id = :store_id and customer_id = :customer_id")  # noqa: S608
_MONTHS = text("""
    select customer_id, month, currency, orders, amount, refunded from customer_months
    where store_id = :store_id and customer_id = any(cast(:customer_ids as text[])) order by month, currency
""")
_LAST_WORD = text("""
    select satisfied from customer_voices where store_id = :store_id and customer_id = :customer_id and satisfied is not null
    order by told_at desc, voice_id desc limit 1
""")
_CURRENCY = text("""
    select coalesce(
        (select currency from stores where store_id = :store_id),
        (select currency from customer_months where store_id = :store_id group by currency order by sum(orders) desc, currency limit 1))
""")
AGE_BAND = """(cast(:age_bands as text[]))[
    1 + width_bucket(cast(extract(year from age(cast(:today as date), birth_date)) as integer), cast(:age_edges as integer[]))]"""
# the same as domain/customers/loss.py
_INTERVAL = """case when orders <= 1 then cast(:usual as interval)
    else greatest((last_order_at - first_order_at) / (orders - 1), cast(:shortest as interval)) end"""
_PASSED = f"last_order_at + {_INTERVAL} * cast(:{{}} as float) <= :now"
_LOST = {
    Loss.TEMPORARY: f"{_PASSED.format('temporarily')} and not {_PASSED.format('permanently')}",
    Loss.PERMANENT: _PASSED.format("permanently"),
}


class UnknownCustomer(NotFound):
    """The store has no customer of this id, as far as we know."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a customer has to have; None where it does not matter."""

    tier: str | None = None
    abc: str | None = None
    lost: Loss | None = None
    age_band: str | None = None
    income_band: str | None = None
    region: str | None = None
    preference: dict[str, str] | None = None


async def customer(session: AsyncSession, store_id: str, customer_id: str) -> RowMapping:
    """UnknownCustomer (404)."""
    row = (await session.execute(_ONE, {"store_id": store_id, "customer_id": customer_id})).mappings().one_or_none()
    if row is None:
        raise UnknownCustomer("there is no such customer")
    return row


async def customers(
    session: AsyncSession, store_id: str, wanted: Wanted, policy: ValuePolicy, *, now: datetime, today: date, after: str, limit: int
) -> Sequence[RowMapping]:
    """By customer_id."""
    conditions, values = _narrowed(wanted, policy, now, today)
    statement = f"""
        select {_RECORD}, {_PROFILE} from customers where {" and ".join(["store_id = :store_id", "customer_id > :after", *conditions])}
        order by store_id, customer_id limit :limit
    """  # noqa: S608
    asked = {"store_id": store_id, "after": after, "limit": limit, **values}
    return (await session.execute(text(statement), asked)).mappings().all()


async def records(session: AsyncSession, store_id: str, rows: Sequence[RowMapping]) -> dict[str, Record]:
    """The months of all of these in one statement."""
    months: dict[str, list[MonthSum]] = {row["customer_id"]: [] for row in rows}
    for customer_id, *month in await session.execute(_MONTHS, {"store_id": store_id, "customer_ids": list(months)}):
        months[customer_id].append(MonthSum(*month))
    return {
        row["customer_id"]: Record(row["orders"], row["first_order_at"], row["last_order_at"], months[row["customer_id"]]) for row in rows
    }


async def last_word(session: AsyncSession, store_id: str, customer_id: str) -> bool | None:
    """Whether she was satisfied when she last said; None where she never did."""
    found: bool | None = await session.scalar(_LAST_WORD, {"store_id": store_id, "customer_id": customer_id})
    return found


async def currency(session: AsyncSession, store_id: str) -> str | None:
    """The store's own, else the one of most orders; None where there are neither."""
    found: str | None = await session.scalar(_CURRENCY, {"store_id": store_id})
    return found


def _narrowed(wanted: Wanted, policy: ValuePolicy, now: datetime, today: date) -> tuple[list[str], dict[str, Any]]:
    conditions: list[str] = []
    values: dict[str, Any] = {}
    for name in ("tier", "abc", "income_band", "region"):
        if (value := getattr(wanted, name)) is not None:
            conditions.append(f"{name} = :{name}")
            values[name] = value
    if wanted.lost is not None:
        conditions.append(f"orders > 0 and {_LOST[wanted.lost]}")
        values |= _loss(wanted.lost, policy, now)
    if wanted.age_band is not None:
        conditions.append(f"birth_date is not null and {AGE_BAND} = :age_band")
        values |= {"age_band": wanted.age_band, "today": today, "age_bands": age_bands(policy), "age_edges": list(policy.age_edges)}
    if wanted.preference is not None:
        conditions.append("preferences ->> cast(:preference as text) = :preferred")
        ((values["preference"], values["preferred"]),) = wanted.preference.items()
    return conditions, values


def _loss(lost: Loss, policy: ValuePolicy, now: datetime) -> dict[str, Any]:
    times = {"permanently": float(policy.lost_permanently_after)}
    if lost is Loss.TEMPORARY:
        times["temporarily"] = float(policy.lost_temporarily_after)
    return {"now": now, "usual": _days(policy.usual_interval_days), "shortest": _days(policy.shortest_interval_days), **times}


def _days(days: int) -> timedelta:
    return timedelta(days=days)
