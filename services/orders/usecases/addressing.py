"""Telling an order's customer."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.order import Order
from shared.events.parts import About, Guest
from shared.telling import Addressee, MessageTemplate, tell

_WORDS = {"zh-CN": "$words", "en": "$words"}
_SUBJECT = {"zh-CN": "关于您的订单 $order_id", "en": "About your order $order_id"}


def addressee(order: Order) -> Addressee:
    customer = order.standing.customer
    guest = Guest(name=customer.name, email=customer.email, phone=customer.phone) if customer.customer_id is None else None
    return Addressee(order.store_id, customer.customer_id, guest, customer.language)


def tell_in_words(session: AsyncSession, order: Order, template: str, words: Mapping[str, str], now: datetime) -> None:
    """Sentences that are ready in every language; `template` is the name they are known by."""
    message, about = MessageTemplate(template, _SUBJECT, _WORDS), About(kind="order", id=order.order_id)
    tell(session, addressee(order), message, about=about, now=now, order_id=order.order_id, words=words)
