"""Every service's own copy of the shops: what they are called, and when they work."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

import orjson
from pydantic import JsonValue
from sqlalchemy import Column, DateTime, LargeBinary, MetaData, Row, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from shared.calendar import BusinessCalendar, OpeningHours
from shared.errors import ClockAhead
from shared.events.storefront import StoreUpdated
from shared.messaging.router import EventRouter

events = EventRouter()

_DIGEST_BYTES = 16
_MINUTES_AHEAD = 5
_REMEMBER = text("""
    insert into stores (store_id, updated_at, digest, name, address, email, phone, time_zone, currency, languages,
                        business_hours, holiday_country)
    values (:store_id, :updated_at, :digest, :name, :address, :email, :phone, :time_zone, :currency, cast(:languages as jsonb),
            cast(:business_hours as jsonb), :holiday_country)
    on conflict (store_id) do update set updated_at = excluded.updated_at, digest = excluded.digest, name = excluded.name,
        address = excluded.address, email = excluded.email, phone = excluded.phone, time_zone = excluded.time_zone,
        currency = excluded.currency, languages = excluded.languages, business_hours = excluded.business_hours,
        holiday_country = excluded.holiday_country
    where (excluded.updated_at, excluded.digest) > (stores.updated_at, stores.digest)
""")
_READ = text("""
    select store_id, name, address, email, phone, languages, time_zone, business_hours, holiday_country from stores
    where store_id = any(cast(:store_ids as text[]))
""")


@dataclass(frozen=True, slots=True)
class Store:
    """A shop as it last said it is; one that never did is called by its id, speaks English and is open on working days, 09:00–18:00 UTC."""

    store_id: str
    name: str
    email: str | None
    languages: tuple[str, ...]
    calendar: BusinessCalendar
    address: str | None = None
    phone: str | None = None


def table(metadata: MetaData) -> Table:
    return Table(
        "stores",
        metadata,
        Column("store_id", Text, primary_key=True),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("digest", LargeBinary, nullable=False, comment="decides between two of the same time"),
        Column("name", Text, nullable=False),
        Column("address", Text),
        Column("email", Text),
        Column("phone", Text),
        Column("time_zone", Text, nullable=False),
        Column("currency", Text, nullable=False),
        Column("languages", JSONB, nullable=False),
        Column("business_hours", JSONB, nullable=False, comment="[{days, from, to}]"),
        Column("holiday_country", Text),
    )


@events.on(StoreUpdated)
async def remember_store(told: StoreUpdated, session: AsyncSession, now: datetime) -> None:
    """The newest counts, whatever comes first. ClockAhead: one of tomorrow would be the newest until then."""
    if told.updated_at > now + timedelta(minutes=_MINUTES_AHEAD):
        raise ClockAhead.of("updated_at", _MINUTES_AHEAD)
    hours = [{"days": list(opening.days), "from": opening.opens, "to": opening.closes} for opening in told.business_hours]
    row = {
        "store_id": told.store_id,
        "updated_at": told.updated_at,
        "digest": blake2b(told.json_bytes(), digest_size=_DIGEST_BYTES).digest(),
        "name": told.store_name,
        "address": told.address,
        "email": told.email,
        "phone": told.phone,
        "time_zone": told.time_zone,
        "currency": told.currency,
        "languages": orjson.dumps(told.languages).decode(),
        "business_hours": orjson.dumps(hours).decode(),
        "holiday_country": told.holiday_country,
    }
    await session.execute(_REMEMBER, row)


async def load(session: AsyncSession, store_ids: Iterable[str]) -> dict[str, Store]:
    """Every store asked for, in one statement."""
    asked = sorted(set(store_ids))
    told = {row.store_id: row for row in await session.execute(_READ, {"store_ids": asked})}
    return {store_id: _store(told[store_id]) if store_id in told else _never_told(store_id) for store_id in asked}


async def store(session: AsyncSession, store_id: str) -> Store:
    return (await load(session, [store_id]))[store_id]


async def calendars(session: AsyncSession, store_ids: Iterable[str]) -> dict[str, BusinessCalendar]:
    """Every store asked for has one: the default until it told its own."""
    return {store_id: known.calendar for store_id, known in (await load(session, store_ids)).items()}


def _never_told(store_id: str) -> Store:
    return Store(store_id, store_id, None, ("en",), BusinessCalendar.default())


def _store(row: Row[*tuple[Any, ...]]) -> Store:
    calendar = BusinessCalendar.of(row.time_zone, _opening_hours(row.business_hours), row.holiday_country)
    return Store(row.store_id, row.name, row.email, tuple(row.languages), calendar, row.address, row.phone)


def _opening_hours(told: Sequence[Mapping[str, JsonValue]]) -> list[OpeningHours]:
    return [OpeningHours(list(map(str, hours["days"])), str(hours["from"]), str(hours["to"])) for hours in told]  # type: ignore[arg-type]
