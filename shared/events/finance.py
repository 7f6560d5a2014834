"""What finance answers to refund-requested. An answer after a final one, to an unknown refund, or with another amount is never applied."""

from uuid import UUID

from shared.events import examples
from shared.events.base import Event
from shared.events.fields import Line, Moment, Text
from shared.money import Money


class FinanceRefundEvent(Event):
    topic = "finance-refunds"
    key_fields = ("refund_id",)
    said_by = "finance"
    refund_id: UUID


class RefundSettled(FinanceRefundEvent):
    """The customer has the money, exactly the amount that was asked for. Final."""

    name = "refund-settled"
    example = {
        "refund_id": examples.REFUND_ID,
        "settled_at": "2026-03-07T04:00:00Z",
        "reference": "PP-2203",
        "amount": examples.money("11.50"),
    }
    settled_at: Moment
    reference: Line
    amount: Money


class RefundRejected(FinanceRefundEvent):
    """Finance will not pay. Final; the amount is free again."""

    name = "refund-rejected"
    example = {"refund_id": examples.REFUND_ID, "rejected_at": "2026-03-07T04:00:00Z", "reason": "The payment was charged back"}
    rejected_at: Moment
    reason: Text


class RefundFailed(FinanceRefundEvent):
    """Paying did not work. Retryable: finance tries again by itself and answers again. Not retryable: final, the amount is free again."""

    name = "refund-failed"
    example = {
        "refund_id": examples.REFUND_ID,
        "failed_at": "2026-03-07T04:00:00Z",
        "reason": "The provider did not answer",
        "retryable": True,
    }
    failed_at: Moment
    reason: Text
    retryable: bool
