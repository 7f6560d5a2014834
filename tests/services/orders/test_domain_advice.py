"""ORD-5, ORD-6, ORD-7: every set of facts has exactly one answer, by a path that is in the tree, with a reply in both languages."""

from dataclasses import replace
from datetime import date, timedelta
from string import Template

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.domain import replies
from services.orders.domain.advice import ERRANDS, Advice
from services.orders.domain.cancelling import CANCEL, CancelAction, CancelFacts, Purchase, cancel_advice
from services.orders.domain.changing import CHANGE, ChangeAction, ChangeFacts, change_advice
from services.orders.domain.logistics import LOGISTICS, LogisticsAction, logistics_advice
from services.orders.domain.policy import OrderPolicy
from services.orders.domain.replies import TEMPLATES
from services.orders.domain.whereabouts import Delay, Trace, Whereabouts
from services.orders.tasks import tasks
from shared.bounds import PolicyOutOfRange
from shared.money import Money
from shared.rules import Rule, ways
from tests.services.orders.builders import DAY, MONDAY
from tests.services.orders.test_domain_cancelling import CHINA, usd
from tests.services.orders.test_domain_changing import BLUE, GREEN

RULES: tuple[tuple[Rule, type], ...] = ((CANCEL, CancelAction), (CHANGE, ChangeAction), (LOGISTICS, LogisticsAction))  # type: ignore[type-arg]
amounts = st.integers(-5000, 5000).map(lambda cents: Money.parse(f"{cents / 100:.2f}", "USD"))
positive = st.integers(0, 5000).map(lambda cents: Money.parse(f"{cents / 100:.2f}", "USD"))
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
spans = st.timedeltas(timedelta(0), 90 * DAY)
policies = st.builds(
    OrderPolicy,
    young_order_days=st.integers(0, 30),
    unnumbered_days=st.integers(0, 60),
    not_online_days=st.integers(0, 60),
    silent_days=st.integers(0, 60),
    refund_business_days=st.integers(0, 30),
    payment_hours=st.integers(1, 100),
)
purchases = st.none() | st.just(Purchase(None, None)) | st.builds(Purchase, days, positive)
cancels = st.builds(
    CancelFacts,
    order_id=st.just("10001"),
    shipped=st.booleans(),
    signed=st.booleans(),
    released=st.booleans(),
    purchase=purchases,
    paid=positive,
)
changes = st.builds(
    ChangeFacts,
    order_id=st.just("10001"),
    shipped=st.booleans(),
    unavailable=st.sampled_from([(), ("Blue mug",), ("Blue mug", "Tea")]),
    similar=st.sampled_from([(), (GREEN,), (GREEN, BLUE)]),
    difference=amounts,
    overpaid=positive,
)
traces = st.builds(Trace, st.sampled_from(["", "with the customs"]), st.none() | days, lost=st.booleans(), holds_until=days)
places = st.builds(
    Whereabouts,
    order_id=st.just("10001"),
    placed_at=st.just(MONDAY),
    shipped=st.booleans(),
    age=spans,
    value=positive,
    country=st.sampled_from(["US", "CN", "XX", ""]),
    shipment_id=st.just("s-1"),
    tracking_number=st.none() | st.just("SF1"),
    numbered=st.booleans(),
    online=st.booleans(),
    in_destination_country=st.booleans(),
    dispatched_at=st.none() | st.just(MONDAY),
    seen_at=st.none() | st.just(MONDAY + DAY),
    under_way=spans,
    silent=spans,
    goods_missing=st.booleans(),
    goods_expected_on=st.none() | days,
    delay=st.none() | st.builds(Delay, st.just("no $ left"), days),
    trace=st.none() | traces,
)


def is_an_answer_of(rule: Rule, advice: Advice) -> bool:  # type: ignore[type-arg]
    """One way of the tree, and only one, has both its ids and its action."""
    return len({(way.rules, way.answer) for way in ways(rule) if (way.rules, way.answer.action) == (advice.rules, advice.action)}) == 1


def is_whole(reply: Advice) -> bool:
    return reply.reply.keys() == {"zh-CN", "en"} and not any(
        "None" in words or "{" in words for words in (*reply.reply.values(), reply.reason)
    )


@given(cancels, policies)
def test_every_order_somebody_wants_to_cancel_has_one_answer(facts: CancelFacts, policy: OrderPolicy) -> None:
    advice = cancel_advice(facts, policy, CHINA, MONDAY)

    assert is_an_answer_of(CANCEL, advice)
    assert is_whole(advice)
    if advice.refund is not None:
        assert advice.refund + (advice.withheld or usd("0.00")) == facts.paid


@given(changes, policies)
def test_every_order_somebody_wants_to_change_has_one_answer(facts: ChangeFacts, policy: OrderPolicy) -> None:
    advice = change_advice(facts, policy, CHINA, MONDAY)

    assert is_an_answer_of(CHANGE, advice)
    assert is_whole(advice)
    assert advice.refund is None or usd("0.00") <= advice.refund <= -facts.difference


@given(places, policies)
def test_every_order_somebody_asks_for_has_one_answer(facts: Whereabouts, policy: OrderPolicy) -> None:
    advice = logistics_advice(facts, policy, CHINA, MONDAY + facts.under_way)

    assert is_an_answer_of(LOGISTICS, advice)
    assert is_whole(advice)


@pytest.mark.parametrize(("rule", "actions"), RULES)
def test_every_action_is_an_answer_of_its_rule_and_has_a_reply(rule: Rule, actions: type) -> None:  # type: ignore[type-arg]
    answered = {way.answer.action for way in ways(rule)}

    assert answered == set(actions)  # type: ignore[call-overload]
    assert answered <= TEMPLATES


@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_both_languages_name_the_same_values(template: str) -> None:
    chinese, english = (set(Template(replies._REPLIES[template][language]).get_identifiers()) for language in ("zh-CN", "en"))

    assert chinese - {"order_id"} == english - {"order_id"}


def test_every_errand_is_a_kind_of_task_of_its_department() -> None:
    assert len({errand.kind for errand in ERRANDS}) == len(ERRANDS)
    asked = {errand.kind: errand.department for errand in ERRANDS} | {"parcel-lost": "operations"}
    assert asked == {name: kind.department for name, kind in tasks.kinds.items()}


@pytest.mark.parametrize(
    ("numbers", "fields"),
    [
        ({"ships_from_business_days": 6}, ["values.ships_from_business_days"]),
        ({"discount_percent": 101}, ["values.discount_percent"]),
        ({"payment_hours": 0}, ["values.payment_hours"]),
        ({"gift": {"en": "a pen"}}, ["values.gift.zh-CN"]),
        ({"gift": {"en": "a pen", "zh-CN": " "}}, ["values.gift.zh-CN"]),
        ({"gift": {"en": "a pen", "zh-CN": "笔", "de": "Stift"}}, ["values.gift"]),
        ({"transit_days": {"US": 366}}, ["values.transit_days.US"]),
        ({"transit_days": {"usa": 3}}, ["values.transit_days"]),
        ({"local_posts": {"US": "x" * 201}}, ["values.local_posts.US"]),
    ],
)
def test_a_number_no_store_can_mean_is_refused(numbers: dict[str, object], fields: list[str]) -> None:
    with pytest.raises(PolicyOutOfRange) as refused:
        replace(OrderPolicy(), **numbers)  # type: ignore[arg-type]

    assert [problem.field for problem in refused.value.fields] == fields
