"""What departments are asked about a refund that finance is silent on (AFS-6). No money moves by what they say."""

from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession

from services.aftersales.models import RefundRow
from shared import stores
from shared.tasks import About, TaskRouter
from shared.telling import CHINESE, ENGLISH, spoken

UNANSWERED, STILL_UNANSWERED = "refund-unanswered", "refund-still-unanswered"

tasks = TaskRouter()

_QUESTIONS = {
    UNANSWERED: {
        CHINESE: "订单 {order_id} 的退款 {amount} 尚无答复。退款处理到哪一步了？",
        ENGLISH: "What has become of the refund of {amount} for order {order_id}?",
    },
    STILL_UNANSWERED: {
        CHINESE: "财务仍未答复订单 {order_id} 的退款 {amount}。退款处理到哪一步了？",
        ENGLISH: "Finance is still silent on the refund of {amount} for order {order_id}. What has become of it?",
    },
}


async def ask(session: AsyncSession, kind: str, refund: RefundRow, *, due_at: datetime, now: datetime) -> None:
    """In the store's language."""
    store = await stores.store(session, refund.store_id)
    words = _QUESTIONS[kind][spoken(next(iter(store.languages), ENGLISH))]
    await tasks.ask(
        session,
        kind,
        store_id=refund.store_id,
        about=_about(refund),
        question=words.format(order_id=refund.order_id, amount=refund.money),
        context=_context(refund),
        due_at=due_at,
        now=now,
    )


async def withdraw(session: AsyncSession, refund: RefundRow, reason: str, now: datetime) -> None:
    """Whoever was asked about it need not answer any more."""
    await tasks.withdraw(session, refund.store_id, _about(refund), reason=reason, now=now)


def _about(refund: RefundRow) -> About:
    return About("refund", str(refund.refund_id))


def _context(refund: RefundRow) -> dict[str, JsonValue]:
    return {
        "order_id": refund.order_id,
        "case_id": str(refund.case_id),
        "payment_method": refund.payment_method,
        "payment_id": refund.payment_id,
    }
