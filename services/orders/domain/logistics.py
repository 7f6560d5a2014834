"""Where is it, and what is to be done about it (ORD-7)?"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from services.orders.domain.advice import (
    DISPATCH_LATE,
    GOODS_LATE,
    PARCEL_NOT_ONLINE,
    PARCEL_SILENT,
    RESHIP,
    Advice,
    Task,
    advice,
    business_days_later,
    day_of,
)
from services.orders.domain.advice_policy import AdvicePolicy
from services.orders.domain.whereabouts import Whereabouts
from shared.calendar import BusinessCalendar
from shared.rules import Answer, Question, Rule, decide


class LogisticsAction(StrEnum):
    SHIPS_SOON = "ships-soon"
    ASK_PURCHASING = "ask-when-goods-come"
    GOODS_LATE = "goods-late"
    ASK_WAREHOUSE = "ask-warehouse"
    TELL_DELAY = "tell-delay"
    EXPLAIN_NO_NUMBER = "explain-no-number"
    PRESUMED_LOST = "presumed-lost"
    WAIT_FOR_FIRST_SCAN = "wait-for-first-scan"
    ASK_FORWARDER = "ask-forwarder"
    TELL_FORWARDER = "tell-forwarder"
    LOCAL_POST = "local-post"
    ON_ITS_WAY = "on-its-way"


_LOST = Answer(LogisticsAction.PRESUMED_LOST, "The parcel is presumed lost: it is sent again or refunded, as the customer likes.")

_FORWARDER: Question[Whereabouts, AdvicePolicy] = Question(
    "ORD-7.12",
    "Has the forwarder told where it is?",
    lambda parcel, _: parcel.trace is not None,
    no=Answer(
        LogisticsAction.ASK_FORWARDER, "There is no news of it: the forwarder is asked, with a follow-up within {forwarder_days} days."
    ),
    yes=Question(
        "ORD-7.13",
        "Does the forwarder say that it is lost?",
        lambda parcel, _: parcel.trace is not None and parcel.trace.lost,
        yes=_LOST,
        no=Answer(LogisticsAction.TELL_FORWARDER, "The customer is told what the forwarder says."),
    ),
)

_NOT_SHIPPED: Question[Whereabouts, AdvicePolicy] = Question(
    "ORD-7.2",
    "Was it placed at most {young_order_days} days ago?",
    lambda order, policy: order.age <= policy.young_order_for,
    yes=Answer(LogisticsAction.SHIPS_SOON, "It is new: it ships within {ships_from_business_days}–{ships_to_business_days} business days."),
    no=Question(
        "ORD-7.3",
        "Are its goods in?",
        lambda order, _: not order.goods_missing,
        no=Question(
            "ORD-7.4",
            "Has purchasing told the new date?",
            lambda order, _: order.goods_expected_on is not None,
            no=Answer(LogisticsAction.ASK_PURCHASING, "It is late and its goods are not in: purchasing is asked when they will be."),
            yes=Answer(
                LogisticsAction.GOODS_LATE,
                "Its goods are not in: the customer is told the new date with an apology, and offered exchange or refund.",
            ),
        ),
        yes=Question(
            "ORD-7.5",
            "Has the warehouse told why it is late, and when it leaves?",
            lambda order, _: order.delay is not None,
            no=Answer(LogisticsAction.ASK_WAREHOUSE, "It is late though its goods are in: the warehouse is asked for reason and date."),
            yes=Answer(LogisticsAction.TELL_DELAY, "The customer is told the warehouse's reason and date."),
        ),
    ),
)

_SHIPPED: Question[Whereabouts, AdvicePolicy] = Question(
    "ORD-7.6",
    "Can it be tracked by a number?",
    lambda parcel, _: parcel.numbered,
    no=Question(
        "ORD-7.7",
        "Did it leave at most {unnumbered_days} days ago?",
        lambda parcel, policy: parcel.under_way <= policy.unnumbered_for,
        yes=Answer(LogisticsAction.EXPLAIN_NO_NUMBER, "It has no number to track it by: that is explained, and when it should arrive."),
        no=_LOST,
    ),
    yes=Question(
        "ORD-7.8",
        "Is it online?",
        lambda parcel, _: parcel.online,
        no=Question(
            "ORD-7.9",
            "Did it leave at most {not_online_days} days ago?",
            lambda parcel, policy: parcel.under_way <= policy.not_online_for,
            yes=Answer(LogisticsAction.WAIT_FOR_FIRST_SCAN, "It takes up to {not_online_days} days to show up online: the customer waits."),
            no=_FORWARDER,
        ),
        yes=Question(
            "ORD-7.10",
            "Is it in the country it goes to?",
            lambda parcel, _: parcel.in_destination_country,
            yes=Answer(LogisticsAction.LOCAL_POST, "It is in the country it goes to: the customer is told who delivers it there."),
            no=Question(
                "ORD-7.11",
                "Was it last seen more than {silent_days} days ago?",
                lambda parcel, policy: parcel.silent > policy.silent_for,
                yes=_FORWARDER,
                no=Answer(LogisticsAction.ON_ITS_WAY, "It is on its way."),
            ),
        ),
    ),
)

LOGISTICS: Rule[Whereabouts, AdvicePolicy] = Rule(
    "ORD-7",
    "Logistics advice",
    Question("ORD-7.1", "Has it shipped?", lambda order, _: order.shipped, yes=_SHIPPED, no=_NOT_SHIPPED),
)


def logistics_advice(about: Whereabouts, policy: AdvicePolicy, calendar: BusinessCalendar, now: datetime) -> Advice:
    decision = decide(LOGISTICS, about, policy)
    action = decision.answer.action
    tasks = _tasks(action, about, policy, calendar, now)
    values = about.values(policy, calendar) | {"answer_by": day_of(tasks[0].due_at, calendar) if tasks else None}
    undated = action == LogisticsAction.TELL_FORWARDER and about.trace is not None and about.trace.expected_on is None
    choices = _CHOICES.get(action, ())
    return advice(
        decision,
        policy,
        values,
        template="tell-forwarder-undated" if undated else None,
        tasks=tasks,
        refund=about.value if choices else None,
        choices=choices,
    )


_CHOICES: Mapping[str, tuple[str, ...]] = {
    LogisticsAction.GOODS_LATE: ("exchange", "refund"),
    LogisticsAction.PRESUMED_LOST: ("reship", "refund"),
}


def _tasks(action: str, about: Whereabouts, policy: AdvicePolicy, calendar: BusinessCalendar, now: datetime) -> tuple[Task, ...]:
    """Who is in the house answers by a business day, a forwarder has days to find a parcel."""
    answer_at = business_days_later(calendar, now, policy.answer_business_days)
    match action:
        case LogisticsAction.ASK_PURCHASING:
            return (Task(GOODS_LATE, answer_at, waits=True),)
        case LogisticsAction.ASK_WAREHOUSE:
            return (Task(DISPATCH_LATE, answer_at, waits=True),)
        case LogisticsAction.ASK_FORWARDER:
            trace = PARCEL_SILENT if about.online else PARCEL_NOT_ONLINE
            return (Task(trace, now + policy.forwarder_answers_within, waits=True),)
        case LogisticsAction.PRESUMED_LOST:
            return (Task(RESHIP, business_days_later(calendar, now, policy.change_business_days)),)
    return ()
