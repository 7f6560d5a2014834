"""ORD-7: where is it and what is to be done about it, at every boundary."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.orders.domain import watch
from services.orders.domain.advice import StateUnknownToRule
from services.orders.domain.dues import Due, due_id
from services.orders.domain.logistics import logistics_advice
from services.orders.domain.order import Order
from services.orders.domain.policy import OrderPolicy
from services.orders.domain.whereabouts import (
    Answers,
    Delay,
    Trace,
    UnknownShipment,
    Whereabouts,
    parcel_asked_about,
    value_of,
    whereabouts,
)
from services.orders.usecases import crossing
from shared.events.storefront import StorefrontOrderEvent
from tests.services.orders.builders import DAY, HOUR, MONDAY, cancelled, delivered, dispatched, line, money, paid, placed, tracked
from tests.services.orders.test_domain_cancelling import CHINA, order_of, usd
from tests.services.orders.test_domain_facts import known

POLICY = OrderPolicy()
SECOND = timedelta(seconds=1)
TO_US = {"country": "US", "region": "CA", "postal_code": "90001"}
NEXT_WEEK = date(2026, 3, 9)
HALF = ({"line_id": "1", "quantity": 1},)


def about(order: Order, after: timedelta, answers: Answers = Answers(), *, missing: bool = False) -> Whereabouts:  # noqa: B008
    return whereabouts(order, parcel_asked_about(order, None), answers, CHINA, MONDAY + after, goods_missing=missing)


def abroad(*told: StorefrontOrderEvent) -> Order:
    return Order("demo", "10001", facts=known(placed(address=TO_US), paid(), *told), confirmed_at=MONDAY)


def advised(order: Order, after: timedelta, answers: Answers = Answers(), *, missing: bool = False) -> tuple[str, list[int]]:  # noqa: B008
    """The action, and the numbers of the questions that led to it."""
    advice = logistics_advice(about(order, after, answers, missing=missing), POLICY, CHINA, MONDAY + after)
    assert advice.rules[0] == "ORD-7"
    assert bool(advice.waits) is advice.action.startswith("ask-")
    return advice.action, [int(rule.removeprefix("ORD-7.")) for rule in advice.rules[1:]]


DATED = Answers(goods_expected_on=NEXT_WEEK)
DELAY = Delay("the packing machine broke", NEXT_WEEK)


@pytest.mark.parametrize(
    ("after", "missing", "answers", "action", "rules"),
    [
        (5 * DAY, False, Answers(), "ships-soon", [1, 2]),
        (5 * DAY, True, Answers(), "ships-soon", [1, 2]),
        (5 * DAY + SECOND, True, Answers(), "ask-when-goods-come", [1, 2, 3, 4]),
        (6 * DAY, True, DATED, "goods-late", [1, 2, 3, 4]),
        (7 * DAY, True, DATED, "goods-late", [1, 2, 3, 4]),
        (8 * DAY, True, DATED, "ask-when-goods-come", [1, 2, 3, 4]),
        (6 * DAY, False, DATED, "ask-warehouse", [1, 2, 3, 5]),
        (6 * DAY, False, Answers(delay=DELAY), "tell-delay", [1, 2, 3, 5]),
        (7 * DAY, False, Answers(delay=DELAY), "tell-delay", [1, 2, 3, 5]),
        (8 * DAY, False, Answers(delay=DELAY), "ask-warehouse", [1, 2, 3, 5]),
    ],
)
def test_an_order_that_has_not_shipped(after: timedelta, missing: bool, answers: Answers, action: str, rules: list[int]) -> None:  # noqa: FBT001
    assert advised(order_of(paid()), after, answers, missing=missing) == (action, rules)


@pytest.mark.parametrize(
    ("under_way", "action"),
    [(50 * DAY, "explain-no-number"), (50 * DAY + SECOND, "presumed-lost"), (51 * DAY, "presumed-lost")],
)
def test_a_parcel_without_a_number_is_presumed_lost_after_fifty_days(under_way: timedelta, action: str) -> None:
    assert advised(abroad(dispatched(tracking_number=None)), DAY + under_way) == (action, [1, 6, 7])


TRACED = Trace("with the customs", date(2026, 3, 20), lost=False, holds_until=date(2026, 3, 20))
UNDATED = Trace("", None, lost=False, holds_until=date(2026, 3, 20))
LOST = Trace("lost at sea", None, lost=True, holds_until=date(2026, 3, 4))


@pytest.mark.parametrize(
    ("under_way", "answers", "action", "rules"),
    [
        (5 * DAY, Answers(), "wait-for-first-scan", [1, 6, 8, 9]),
        (5 * DAY + SECOND, Answers(), "ask-forwarder", [1, 6, 8, 9, 12]),
        (6 * DAY, Answers(trace=TRACED), "tell-forwarder", [1, 6, 8, 9, 12, 13]),
        (17 * DAY, Answers(trace=UNDATED), "tell-forwarder", [1, 6, 8, 9, 12, 13]),
        (18 * DAY, Answers(trace=UNDATED), "ask-forwarder", [1, 6, 8, 9, 12]),
        (18 * DAY, Answers(trace=TRACED), "ask-forwarder", [1, 6, 8, 9, 12]),
        (18 * DAY, Answers(trace=LOST), "presumed-lost", [1, 6, 8, 9, 12, 13]),
    ],
)
def test_a_parcel_with_a_number_that_is_not_online(under_way: timedelta, answers: Answers, action: str, rules: list[int]) -> None:
    assert advised(abroad(dispatched()), DAY + under_way, answers) == (action, rules)


@pytest.mark.parametrize(
    ("told", "silent", "answers", "action", "rules"),
    [
        ([tracked()], 15 * DAY, Answers(), "on-its-way", [1, 6, 8, 10, 11]),
        ([tracked()], 15 * DAY + SECOND, Answers(), "ask-forwarder", [1, 6, 8, 10, 11, 12]),
        ([tracked()], 16 * DAY, Answers(trace=TRACED), "tell-forwarder", [1, 6, 8, 10, 11, 12, 13]),
        ([tracked()], 16 * DAY, Answers(trace=LOST), "presumed-lost", [1, 6, 8, 10, 11, 12, 13]),
        ([tracked(status="arrived-in-country")], 16 * DAY, Answers(), "local-post", [1, 6, 8, 10]),
        (
            [tracked(after=25 * HOUR, status="out-for-delivery"), tracked(status="in-transit")],
            16 * DAY,
            Answers(),
            "local-post",
            [1, 6, 8, 10],
        ),
    ],
)
def test_a_parcel_that_is_online(
    told: Sequence[StorefrontOrderEvent], silent: timedelta, answers: Answers, action: str, rules: list[int]
) -> None:
    assert advised(abroad(dispatched(), *told), 2 * DAY + silent, answers) == (action, rules)


def test_a_parcel_seen_in_the_country_it_goes_to_is_the_local_posts() -> None:
    at_home = order_of(paid(), dispatched(), tracked())

    assert advised(at_home, 20 * DAY)[0] == "local-post"


def test_a_parcel_that_was_seen_needs_no_number_of_ours() -> None:
    assert advised(abroad(dispatched(tracking_number=None), tracked()), 60 * DAY)[0] == "ask-forwarder"
    assert advised(abroad(tracked()), 3 * DAY)[0] == "on-its-way"


def test_a_replacement_of_the_dispatch_day_is_asked_of_the_parcel_longest_on_its_way() -> None:
    order = abroad(dispatched(lines=HALF), dispatched(shipment_id="s-2", lines=HALF, after=2 * DAY))

    assert parcel_asked_about(order, None) == "s-1"
    assert parcel_asked_about(order, "s-2") == "s-2"
    assert parcel_asked_about(replace(order, facts=order.facts.merged(known(delivered()))), None) == "s-2"


@pytest.mark.parametrize(("sent_again", "meant"), [(51 * DAY, "s-1"), (53 * DAY, "s-2")])
def test_a_parcel_that_was_lost_and_sent_again_is_not_the_one_that_is_meant(sent_again: timedelta, meant: str) -> None:
    sent = abroad(dispatched(tracking_number=None), dispatched(shipment_id="s-2", after=sent_again))
    lost = crossing.crossed(sent, watch.crossed_by(sent, POLICY, MONDAY + 52 * DAY), MONDAY + 52 * DAY)

    assert parcel_asked_about(lost, None) == meant
    assert parcel_asked_about(lost, "s-1") == "s-1"


def test_what_has_not_left_yet_is_asked_of_the_order() -> None:
    order = abroad(dispatched(lines=HALF), delivered())

    assert parcel_asked_about(order, None) is None
    assert advised(order, 4 * DAY)[0] == "ships-soon"


@pytest.mark.parametrize("shipment_id", ["s-9", "s-1"])
def test_a_parcel_that_is_not_on_its_way_is_refused(shipment_id: str) -> None:
    with pytest.raises(UnknownShipment):
        parcel_asked_about(abroad(dispatched(lines=HALF), delivered()), shipment_id)


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ([cancelled()], "cancelled"),
        ([dispatched(), delivered(signed_by=None)], "delivered"),
        ([dispatched(), delivered()], "signed"),
    ],
)
def test_a_state_the_rule_does_not_know_is_named(told: list[StorefrontOrderEvent], state: str) -> None:
    with pytest.raises(StateUnknownToRule, match=f"the order is {state}, for which ORD-7 has no advice"):
        parcel_asked_about(abroad(*told), None)


def replied(
    order: Order,
    after: timedelta,
    answers: Answers = Answers(),  # noqa: B008
    *,
    missing: bool = False,
    **numbers: Any,
) -> dict[str, str]:
    policy = OrderPolicy(**numbers)
    return dict(logistics_advice(about(order, after, answers, missing=missing), policy, CHINA, MONDAY + after).reply)


def test_an_order_ships_within_business_days_of_its_placement() -> None:
    assert "2–5 business days of being placed: by March 9, 2026" in replied(order_of(paid()), HOUR)["en"]
    golden_week = placed(placed_at=datetime(2026, 9, 30, 2, tzinfo=UTC).isoformat())
    order = Order("demo", "10001", facts=known(golden_week))
    advice = logistics_advice(whereabouts(order, None, Answers(), CHINA, golden_week.placed_at), POLICY, CHINA, golden_week.placed_at)
    assert "by October 14, 2026" in advice.reply["en"]


def test_replies_name_the_country_s_post_and_when_the_parcel_should_arrive() -> None:
    there = abroad(dispatched(), tracked(status="arrived-in-country"))

    assert "USPS, www.usps.com" in replied(there, 3 * DAY)["zh-CN"]
    assert "tracking number is SF1; it should arrive by March 17, 2026" in replied(there, 3 * DAY)["en"]
    assert "the local post" in replied(there, 3 * DAY, local_posts={})["en"]
    assert "by March 23, 2026" in replied(there, 3 * DAY, transit_days={})["en"]


def test_a_parcel_that_should_have_arrived_is_expected_when_it_would_be_presumed_lost() -> None:
    unnumbered = abroad(dispatched(tracking_number=None))

    assert "should arrive by March 17, 2026. If it has not come after April 22, 2026" in replied(unnumbered, 3 * DAY)["en"]
    assert "should arrive by April 22, 2026" in replied(unnumbered, 30 * DAY)["en"]


def test_departments_answers_are_told_in_their_words() -> None:
    late = order_of(paid())

    assert "预计 2026年3月9日 到货" in replied(late, 6 * DAY, DATED, missing=True)["zh-CN"]
    assert "The reason: the packing machine broke. It leaves on March 9, 2026" in replied(late, 6 * DAY, Answers(delay=DELAY))["en"]
    silent = abroad(dispatched())
    assert "with the customs. It is expected by March 20, 2026" in replied(silent, 7 * DAY, Answers(trace=TRACED))["en"]
    assert replied(silent, 7 * DAY, Answers(trace=UNDATED))["en"].endswith("about your order 10001: it is on its way.")


def test_the_forwarder_is_followed_up_within_five_days_and_others_within_a_business_day() -> None:
    after = 4 * DAY + SECOND  # a Friday
    forwarder = logistics_advice(about(abroad(dispatched()), 7 * DAY), POLICY, CHINA, MONDAY + 7 * DAY)
    purchasing = logistics_advice(about(order_of(paid()), after, missing=True), OrderPolicy(young_order_days=4), CHINA, MONDAY + after)

    assert [(task.errand.department, task.due_at) for task in forwarder.tasks] == [("forwarder", MONDAY + 12 * DAY)]
    assert [(task.errand.department, task.due_at.date()) for task in purchasing.tasks] == [("purchasing", date(2026, 3, 9))]


@pytest.mark.parametrize(
    ("told", "shipment_id", "value"),
    [
        ([dispatched()], "s-1", "29.00"),
        ([dispatched(lines=())], "s-1", "29.00"),
        ([dispatched(lines=HALF)], "s-1", "12.50"),
        ([dispatched(lines=HALF)], None, "12.50"),
        ([], None, "29.00"),
    ],
)
def test_a_parcel_is_worth_what_its_content_cost(told: list[StorefrontOrderEvent], shipment_id: str | None, value: str) -> None:
    assert value_of(abroad(*told), shipment_id) == usd(value)


def test_what_is_due_back_already_or_was_never_paid_is_worth_nothing_more() -> None:
    order = abroad(dispatched(lines=HALF))
    unpaid = Order("demo", "10001", facts=known(placed(lines=[line()], total=money("30.00")), dispatched()))
    back = Due(due_id(order.standing, "change", "1"), "refund", usd("20.00"), "")

    assert value_of(replace(order, dues=(back,)), "s-1") == usd("9.00")
    assert value_of(unpaid, "s-1") == usd("0.00")
