"""What a rule recommends: an action and why, what to tell the customer, and what departments have to answer or do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from services.orders.domain.advice_policy import AdvicePolicy
from services.orders.domain.replies import reply
from services.orders.domain.status import OrderStatus
from shared.calendar import BusinessCalendar, NeverOpen
from shared.errors import Conflict
from shared.money import Money
from shared.rules import Decision, told


class StateUnknownToRule(Conflict):
    """The rule has no advice for an order in this state."""


@dataclass(frozen=True, slots=True)
class Errand:
    """A kind of task that advice leads to."""

    kind: str
    department: Literal["purchasing", "warehouse", "forwarder"]


PURCHASE_COST = Errand("purchase-cost", "purchasing")
GOODS_LATE = Errand("goods-late", "purchasing")
DISPATCH_LATE = Errand("dispatch-late", "warehouse")
PARCEL_NOT_ONLINE = Errand("parcel-not-online", "forwarder")
PARCEL_SILENT = Errand("parcel-silent", "forwarder")
CHANGE_GOODS = Errand("change-goods", "purchasing")
CHANGE_PACKING = Errand("change-packing", "warehouse")
RESHIP = Errand("reship", "warehouse")
ABOUT_PARCELS = (PARCEL_NOT_ONLINE, PARCEL_SILENT, RESHIP)
ERRANDS = (PURCHASE_COST, GOODS_LATE, DISPATCH_LATE, *ABOUT_PARCELS, CHANGE_GOODS, CHANGE_PACKING)


@dataclass(frozen=True, slots=True)
class Task:
    """`waits`: the advice stands still until the department answers; the others follow when the advice is carried out."""

    errand: Errand
    due_at: datetime
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """`rules` are the ids that led to it; `refund`, `withheld` and `payment` the money it moves; `choices` what the customer may choose."""

    action: str
    reason: str
    rules: tuple[str, ...]
    reply: Mapping[str, str]
    tasks: tuple[Task, ...] = ()
    refund: Money | None = None
    withheld: Money | None = None
    payment: Money | None = None
    choices: tuple[str, ...] = ()

    @property
    def waits(self) -> Task | None:
        return next((task for task in self.tasks if task.waits), None)

    def is_the_same(self, action: str, refund: Money | None, withheld: Money | None, payment: Money | None) -> bool:
        """Whatever day it names: the same is done, and the same money moves."""
        return (self.action, self.refund, self.withheld, self.payment) == (action, refund, withheld, payment)


def advice(
    decision: Decision,
    policy: AdvicePolicy,
    values: Mapping[str, object],
    *,
    template: str | None = None,
    tasks: tuple[Task, ...] = (),
    refund: Money | None = None,
    withheld: Money | None = None,
    payment: Money | None = None,
    choices: tuple[str, ...] = (),
) -> Advice:
    """The decision in words; the reply is the action's, where no other template is named."""
    action = decision.answer.action
    return Advice(
        action=action,
        reason=told(decision.answer.meaning, policy),
        rules=decision.rules,
        reply=reply(template or action, values),
        tasks=tasks,
        refund=refund,
        withheld=withheld,
        payment=payment,
        choices=choices,
    )


def must_know(rule: str, status: OrderStatus, known: frozenset[OrderStatus]) -> None:
    """StateUnknownToRule (409) names the state."""
    if status not in known:
        raise StateUnknownToRule(f"the order is {status}, for which {rule} has no advice")


def business_days_later(calendar: BusinessCalendar, moment: datetime, count: int) -> datetime:
    """A shop that never opens has no business days: days on the wall count."""
    try:
        return calendar.add_business_days(moment, count)
    except NeverOpen:
        return moment + timedelta(days=count)


def day_of(moment: datetime, calendar: BusinessCalendar) -> date:
    """The store's day."""
    return moment.astimezone(calendar.zone).date()
