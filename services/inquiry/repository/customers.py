"""The copy of customers, written so that any order of arrival gives the same rows."""

from collections.abc import Collection
from dataclasses import astuple, dataclass, fields
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.rows import as_json, told

CustomerKey = tuple[str, str]  # store and customer


@dataclass(frozen=True, slots=True)
class ToldCustomer:
    store_id: str
    customer_id: str
    updated_at: datetime
    digest: str
    name: str | None
    email: str | None
    phone: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    name: str | None
    email: str | None
    phone: str | None
    language: str | None


_TOLD = {field.name: "timestamptz" if field.name == "updated_at" else "text" for field in fields(ToldCustomer)}
_REMEMBER = text(f"""
    insert into customers ({", ".join(_TOLD)})
    select store_id, customer_id, updated_at, decode(digest, 'hex'), name, email, phone, language
    from {told(_TOLD)} order by store_id, customer_id
    on conflict (store_id, customer_id) do update
    set {", ".join(f"{name} = excluded.{name}" for name in _TOLD if name not in ("store_id", "customer_id"))}
    where (excluded.updated_at, excluded.digest) > (customers.updated_at, customers.digest)
""")  # noqa: S608
_KEY = {"store_id": "text", "customer_id": "text"}
_KNOWN = text(f"""
    select store_id, customer_id, name, email, phone, language from customers join {told(_KEY)} using (store_id, customer_id)
""")  # noqa: S608


async def remember(session: AsyncSession, customers: Collection[ToldCustomer]) -> None:
    """The newest word counts. One per customer."""
    if customers:
        await session.execute(_REMEMBER, {"rows": as_json(_TOLD, [astuple(customer) for customer in customers])})


async def known(session: AsyncSession, wanted: Collection[CustomerKey]) -> dict[CustomerKey, KnownCustomer]:
    """Those the storefront has told of."""
    if not wanted:
        return {}
    rows = await session.execute(_KNOWN, {"rows": as_json(_KEY, wanted)})
    return {(row.store_id, row.customer_id): KnownCustomer(row.name, row.email, row.phone, row.language) for row in rows}
