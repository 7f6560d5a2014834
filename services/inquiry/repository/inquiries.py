"""Every statement on inquiries and on who they are with. Contacts are locked before inquiries, each in the order of their keys."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.inquiry.models import InquiryRow
from shared.errors import NotFound
from shared.http import Version
from shared.rows import as_json, told


class Ref(NamedTuple):
    store_id: str
    inquiry_id: UUID


Contact = tuple[str, str]  # store and contact key

_CONTACT = {"store_id": "text", "contact_key": "text"}
_LOCK_CONTACTS = text(f"""
    insert into contacts (store_id, contact_key)
    select store_id, contact_key from {told(_CONTACT)} order by store_id, contact_key
    on conflict (store_id, contact_key) do update set inquiry_id = contacts.inquiry_id
    returning store_id, contact_key, contacts.inquiry_id
""")  # noqa: S608
_POINTED = _CONTACT | {"inquiry_id": "uuid"}
_POINT_CONTACTS = text(f"""
    update contacts set inquiry_id = told.inquiry_id from {told(_POINTED)}
    where contacts.store_id = told.store_id and contacts.contact_key = told.contact_key
""")  # noqa: S608
_WANTED = {
    "store_id": "text",
    "order_id": "text",
    "customer_id": "text",
    "email_key": "text",
    "phone_key": "text",
    "placed_at": "timestamptz",
    "since": "timestamptz",
}
# The newest conversation the order may have come of; an order that is linked already, is linked for good.
_LINKABLE = text(f"""
    select wanted.store_id, wanted.order_id, asked.inquiry_id from {told(_WANTED, "wanted")}
    cross join lateral (
        select inquiry_id, linked_order_id from inquiries
        where store_id = wanted.store_id
          and (customer_id = wanted.customer_id
               or customer_id is null and (email_key = wanted.email_key or phone_key = wanted.phone_key))
          and received_at <= wanted.placed_at and last_customer_at >= wanted.since
        order by last_customer_at desc, inquiry_id desc limit 1
    ) as asked
    where asked.linked_order_id is null
      and not exists (select from inquiries where store_id = wanted.store_id and linked_order_id = wanted.order_id)
""")  # noqa: S608
# Orders that are known already, of conversations that are told of late.
_ASKED = {
    "store_id": "text",
    "inquiry_id": "uuid",
    "customer_id": "text",
    "email_key": "text",
    "phone_key": "text",
    "since": "timestamptz",
    "until": "timestamptz",
}
_LED_TO = text(f"""
    select asked.store_id, asked.inquiry_id, known.order_id from {told(_ASKED, "asked")}
    cross join lateral (
        select order_id from customer_orders
        where store_id = asked.store_id
          and (customer_id = asked.customer_id
               or asked.customer_id is null and (email_key = asked.email_key or phone_key = asked.phone_key))
          and placed_at between asked.since and asked.until and status <> :cancelled
          and not exists (select from inquiries where store_id = asked.store_id and linked_order_id = customer_orders.order_id)
        order by placed_at, order_id limit 1
    ) as known
""")  # noqa: S608
_LOCK_CUSTOMERS = text("""
    select pg_advisory_xact_lock(hashtext('inquiry/customers'), bucket)
    from (select distinct abs(hashtext(key) % :buckets) as bucket from unnest(cast(:keys as text[])) as key order by bucket) as sorted
""")
_BUCKETS = 512  # locks of one transaction at most
_FIRST = {"store_id": "text", "about": "text", "by": "text"}
_FIRST_STEPS = text(f"""
    insert into history (store_id, about, number, at, step, by, detail)
    select store_id, about, 1, :now, 'received', by, cast('{{}}' as jsonb) from {told(_FIRST)}
""")  # noqa: S608


class UnknownInquiry(NotFound):
    """There is no such inquiry in this store."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What a list is narrowed to; None: not at all."""

    status: str | None = None
    channel: str | None = None
    agent_id: str | None = None
    customer_id: str | None = None
    breached: bool | None = None


class OrderSought(NamedTuple):
    """`since`: how recent the customer's last message must be."""

    store_id: str
    order_id: str
    customer_id: str | None
    email_key: str | None
    phone_key: str | None
    placed_at: datetime
    since: datetime


async def inquiry(session: AsyncSession, ref: Ref) -> InquiryRow:
    """UnknownInquiry (404)."""
    found = await session.get(InquiryRow, ref)
    if found is None:
        raise UnknownInquiry("there is no such inquiry")
    return found


async def inquiry_for_update(session: AsyncSession, ref: Ref, version: Version | None = None) -> InquiryRow:
    """UnknownInquiry (404); with a version VersionMissing (428) and StaleVersion (412) too."""
    found = (await inquiries_for_update(session, [ref])).get(ref)
    if found is None:
        raise UnknownInquiry("there is no such inquiry")
    if version is not None:
        version.check(found.version)
    return found


