"""What survey hears: the occasions to ask a customer (SVY-2)."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.domain.questionnaire import Occasion
from services.survey.usecases import inviting
from shared import stores
from shared.events.cases import CaseClosed
from shared.events.inquiries import InquiryClosed, InquiryReceived, InquirySnapshot
from shared.events.orders import OrderChanged, OrderClosed, OrderSnapshot
from shared.events.parts import Guest
from shared.messaging.router import EventRouter

events = EventRouter(stores.events)
_ARRIVED = ("delivered", "signed")
_BY_MAIL = "email"


@events.on(InquiryReceived)
async def go_on(received: InquiryReceived, session: AsyncSession, now: datetime) -> None:
    await inviting.forget(session, _inquiry(received), now)


@events.on(InquiryClosed)
async def ask_about_inquiry(closed: InquiryClosed, session: AsyncSession) -> None:
    order = {"order_id": closed.linked_order_id or closed.order_id, "agent_id": closed.agent_id}
    await inviting.remember(session, _inquiry(closed) | order, closed.closed_at)


@events.on(OrderChanged)
async def ask_about_delivery(changed: OrderChanged, session: AsyncSession) -> None:
    await _ask_about_delivery(changed, session)


@events.on(OrderClosed)
async def ask_about_last_delivery(closed: OrderClosed, session: AsyncSession) -> None:
    await _ask_about_delivery(closed, session)


@events.on(CaseClosed)
async def ask_about_case(closed: CaseClosed, session: AsyncSession) -> None:
    about = {"kind": Occasion.CASE.value, "occasion_id": str(closed.case_id), "case_id": closed.case_id, "order_id": closed.order_id}
    who = {"customer_id": closed.customer_id, "guest": _guest(closed.guest), "language": closed.language, "channel": _channel(closed.guest)}
    occasion = {"store_id": closed.store_id, "version": closed.version, "agent_id": closed.agent_id, **about, **who}
    await inviting.remember(session, occasion, closed.closed_at)


async def _ask_about_delivery(order: OrderSnapshot, session: AsyncSession) -> None:
    arrivals = [shipment.delivered_at for shipment in order.shipments if shipment.delivered_at is not None]
    if order.status not in _ARRIVED or not arrivals:
        return
    customer = order.customer
    guest = Guest(name=customer.name, email=customer.email, phone=customer.phone) if customer.customer_id is None else None
    about = {"kind": Occasion.DELIVERY.value, "occasion_id": order.order_id, "order_id": order.order_id}
    who = {"customer_id": customer.customer_id, "guest": _guest(guest), "language": customer.language, "channel": _channel(guest)}
    await inviting.remember(session, {"store_id": order.store_id, "version": order.version, **about, **who}, max(arrivals))


def _inquiry(told: InquirySnapshot) -> dict[str, object]:
    about = {"kind": Occasion.INQUIRY.value, "occasion_id": str(told.inquiry_id), "inquiry_id": told.inquiry_id}
    who = {"customer_id": told.customer_id, "guest": _guest(told.guest), "language": told.language, "channel": told.channel}
    return {"store_id": told.store_id, "version": told.version, **about, **who}


def _channel(guest: Guest | None) -> str:
    """A guest who left a phone only is told by that."""
    return "phone" if guest is not None and guest.phone and not guest.email else _BY_MAIL


def _guest(guest: Guest | None) -> dict[str, str | None] | None:
    return None if guest is None else {"name": guest.name, "email": guest.email, "phone": guest.phone}
