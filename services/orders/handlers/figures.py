from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.usecases import catalogue, crediting
from shared.events.inquiries import InquiryClosed, InquiryReceived, OfferMade
from shared.events.refunds import RefundClosed
from shared.messaging.router import EventRouter

events = EventRouter()


@events.on(InquiryReceived, InquiryClosed, OfferMade, many=True)
async def hear_inquiries(told: Sequence[InquiryReceived | InquiryClosed | OfferMade], session: AsyncSession, now: datetime) -> None:
    """A store's inquiries are locked before anything that an offer locks."""
    await crediting.hear_inquiries(session, [each for each in told if not isinstance(each, OfferMade)], now)
    for each in told:
        if isinstance(each, OfferMade):
            await catalogue.record_offer(session, each, now=now)


@events.on(RefundClosed)
async def hear_refund(told: RefundClosed, session: AsyncSession, now: datetime) -> None:
    await crediting.hear_refund(session, told, now)
