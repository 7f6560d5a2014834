"""What others say that an order's figures are made of: whose inquiry led to it, and what went back (ORD-11)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.conversion import Inquiry, differences
from services.orders.domain.decisions import AUTO
from services.orders.domain.order import Order, new_order
from services.orders.domain.records import changed
from services.orders.repository import conversions, inquiries, orders, refunds
from services.orders.repository.history import Step
from services.orders.repository.inquiries import Id
from services.orders.repository.orders import Ref
from services.orders.usecases import clocks
from services.orders.usecases.changes import Change, record
from services.orders.usecases.customers import recording
from shared import stores
from shared.contact import normalised_email, normalised_phone
from shared.events.inquiries import InquiryClosed, InquirySnapshot
from shared.events.refunds import RefundClosed
from shared.timers import set_timers

COUNT_CONVERSIONS = "count-conversions"
_DIGEST_BYTES = 16


async def hear_inquiries(session: AsyncSession, told: Sequence[InquirySnapshot], now: datetime) -> None:
    """Remembers who asked, and counts it; an order it led to is the agent's who closed it, also one that is not placed yet."""
    if not told:
        return
    heard = await _heard(session, told)
    await inquiries.lock(session, [each.store_id for each in heard])
    known = {_id(each): each for each in await inquiries.known(session, {_id(each) for each in heard})}
    persons = {(each.store_id, each.person) for each in (*heard, *known.values())}
    before = {_id(each): each for each in await inquiries.of_persons(session, persons)}
    after, led_to = _followed(before, heard, told)
    await inquiries.remember(session, [each for key, each in after.items() if each is not before.get(key)])
    await conversions.add(session, differences(before.values(), after.values()))
    await _credit_sellers(session, led_to, now)


async def hear_refund(session: AsyncSession, told: RefundClosed, now: datetime) -> None:
    """Takes what finance settled off the sales of the order's day, and off what its customer is worth."""
    if told.outcome != "settled":
        return
    ref = Ref(told.store_id, told.order_id)
    order = (await _locked(session, [ref]))[ref]
    await recording.count_refund(session, told, order)
    after = changed(order, refunded=await refunds.refunded(session, ref))
    step = Step("refunded", AUTO, detail={"refund_id": str(told.refund_id), "amount": str(told.amount)})
    await _credit(session, [Change(order, after, [step], told)], now)


async def count_conversions(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    """Counts a store's inquiries anew, one store a transaction. A key is store/pass."""
    store_id = keys[0].partition("/")[0]
    await inquiries.lock(session, [store_id])
    await conversions.count_anew(session, store_id)
    await set_timers(session, COUNT_CONVERSIONS, dict.fromkeys([key for key in keys if key.partition("/")[0] != store_id], now))


def _followed(
    before: Mapping[Id, Inquiry], heard: Sequence[Inquiry], told: Sequence[InquirySnapshot]
) -> tuple[dict[Id, Inquiry], dict[Ref, InquirySnapshot]]:
    """All inquiries as they are then; and the orders whose seller may be another, each with what was told of it last."""
    after = dict(before)
    led_to: dict[Ref, InquirySnapshot] = {}
    for inquiry, event in zip(heard, told, strict=True):
        known = after.get(_id(inquiry))
        follows = after[_id(inquiry)] = inquiry if known is None else known.followed_by(inquiry)
        if follows is not known:
            linked = {each.linked_order_id for each in (known, follows) if each is not None}
            led_to |= {Ref(event.store_id, order_id): event for order_id in linked if order_id is not None}
    return after, led_to


async def _credit_sellers(session: AsyncSession, led_to: Mapping[Ref, InquirySnapshot], now: datetime) -> None:
    changes = []
    for ref, order in (await _locked(session, led_to)).items():
        step = Step("sold-by", AUTO, detail={"inquiry_id": str(led_to[ref].inquiry_id)})
        changes.append(Change(order, changed(order, sold_by=await inquiries.seller(session, ref)), [step], led_to[ref]))
    await _credit(session, changes, now)


async def _credit(session: AsyncSession, changes: Sequence[Change], now: datetime) -> None:
    await record(session, changes, now)
    await clocks.watch_for_placement(session, [change.order for change in changes if change.is_new and change.order.version], now)


async def _locked(session: AsyncSession, refs: Iterable[Ref]) -> dict[Ref, Order]:
    """Unknown ones too: what is known of them waits for their placement."""
    asked = sorted(refs)
    known = await orders.orders_for_update(session, asked) if asked else {}
    return {ref: known.get(ref) or new_order(*ref) for ref in asked}


async def _heard(session: AsyncSession, told: Sequence[InquirySnapshot]) -> list[Inquiry]:
    calendars = await stores.calendars(session, {each.store_id for each in told})
    return [_inquiry(each, calendars[each.store_id].zone) for each in told]


def _inquiry(told: InquirySnapshot, zone: ZoneInfo) -> Inquiry:
    day = told.received_at.astimezone(zone).date()
    asked = Inquiry(told.store_id, told.inquiry_id, told.version, _person(told), day, told.sku)
    if isinstance(told, InquiryClosed):
        return asked._replace(agent_id=told.agent_id, linked_order_id=told.linked_order_id, closed_at=told.closed_at)
    return asked._replace(open_since=told.received_at)


def _id(inquiry: Inquiry) -> Id:
    return inquiry.store_id, inquiry.inquiry_id


def _person(told: InquirySnapshot) -> str:
    """Who asks twice is one customer. Of a guest only a digest is kept; one of whom nothing is known is somebody new each time."""
    if told.customer_id is not None:
        return f"customer/{told.customer_id}"
    guest = told.guest
    email, phone = (guest.email, guest.phone) if guest else (None, None)
    contact = (email and (normalised_email(email) or email)) or (phone and (normalised_phone(phone) or phone))
    named = f"guest/{contact}" if contact else f"inquiry/{told.inquiry_id}"
    return blake2b(named.encode(), digest_size=_DIGEST_BYTES).hexdigest()
