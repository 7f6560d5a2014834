"""Who asked, who answered and what it led to (ORD-11): the service's own copy of what inquiry says of it."""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.conversion import Inquiry
from services.orders.repository.orders import Ref
from shared.rows import as_json, told

_COLUMNS = {
    "store_id": "text",
    "inquiry_id": "uuid",
    "version": "bigint",
    "person": "text",
    "asked_on": "date",
    "sku": "text",
    "open_since": "timestamptz",
    "agent_id": "text",
    "linked_order_id": "text",
    "closed_at": "timestamptz",
}
_NAMES = ", ".join(_COLUMNS)
_KEY = ("store_id", "inquiry_id")
_LOCK = text("""
    select pg_advisory_xact_lock(hashtext('orders/inquiries'), hashtext(store_id))
    from (select store_id from unnest(cast(:store_ids as text[])) as store_id order by hashtext(store_id)) as sorted
""")
_ID = {"store_id": "text", "inquiry_id": "uuid"}
_KNOWN = text(f"select {_NAMES} from inquiries join {told(_ID)} using (store_id, inquiry_id)")  # noqa: S608
_PERSON = {"store_id": "text", "person": "text"}
_OF_PERSONS = text(f"select {_NAMES} from inquiries join {told(_PERSON)} using (store_id, person)")  # noqa: S608
_REMEMBER = text(f"""
    insert into inquiries ({_NAMES}) select {_NAMES} from {told(_COLUMNS)} order by store_id, inquiry_id
    on conflict (store_id, inquiry_id) do update set {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS if name not in _KEY)}
""")  # noqa: S608
_SELLER = text("""
    select agent_id from inquiries where store_id = :store_id and linked_order_id = :order_id
    order by closed_at desc, inquiry_id desc limit 1
""")

Id = tuple[str, UUID]


async def lock(session: AsyncSession, store_ids: Iterable[str]) -> None:
    """Before anything else is locked: of a store's inquiries one transaction learns after the other."""
    await session.execute(_LOCK, {"store_ids": sorted(set(store_ids))})


async def known(session: AsyncSession, ids: Collection[Id]) -> list[Inquiry]:
    return [Inquiry(*row) for row in await session.execute(_KNOWN, {"rows": as_json(_ID, sorted(ids))})]


async def of_persons(session: AsyncSession, persons: Collection[tuple[str, str]]) -> list[Inquiry]:
    """Everything that these (of a store each) asked."""
    return [Inquiry(*row) for row in await session.execute(_OF_PERSONS, {"rows": as_json(_PERSON, sorted(persons))})]


async def remember(session: AsyncSession, told: Collection[Inquiry]) -> None:
    if told:
        await session.execute(_REMEMBER, {"rows": as_json(_COLUMNS, told)})


async def seller(session: AsyncSession, ref: Ref) -> str | None:
    """Who closed the last inquiry that led to the order."""
    found: str | None = await session.scalar(_SELLER, ref._asdict())
    return found
