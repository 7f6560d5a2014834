"""What becomes of customers who asked: their orders, and which of them a conversation led to (INQ-2, INQ-13)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.inquiry.domain.contacts import customer_keys, email_key, phone_key
from services.inquiry.domain.conversation import InquiryStatus, Outcome, is_linked_by
from services.inquiry.domain.policy import InquiryPolicy
from services.inquiry.models import InquiryRow
from services.inquiry.repository import catalogue, inquiries
from services.inquiry.repository.catalogue import OrderCopy
from services.inquiry.repository.inquiries import OrderSought, Ref
from services.inquiry.usecases import snapshots
from shared import policies
from shared.events.inquiries import InquiryClosed
from shared.events.orders import OrderSnapshot
from shared.history import AUTO, add_step

_CANCELLED = "cancelled"


async def learn_orders(session: AsyncSession, told: Sequence[OrderSnapshot], now: datetime) -> None:
    """Keeps the newest of each, and links those that a conversation led to."""
    newest: dict[tuple[str, str], OrderSnapshot] = {}
    for order in told:
        known = newest.get((order.store_id, order.order_id))
        if known is None or order.version > known.version:
            newest[order.store_id, order.order_id] = order
    copies = [_copy(order) for order in newest.values()]
    await inquiries.lock_customers(
        session, {key for copy in copies for key in customer_keys(copy.store_id, copy.customer_id, copy.email_key, copy.phone_key)}
    )
    await catalogue.remember_orders(session, copies)
    await _link(session, [order for order in newest.values() if order.status != _CANCELLED], now)


async def link_known(session: AsyncSession, rows: Sequence[InquiryRow], found: Mapping[str, InquiryPolicy], now: datetime) -> None:
    """What she wrote may be told after what she ordered; one order, one conversation."""
    unlinked = [row for row in rows if row.linked_order_id is None]
    links = await inquiries.led_to(session, unlinked, {store_id: policy.link_within for store_id, policy in found.items()}, _CANCELLED)
    linked: set[tuple[str, str]] = set()
    for row in sorted(unlinked, key=lambda row: row.last_customer_at, reverse=True):
        order_id = links.get(Ref(row.store_id, row.inquiry_id))
        if order_id is not None and (row.store_id, order_id) not in linked:
            linked.add((row.store_id, order_id))
            await _link_to(session, row, order_id, now)


async def _link(session: AsyncSession, orders: Sequence[OrderSnapshot], now: datetime) -> None:
    found = await policies.load(session, InquiryPolicy, sorted({order.store_id for order in orders}))
    links = await inquiries.linkable(session, [_sought(order, found[order.store_id]) for order in orders])
    by_id = {(order.store_id, order.order_id): order for order in orders}
    for ref, row in (await inquiries.inquiries_for_update(session, links)).items():
        order = by_id[ref.store_id, links[ref]]
        within = found[ref.store_id].link_within
        if row.linked_order_id is None and is_linked_by(order.placed_at, row.received_at, row.last_customer_at, within):
            await _won(session, row, order, now)


async def _won(session: AsyncSession, row: InquiryRow, order: OrderSnapshot, now: datetime) -> None:
    await _link_to(session, row, order.order_id, now)
    if row.status == InquiryStatus.CLOSED:
        row.outcome, row.lost_reason = Outcome.WON, None
        snapshots.say(session, row, InquiryClosed, caused_by=order)


async def _link_to(session: AsyncSession, row: InquiryRow, order_id: str, now: datetime) -> None:
    row.linked_order_id = order_id
    snapshots.touch(row, now)
    about = inquiries.about(Ref(row.store_id, row.inquiry_id))
    await add_step(session, row.store_id, about, "order-linked", by=AUTO, now=now, detail={"order_id": order_id})


def _copy(order: OrderSnapshot) -> OrderCopy:
    return OrderCopy(
        store_id=order.store_id,
        order_id=order.order_id,
        version=order.version,
        status=order.status,
        total=order.total.amount,
        currency=order.total.currency,
        placed_at=order.placed_at,
        customer_id=order.customer.customer_id,
        email_key=email_key(order.customer.email),
        phone_key=phone_key(order.customer.phone),
    )


def _sought(order: OrderSnapshot, policy: InquiryPolicy) -> OrderSought:
    copy = _copy(order)
    since = copy.placed_at - policy.link_within
    return OrderSought(copy.store_id, copy.order_id, copy.customer_id, copy.email_key, copy.phone_key, copy.placed_at, since)
