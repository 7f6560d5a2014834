from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.usecases import crediting
from services.orders.usecases.customers import recording
from shared.events.inquiries import InquiryClosed, InquiryReceived
from shared.events.refunds import RefundClosed
from shared.messaging.router import EventRouter

events = EventRouter()


@events.on(InquiryReceived, InquiryClosed)
async def hear_inquiry(told: InquiryReceived | InquiryClosed, session: AsyncSession, now: datetime) -> None:
    await crediting.hear_inquiry(session, told, now)


@events.on(RefundClosed)
async def hear_refund(told: RefundClosed, session: AsyncSession, now: datetime) -> None:
    """It makes both smaller: the sales of the order's day, and what its customer is worth."""
    await crediting.hear_refund(session, told, now)
    await recording.count_refunds(session, [told])