async def inquiries_for_update(session: AsyncSession, refs: Collection[Ref]) -> dict[Ref, InquiryRow]:
    if not refs:
        return {}
    statement = (
        select(InquiryRow)
        .where(tuple_(InquiryRow.store_id, InquiryRow.inquiry_id).in_(sorted(set(refs))))
        .order_by(InquiryRow.store_id, InquiryRow.inquiry_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {Ref(row.store_id, row.inquiry_id): row for row in await session.scalars(statement)}


async def inquiries(
    session: AsyncSession, store_id: str, sought: Sought, *, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[InquiryRow]:
    """Newest first."""
    found = select(InquiryRow).where(InquiryRow.store_id == store_id)
    for name in ("status", "channel", "agent_id", "customer_id"):
        if (wanted := getattr(sought, name)) is not None:
            found = found.where(getattr(InquiryRow, name) == wanted)
    if sought.breached is not None:
        breached = InquiryRow.breached_at.is_not(None)
        found = found.where(breached if sought.breached else ~breached)
    if before is not None:
        found = found.where(tuple_(InquiryRow.received_at, InquiryRow.inquiry_id) < before)
    ordered = found.order_by(InquiryRow.received_at.desc(), InquiryRow.inquiry_id.desc()).limit(limit)
    return (await session.scalars(ordered)).all()


async def lock_contacts(session: AsyncSession, contacts: Collection[Contact]) -> dict[Contact, UUID | None]:
    """The newest inquiry of each; of two transactions that meet a new contact at once the second sees what the first made."""
    if not contacts:
        return {}
    rows = await session.execute(_LOCK_CONTACTS, {"rows": as_json(_CONTACT, sorted(contacts))})
    return {(row.store_id, row.contact_key): row.inquiry_id for row in rows}


async def point_contacts(session: AsyncSession, newest: Mapping[Contact, UUID]) -> None:
    if newest:
        rows = [(store_id, key, inquiry_id) for (store_id, key), inquiry_id in newest.items()]
        await session.execute(_POINT_CONTACTS, {"rows": as_json(_POINTED, rows)})


async def linkable(session: AsyncSession, orders: Sequence[OrderSought]) -> dict[Ref, str]:
    """The inquiries these orders may have come of, not locked yet; each with the first of its orders."""
    found: dict[Ref, str] = {}
    if orders:
        ordered = sorted(orders, key=lambda order: (order.placed_at, order.order_id))
        for row in await session.execute(_LINKABLE, {"rows": as_json(_WANTED, ordered)}):
            found.setdefault(Ref(row.store_id, row.inquiry_id), row.order_id)
    return found


async def led_to(session: AsyncSession, rows: Sequence[InquiryRow], within: Mapping[str, timedelta], cancelled: str) -> dict[Ref, str]:
    """The first order each one's customer placed since she asked and not later than `within` her store after her last message."""
    if not rows:
        return {}
    asked = [
        (row.store_id, row.inquiry_id, row.customer_id, row.email_key, row.phone_key, row.received_at, until)
        for row in rows
        for until in [row.last_customer_at + within[row.store_id]]
    ]
    found = await session.execute(_LED_TO, {"rows": as_json(_ASKED, asked), "cancelled": cancelled})
    return {Ref(row.store_id, row.inquiry_id): row.order_id for row in found}


async def lock_customers(session: AsyncSession, keys: Collection[str]) -> None:
    """Before anything else is locked: what customers write and what they order is learnt one after the other, and each sees the other."""
    if keys:
        await session.execute(_LOCK_CUSTOMERS, {"keys": sorted(keys), "buckets": _BUCKETS})


async def changed_since(session: AsyncSession, since: datetime, after: Ref | None, limit: int) -> Sequence[InquiryRow]:
    """Locked, so that nothing newer is said of them meanwhile."""
    found = select(InquiryRow).where(InquiryRow.updated_at >= since)
    if after is not None:
        found = found.where(tuple_(InquiryRow.store_id, InquiryRow.inquiry_id) > after)
    ordered = found.order_by(InquiryRow.store_id, InquiryRow.inquiry_id).limit(limit).with_for_update()
    return (await session.scalars(ordered)).all()


async def add_first_steps(session: AsyncSession, received: Sequence[tuple[Ref, str]], now: datetime) -> None:
    """The first step of new inquiries, each with who told of it."""
    if received:
        rows = [(ref.store_id, about(ref), by) for ref, by in received]
        await session.execute(_FIRST_STEPS, {"rows": as_json(_FIRST, rows), "now": now})


def about(ref: Ref) -> str:
    """As history names it."""
    return f"inquiry/{ref.inquiry_id}"
