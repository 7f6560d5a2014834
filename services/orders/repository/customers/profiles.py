"""What storefronts say of their customers, and what customers said themselves."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.customers.care import birthday_number
from shared.events.storefront import CustomerUpdated
from shared.rows import as_json, told

_PROFILE = {
    "store_id": "text",
    "customer_id": "text",
    "profile_at": "timestamptz",
    "profile_digest": "text",
    "name": "text",
    "email": "text",
    "phone": "text",
    "language": "text",
    "registered_at": "timestamptz",
    "wholesale": "boolean",
    "birth_date": "date",
    "birthday": "smallint",
    "income_band": "text",
    "region": "text",
    "preferences": "jsonb",
    "marketing_consent": "boolean",
}
_SET = ", ".join(f"{name} = excluded.{name}" for name in _PROFILE if name not in ("store_id", "customer_id"))
_REMEMBER = text(f"""
    with kept as (
        insert into customers as known ({", ".join(_PROFILE)}) select * from {told(_PROFILE)} order by store_id, customer_id
        on conflict (store_id, customer_id) do update set version = known.version + 1, {_SET}
        where known.profile_at is null
           or (excluded.profile_at, excluded.profile_digest) > (known.profile_at, known.profile_digest)
        returning store_id, xmax = 0 as is_new)
    select distinct store_id from kept where is_new
""")  # noqa: S608
_VOICE = {"store_id": "text", "kind": "text", "voice_id": "uuid", "customer_id": "text", "told_at": "timestamptz", "satisfied": "boolean"}
_HEAR = text(f"""
    with fresh as (
        insert into customer_voices ({", ".join(_VOICE)})
        select distinct on (1, 2, 3) * from {told(_VOICE)} order by 1, 2, 3
        on conflict do nothing returning store_id, customer_id, kind, satisfied),
    kept as (
        insert into customers as known (store_id, customer_id, complaints, satisfied, dissatisfied)
        select store_id, customer_id, count(*) filter (where kind = 'case'), count(*) filter (where satisfied),
               count(*) filter (where not satisfied)
        from fresh group by 1, 2 order by 1, 2
        on conflict (store_id, customer_id) do update set
            version = known.version + 1, complaints = known.complaints + excluded.complaints,
            satisfied = known.satisfied + excluded.satisfied, dissatisfied = known.dissatisfied + excluded.dissatisfied
        returning store_id, xmax = 0 as is_new)
    select distinct store_id from kept where is_new
""")  # noqa: S608


class Profile(NamedTuple):
    """`digest` decides between two of the same time."""

    told: CustomerUpdated
    digest: str


class Voice(NamedTuple):
    """A case (`satisfied` is None) or an answered survey."""

    store_id: str
    kind: str
    voice_id: UUID
    customer_id: str
    told_at: datetime
    satisfied: bool | None = None


async def remember(session: AsyncSession, profiles: Sequence[Profile]) -> list[str]:
    """One per customer; the newest counts. Answers with the stores that have new customers."""
    return list(await session.scalars(_REMEMBER, {"rows": as_json(_PROFILE, [_row(*profile) for profile in profiles])}))


async def hear(session: AsyncSession, voices: Sequence[Voice]) -> list[str]:
    """Each counts once. Answers with the stores that have new customers."""
    return list(await session.scalars(_HEAR, {"rows": as_json(_VOICE, voices)}))


def _row(told: CustomerUpdated, digest: str) -> tuple[object, ...]:
    return (
        told.store_id,
        told.customer_id,
        told.updated_at,
        digest,
        told.customer_name,
        told.email,
        told.phone,
        told.language,
        told.registered_at,
        told.wholesale,
        told.birth_date,
        None if told.birth_date is None else birthday_number(told.birth_date),
        told.income_band,
        told.region,
        told.preferences,
        told.marketing_consent,
    )
