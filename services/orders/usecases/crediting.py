"""What others say that an order's figures are made of: whose inquiry led to it, and what went back (ORD-11)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from hashlib import blake2b

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.decisions import AUTO
from services.orders.domain.order import Order, new_order
from services.orders.domain.records import changed
from services.orders.repository import inquiries, orders
from services.orders.repository.history import Step
from services.orders.repository.inquiries import Heard
from services.orders.repository.orders import Ref
from services.orders.usecases import clocks
from services.orders.usecases.changes import Change, record
from shared import stores
from shared.contact import normalised_email, normalised_phone
from shared.events.inquiries import InquiryClosed, InquirySnapshot
from shared.events.refunds import RefundClosed

_DIGEST_BYTES = 16


async def hear_inquiry(session: AsyncSession, told: InquirySnapshot, now: datetime) -> None:
    """Remembers who asked; an order it led to is the agent's who closed it, also one that is not placed yet."""
    heard = Heard(told.store_id, told.inquiry_id, told.version, _person(told), await _day(session, told), told.sku)
    if isinstance(told, InquiryClosed):
        heard = heard._replace(agent_id=told.agent_id, linked_order_id=told.linked_order_id, closed_at=told.closed_at)
    refs = await inquiries.remember(session, heard)
    known = await _locked(session, refs)
    sold = [(order, changed(order, sold_by=await inquiries.seller(session, ref))) for ref, order in known.items()]
    step = Step("sold-by", AUTO, detail={"inquiry_id": str(told.inquiry_id)})
    await _credit(session, [Change(before, after, [step], told) for before, after in sold], now)


async def hear_refund(session: AsyncSession, told: RefundClosed, now: datetime) -> None:
    """Takes what finance settled off the sales of the order's day."""
    if told.outcome != "settled":
        return
    ref = Ref(told.store_id, told.order_id)
    order = (await _locked(session, [ref]))[ref]
    await inquiries.settle(session, ref, told.refund_id, told.amount, told.closed_at)
    after = changed(order, refunded=await inquiries.refunded(session, ref))
    step = Step("refunded", AUTO, detail={"refund_id": str(told.refund_id), "amount": str(told.amount)})
    await _credit(session, [Change(order, after, [step], told)], now)


async def _credit(session: AsyncSession, changes: Sequence[Change], now: datetime) -> None:
    await record(session, changes, now)
    await clocks.watch_for_placement(session, [change.order for change in changes if change.is_new and change.order.version], now)


async def _locked(session: AsyncSession, refs: Iterable[Ref]) -> dict[Ref, Order]:
    """Unknown ones too: what is known of them waits for their placement."""
    asked = sorted(refs)
    known = await orders.orders_for_update(session, asked) if asked else {}
    return {ref: known.get(ref) or new_order(*ref) for ref in asked}


async def _day(session: AsyncSession, told: InquirySnapshot) -> date:
    zone = (await stores.store(session, told.store_id)).calendar.zone
    return told.received_at.astimezone(zone).date()


def _person(told: InquirySnapshot) -> str:
    """Who asks twice is one customer. Of a guest only a digest is kept; one of whom nothing is known is somebody new each time."""
    if told.customer_id is not None:
        return f"customer/{told.customer_id}"
    guest = told.guest
    email, phone = (guest.email, guest.phone) if guest else (None, None)
    contact = (email and (normalised_email(email) or email)) or (phone and (normalised_phone(phone) or phone))
    named = f"guest/{contact}" if contact else f"inquiry/{told.inquiry_id}"
    return blake2b(named.encode(), digest_size=_DIGEST_BYTES).hexdigest()
