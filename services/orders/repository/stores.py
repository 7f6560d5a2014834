"""Shops as they last said they are, and their business time."""

from collections.abc import Iterable, Mapping, Sequence

from pydantic import JsonValue
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.models.catalogue import Store
from shared.calendar import BusinessCalendar, OpeningHours

_STORE = text("""
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


async def remember_store(session: AsyncSession, store: Mapping[str, object]) -> None:
    await session.execute(_STORE, dict(store))


async def calendars(session: AsyncSession, store_ids: Iterable[str]) -> dict[str, BusinessCalendar]:
    """Every store asked for has one: the default until it told its own."""
    asked = sorted(set(store_ids))
    rows = await session.execute(
        select(Store.store_id, Store.time_zone, Store.business_hours, Store.holiday_country).where(Store.store_id.in_(asked))
    )
    told = {row.store_id: BusinessCalendar.of(row.time_zone, _opening_hours(row.business_hours), row.holiday_country) for row in rows}
    return {store_id: told.get(store_id) or BusinessCalendar.default() for store_id in asked}


async def store(session: AsyncSession, store_id: str) -> Store | None:
    return await session.get(Store, store_id)


def _opening_hours(told: Sequence[Mapping[str, JsonValue]]) -> list[OpeningHours]:
    return [OpeningHours(list(map(str, hours["days"])), str(hours["from"]), str(hours["to"])) for hours in told]  # type: ignore[arg-type]
