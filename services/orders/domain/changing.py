"""May the customer still change what was ordered, and who pays what (ORD-6)?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.orders.domain.advice import CHANGE_GOODS, CHANGE_PACKING, Advice, Task, advice, business_days_later, day_of, must_know
from services.orders.domain.advice_policy import AdvicePolicy
from services.orders.domain.amending import Amendment, missing, overpaid
from services.orders.domain.catalogue import ProductNow
from services.orders.domain.order import Order
from services.orders.domain.replies import priced
from services.orders.domain.status import OrderStatus, has_shipped
from shared.calendar import BusinessCalendar
from shared.money import Money
from shared.rules import Answer, Question, Rule, decide


class ChangeAction(StrEnum):
    CANNOT_CHANGE = "cannot-change"
    RECOMMEND_SIMILAR = "recommend-similar"
    KEEP_ORDER = "keep-order"
    CHANGE = "change"
    PAY_DIFFERENCE = "pay-difference"
    REFUND_DIFFERENCE = "refund-difference"


@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """`unavailable` are the names of wanted products that are short; `difference` is what the change costs more, below zero what less."""

    order_id: str
    shipped: bool
    unavailable: tuple[str, ...]
    similar: tuple[ProductNow, ...]
    difference: Money
    overpaid: Money

    @property
    def refund(self) -> Money:
        """Of a cheaper change; nothing while nothing of it was paid."""
        return min(-self.difference, self.overpaid)


CHANGE: Rule[ChangeFacts, AdvicePolicy] = Rule(
    "ORD-6",
    "Change advice",
    Question(
        "ORD-6.1",
        "Has any of it shipped?",
        lambda order, _: order.shipped,
        yes=Answer(
            ChangeAction.CANNOT_CHANGE,
            "It has shipped, so it cannot be changed: a new order is offered with a discount of {discount_percent} % or a gift.",
        ),
        no=Question(
            "ORD-6.2",
            "Is all that is wanted available?",
            lambda order, _: not order.unavailable,
            no=Question(
                "ORD-6.3",
                "Is something similar available?",
                lambda order, _: bool(order.similar),
                yes=Answer(
                    ChangeAction.RECOMMEND_SIMILAR,
                    "The new product is not available: a similar one is recommended, or the order kept as it is.",
                ),
                no=Answer(ChangeAction.KEEP_ORDER, "The new product is not available and nothing is similar: the order is kept as it is."),
            ),
            yes=Question(
                "ORD-6.4",
                "Does it cost the same?",
                lambda order, _: order.difference.amount == 0,
                yes=Answer(
                    ChangeAction.CHANGE,
                    "It has not shipped and costs the same: purchasing and warehouse are told, and it ships within {change_business_days} "
                    "business days.",
                ),
                no=Question(
                    "ORD-6.5",
                    "Does it cost more?",
                    lambda order, _: order.difference.amount > 0,
                    yes=Answer(
                        ChangeAction.PAY_DIFFERENCE,
                        "It has not shipped and costs more: the customer pays the difference first; unpaid after {payment_hours} hours it "
                        "ships as ordered.",
                    ),
                    no=Answer(
                        ChangeAction.REFUND_DIFFERENCE,
                        "It has not shipped and costs less: the difference is refunded within {refund_business_days} business days and the "
                        "change ships within {change_business_days}.",
                    ),
                ),
            ),
        ),
    ),
)
_KNOWN = frozenset(OrderStatus) - {OrderStatus.CANCELLED}


def must_be_changeable(order: Order) -> None:
    """StateUnknownToRule (409) where it is cancelled."""
    must_know("ORD-6", order.status, _KNOWN)


def change_facts(
    order: Order,
    amendment: Amendment,
    products: Mapping[str, ProductNow],
    similar: Sequence[ProductNow],
    safety_stock: int,
) -> ChangeFacts:
    """`products` are those of the wanted skus, `similar` what could be had instead of one that is short."""
    names = tuple(products[sku].name if sku in products else sku for sku in missing(order.standing, amendment, products, safety_stock))
    back = overpaid(order, amendment)
    return ChangeFacts(order.order_id, has_shipped(order.facts), names, tuple(similar), amendment.difference, back)


def change_advice(order: ChangeFacts, policy: AdvicePolicy, calendar: BusinessCalendar, now: datetime) -> Advice:
    decision = decide(CHANGE, order, policy)
    ship_at = business_days_later(calendar, now, policy.change_business_days)
    values: dict[str, object] = {
        "order_id": order.order_id,
        "percent": policy.discount_percent,
        "gift": policy.gift,
        "product": ", ".join(order.unavailable),
        "similar": priced(order.similar),
        "difference": abs(order.difference),
        "refund": order.refund,
        "pay_by": day_of(now + policy.payment_within, calendar),
        "refund_by": day_of(business_days_later(calendar, now, policy.refund_business_days), calendar),
        "ship_by": day_of(ship_at, calendar),
    }
    tasks = (Task(CHANGE_GOODS, ship_at), Task(CHANGE_PACKING, ship_at))
    match decision.answer.action:
        case ChangeAction.CHANGE:
            return advice(decision, policy, values, tasks=tasks)
        case ChangeAction.PAY_DIFFERENCE:
            return advice(decision, policy, values, tasks=tasks, payment=order.difference)
        case ChangeAction.REFUND_DIFFERENCE:
            unpaid = None if order.refund.amount > 0 else "change-cheaper-unpaid"
            return advice(decision, policy, values, template=unpaid, tasks=tasks, refund=order.refund)
    return advice(decision, policy, values)
