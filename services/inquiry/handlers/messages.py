from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.inquiry import usecases
from services.inquiry.domain.contacts import Person
from services.inquiry.usecases.intake import Question
from shared.events.storefront import MessagePosted
from shared.messaging.router import EventRouter

events = EventRouter()


@events.on(MessagePosted, many=True)
async def take_in(told: Sequence[MessagePosted], session: AsyncSession, now: datetime) -> None:
    await usecases.take_in(session, [_question(message) for message in told], now)


def _question(told: MessagePosted) -> Question:
    return Question(
        store_id=told.store_id,
        channel=told.channel,
        person=_person(told),
        text=told.text,
        posted_at=told.posted_at,
        language=told.language or (told.customer.language if told.customer else None),
        sku=told.sku,
        order_id=told.order_id,
        channel_message_id=told.channel_message_id,
        caused_by=told,
    )


def _person(told: MessagePosted) -> Person:
    author = told.customer or told.guest
    assert author is not None
    return Person(told.customer_id, author.name, author.email, author.phone)
