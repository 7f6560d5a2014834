"""May the customer still cancel, and what does it cost (ORD-5)?"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from services.orders.domain.advice import PURCHASE_COST, Advice, Task, advice, business_days_later, day_of, must_know
from services.orders.domain.advice_policy import AdvicePolicy
from services.orders.domain.dues import kept
from services.orders.domain.order import Order
from services.orders.domain.status import OrderStatus, has_shipped
from shared.calendar import BusinessCalendar
from shared.money import Money
from shared.rules import Answer, Question, Rule, decide


class CancelAction(StrEnum):
    CANNOT_CANCEL = "cannot-cancel"
    ASK_PURCHASING = "ask-purchasing"
    WITHHOLD_LOSS = "withhold-loss"
    FULL_REFUND = "full-refund"


@dataclass(frozen=True, slots=True)
class Purchase:
    """What purchasing answered: when goods were bought for the order and what they cost; neither where none were."""

    bought_on: date | None
    cost: Money | None


@dataclass(frozen=True, slots=True)
class CancelFacts:
    """`released`: it was confirmed, so that goods may have been bought for it; `paid` is what was paid and is not due back."""

    order_id: str
    shipped: bool
    signed: bool
    released: bool
    purchase: Purchase | None
    paid: Money

    @property
    def loss(self) -> Money:
        """What was spent on goods for it, as far as there is a payment to keep it from."""
        cost = self.purchase.cost if self.purchase else None
        return min(cost, self.paid) if cost else Money.zero(self.paid.currency)


CANCEL: Rule[CancelFacts, AdvicePolicy] = Rule(
    "ORD-5",
    "Cancel advice",
    Question(
        "ORD-5.1",
        "Has any of it shipped?",
        lambda order, _: order.shipped,
        yes=Answer(
            CancelAction.CANNOT_CANCEL,
            "It has shipped, so it cannot be cancelled: the customer signs for it and is offered a discount of {discount_percent} % "
            "or a return.",
        ),
        no=Question(
            "ORD-5.2",
            "May goods have been bought for it without purchasing having told us?",
            lambda order, _: order.released and order.purchase is None,
            yes=Answer(
                CancelAction.ASK_PURCHASING,
                "It has not shipped, but goods may have been bought for it: purchasing is asked when and for how much.",
            ),
            no=Question(
                "ORD-5.3",
                "Were goods bought for it, with a payment to keep the loss from?",
                lambda order, _: order.loss.amount > 0,
                yes=Answer(
                    CancelAction.WITHHOLD_LOSS,
                    "It has not shipped, but goods were bought for it: where the customer agrees that the loss is withheld, the rest is "
                    "refunded within {refund_business_days} business days; else it ships as ordered.",
                ),
                no=Answer(
                    CancelAction.FULL_REFUND,
                    "It has not shipped and nothing was bought for it: all that was paid is refunded within {refund_business_days} "
                    "business days.",
                ),
            ),
        ),
    ),
)
_KNOWN = frozenset(OrderStatus) - {OrderStatus.CANCELLED}


def cancel_facts(order: Order, purchase: Purchase | None) -> CancelFacts:
    """StateUnknownToRule (409) where it is cancelled already."""
    must_know("ORD-5", order.status, _KNOWN)
    return CancelFacts(
        order_id=order.order_id,
        shipped=has_shipped(order.facts),
        signed=order.status is OrderStatus.SIGNED,
        released=order.confirmed_at is not None,
        purchase=purchase,
        paid=kept(order.standing, order.facts, order.dues),
    )


def cancel_advice(order: CancelFacts, policy: AdvicePolicy, calendar: BusinessCalendar, now: datetime) -> Advice:
    decision = decide(CANCEL, order, policy)
    refund_by = business_days_later(calendar, now, policy.refund_business_days)
    values: dict[str, object] = {"order_id": order.order_id, "refund_by": day_of(refund_by, calendar), "percent": policy.discount_percent}
    match decision.answer.action:
        case CancelAction.CANNOT_CANCEL:
            return advice(decision, policy, values, template="cannot-cancel-signed" if order.signed else None)
        case CancelAction.ASK_PURCHASING:
            due_at = business_days_later(calendar, now, policy.answer_business_days)
            values["answer_by"] = day_of(due_at, calendar)
            return advice(decision, policy, values, tasks=(Task(PURCHASE_COST, due_at, waits=True),))
        case CancelAction.WITHHOLD_LOSS:
            rest = order.paid - order.loss
            return advice(decision, policy, values | {"refund": rest, "loss": order.loss}, refund=rest, withheld=order.loss)
    unpaid = None if order.paid.amount > 0 else "full-refund-unpaid"
    return advice(decision, policy, values | {"refund": order.paid}, template=unpaid, refund=order.paid)
