"""Where is it, and what is to be done about it (ORD-7)?"""

from datetime import datetime
from enum import StrEnum

from services.orders.domain.advice import DISPATCH_DELAY, GOODS_IN, PARCEL_TRACE, RESHIP, Advice, Task, advice, business_days_later, day_of
from services.orders.domain.advice_policy import AdvicePolicy
from services.orders.domain.whereabouts import Whereabouts
from shared.calendar import BusinessCalendar
from shared.rules import Answer, Question, Rule, decide


class LogisticsAction(StrEnum):
    SHIPS_SOON = "ships-soon"
    ASK_WHETHER_GOODS_ARE_IN = "ask-whether-goods-are-in"
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
        "Has purchasing told whether its goods are in?",
        lambda order, _: order.goods is not None,
        no=Answer(LogisticsAction.ASK_WHETHER_GOODS_ARE_IN, "It is late: purchasing is asked whether its goods are in."),
        yes=Question(
            "ORD-7.4",
            "Are its goods in?",
            lambda order, _: order.goods is not None and order.goods.are_in,
            no=Answer(
                LogisticsAction.GOODS_LATE,
                "Its goods are not in: the customer is told the new date with an apology, and offered exchange or refund.",
            ),
            yes=Question(
                "ORD-7.5",
                "Has the warehouse told why it is late, and when it leaves?",
                lambda order, _: order.delay is not None,
                no=Answer(
                    LogisticsAction.ASK_WAREHOUSE, "Its goods are in and it has not left: the warehouse is asked for reason and date."
                ),
                yes=Answer(LogisticsAction.TELL_DELAY, "The customer is told the warehouse's reason and date."),
            ),
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
    answer_at = business_days_later(calendar, now, policy.answer_business_days)
    values = about.values(policy, calendar) | {"answer_by": day_of(answer_at, calendar)}
    match decision.answer.action:
        case LogisticsAction.ASK_WHETHER_GOODS_ARE_IN:
            return advice(decision, policy, values, tasks=(Task(GOODS_IN, answer_at, waits=True),))
        case LogisticsAction.ASK_WAREHOUSE:
            return advice(decision, policy, values, tasks=(Task(DISPATCH_DELAY, answer_at, waits=True),))
        case LogisticsAction.ASK_FORWARDER:
            follow_up_at = now + policy.forwarder_answers_within
            values["answer_by"] = day_of(follow_up_at, calendar)
            return advice(decision, policy, values, tasks=(Task(PARCEL_TRACE, follow_up_at, waits=True),))
        case LogisticsAction.GOODS_LATE:
            return advice(decision, policy, values, refund=about.value, choices=("exchange", "refund"))
        case LogisticsAction.PRESUMED_LOST:
            reship_at = business_days_later(calendar, now, policy.change_business_days)
            return advice(decision, policy, values, tasks=(Task(RESHIP, reship_at),), refund=about.value, choices=("reship", "refund"))
    return advice(decision, policy, values)
