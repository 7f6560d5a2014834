"""The thresholds of ORD-7 as the watch crosses them (ORD-8): at every boundary, and whatever the order in which facts come."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.orders.domain import watch
from services.orders.domain.facts import Facts
from services.orders.domain.order import Order
from services.orders.domain.policy import OrderPolicy
from services.orders.domain.records import changed
from services.orders.domain.watch import Threshold
from services.orders.models.facts import facts_told
from services.orders.usecases import crossing
from shared.events.storefront import StorefrontOrderEvent
from tests.services.orders.builders import DAY, HOUR, MONDAY, cancelled, delivered, dispatched, paid, placed, tracked

POLICY = OrderPolicy()
INSTANT = timedelta(microseconds=1)
HALF = ({"line_id": "1", "quantity": 1},)


def order_of(*told: StorefrontOrderEvent, confirmed: bool = True) -> Order:
    facts = Facts()
    for event in told:
        facts = facts.merged(facts_told(event))
    return Order("demo", "10001", facts=facts, confirmed_at=MONDAY if confirmed else None)


def crossed_at(order: Order, after: timedelta, policy: OrderPolicy = POLICY) -> list[tuple[str, str | None]]:
    return [(each.threshold.value, each.shipment_id) for each in watch.crossed_by(order, policy, MONDAY + after)]


BOUGHT = (placed(), paid())
SENT = (*BOUGHT, dispatched(after=DAY))
UNNUMBERED = (*BOUGHT, dispatched(after=DAY, tracking_number=None))
ABROAD = tracked(after=2 * DAY, status="in-transit", country="NL")


@pytest.mark.parametrize(
    ("told", "days", "crossed"),
    [
        (BOUGHT, 5, ("unshipped", None)),
        (SENT, 6, ("not-online", "s-1")),
        (UNNUMBERED, 51, ("no-number", "s-1")),
        ((*SENT, ABROAD), 17, ("silent", "s-1")),
        ((*SENT, tracked(after=2 * DAY, country="")), 17, ("silent", "s-1")),
        ((*UNNUMBERED, ABROAD), 17, ("silent", "s-1")),
        ((*SENT, delivered(after=4 * DAY, signed_by=None)), 7, ("unsigned", "s-1")),
    ],
)  # fmt: skip
def test_a_threshold_is_crossed_beyond_its_last_day_and_not_on_it(
    told: Sequence[StorefrontOrderEvent], days: int, crossed: tuple[str, str | None]
) -> None:
    order = order_of(*told)

    assert crossed_at(order, days * DAY) == []
    assert crossed_at(order, days * DAY + INSTANT) == [crossed]
    assert watch.next_due(order, POLICY) == MONDAY + days * DAY + INSTANT


@pytest.mark.parametrize(
    "told",
    [
        (placed(),),
        (*BOUGHT, cancelled()),
        (*BOUGHT, tracked(after=2 * DAY, country="NL")),
    ],
    ids=["unpaid", "cancelled", "not dispatched"],
)
def test_what_is_not_watched_crosses_nothing(told: Sequence[StorefrontOrderEvent]) -> None:
    assert crossed_at(order_of(*told), 300 * DAY) == []


@pytest.mark.parametrize(
    "seen",
    [
        (tracked(after=2 * DAY, country="CN"),),
        (tracked(after=2 * DAY, country="cn"),),
        (tracked(after=2 * DAY, country="NL", status="arrived-in-country"),),
        (tracked(after=2 * DAY, country="", status="out-for-delivery"),),
        (tracked(after=2 * DAY, country="", status="failed-attempt"),),
        (tracked(after=DAY, country="CN"), tracked(after=2 * DAY, country="NL")),
    ],
    ids=["there", "lower case", "arrived", "out for delivery", "attempted", "was there"],
)
def test_the_local_post_is_given_longer_before_a_parcel_is_searched_for(seen: Sequence[StorefrontOrderEvent]) -> None:
    order = order_of(*SENT, *seen)

    assert crossed_at(order, 32 * DAY) == []
    assert crossed_at(order, 32 * DAY + INSTANT) == [("silent", "s-1")]


@pytest.mark.parametrize(("number", "crossed"), [("", "no-number"), (None, "no-number"), ("SF1", "not-online")])
def test_an_empty_number_is_none(number: str | None, crossed: str) -> None:
    assert crossed_at(order_of(*BOUGHT, dispatched(tracking_number=number)), 52 * DAY) == [(crossed, "s-1")]


def test_an_order_that_is_not_confirmed_is_not_late() -> None:
    assert crossed_at(order_of(*BOUGHT, confirmed=False), 30 * DAY) == []


def test_payment_on_delivery_counts_as_paid() -> None:
    assert crossed_at(order_of(placed(payment_terms="on-delivery")), 30 * DAY) == [("unshipped", None)]


def test_the_rest_of_an_order_of_which_a_part_has_left_is_watched_beside_it() -> None:
    part = order_of(*BOUGHT, dispatched(after=DAY, lines=HALF))
    both = order_of(*BOUGHT, dispatched(after=DAY, lines=HALF), dispatched(shipment_id="s-2", after=2 * DAY, lines=HALF))

    assert crossed_at(part, 7 * DAY) == [("unshipped", None), ("not-online", "s-1")]
    assert crossed_at(both, 8 * DAY) == [("not-online", "s-1"), ("not-online", "s-2")]


def test_a_signature_of_the_whole_order_is_due_at_once() -> None:
    signed = order_of(*SENT, delivered(after=4 * DAY))

    assert crossed_at(signed, 4 * DAY) == [("signed", None)]


def test_a_closed_order_is_not_reminded_of_a_signature() -> None:
    closed = changed(order_of(*SENT, delivered(after=4 * DAY, signed_by=None)), outcome="delivered")

    assert crossed_at(closed, 30 * DAY) == []


def test_tracking_of_an_unknown_shipment_waits_for_its_dispatch_and_then_counts() -> None:
    before = order_of(*BOUGHT, ABROAD)
    after = order_of(*BOUGHT, ABROAD, dispatched(after=DAY))

    assert watch.next_due(before, POLICY) is None
    assert crossed_at(after, 17 * DAY + INSTANT) == [("silent", "s-1")]


def test_a_policy_moves_every_threshold() -> None:
    policy = OrderPolicy(young_order_days=1, not_online_days=2, silent_days=3, unnumbered_days=4, sign_reminder_days=6)

    assert crossed_at(order_of(*BOUGHT), 1 * DAY + INSTANT, policy) == [("unshipped", None)]
    assert crossed_at(order_of(*SENT), 3 * DAY + INSTANT, policy) == [("not-online", "s-1")]
    assert crossed_at(order_of(*SENT, ABROAD), 5 * DAY + INSTANT, policy) == [("silent", "s-1")]
    assert crossed_at(order_of(*UNNUMBERED), 5 * DAY + INSTANT, policy) == [("no-number", "s-1")]
    assert crossed_at(order_of(*SENT, delivered(after=2 * DAY, signed_by=None)), 8 * DAY + INSTANT, policy) == [("unsigned", "s-1")]


def looked(order: Order, now: datetime) -> Order:
    return crossing.crossed(order, watch.crossed_by(order, POLICY, now), now)


def test_a_crossed_threshold_is_over_when_the_parcel_is_seen_and_each_silence_is_crossed_by_itself() -> None:
    unseen = looked(order_of(*SENT), MONDAY + 7 * DAY)
    seen = changed(unseen, facts=unseen.facts.merged(facts_told(tracked(after=8 * DAY, country="NL"))))
    silent = looked(seen, MONDAY + 24 * DAY)
    again = changed(silent, facts=silent.facts.merged(facts_told(tracked(after=25 * DAY, country="NL"))))
    silent_again = looked(again, MONDAY + 41 * DAY)

    assert watch.over(unseen, POLICY) == frozenset()
    assert watch.over(seen, POLICY) == {(Threshold.NOT_ONLINE, "s-1")}
    assert watch.over(silent, POLICY) == {(Threshold.NOT_ONLINE, "s-1")}
    assert watch.over(again, POLICY) == {(Threshold.NOT_ONLINE, "s-1"), (Threshold.SILENT, "s-1")}
    assert watch.over(silent_again, POLICY) == {(Threshold.NOT_ONLINE, "s-1")}
    assert [each.version is not None for each in silent_again.facts.crossed.values()] == [True, True, False]
    assert watch.next_due(silent_again, POLICY) is None


_SIGNERS = st.sampled_from([None, "Li"])
_COUNTRIES = st.sampled_from(["NL", "CN"])
_PARCELS = st.sampled_from(["s-1", "s-2"])
_HOURS = st.integers(1, 80 * 24).map(lambda hours: hours * HOUR)
_HAPPENINGS = st.one_of(
    st.builds(
        lambda parcel, after, number: dispatched(shipment_id=parcel, after=after, lines=HALF, tracking_number=number),
        _PARCELS, _HOURS, st.sampled_from([None, "SF1"]),
    ),
    st.builds(
        lambda parcel, after, country: tracked(shipment_id=parcel, after=after, country=country), _PARCELS, _HOURS, _COUNTRIES
    ),
    st.builds(lambda parcel, after, by: delivered(shipment_id=parcel, after=after, signed_by=by), _PARCELS, _HOURS, _SIGNERS),
)  # fmt: skip


@st.composite
def arrivals(draw: st.DrawFn) -> list[tuple[timedelta, StorefrontOrderEvent]]:
    """Facts in any order, each at some time at or after it happened."""
    told = draw(st.lists(_HAPPENINGS, max_size=10))
    return sorted(((at_most(event) + draw(_HOURS), event) for event in told), key=lambda each: each[0])


def at_most(event: StorefrontOrderEvent) -> timedelta:
    happened: datetime = next(getattr(event, name) for name in ("dispatched_at", "tracked_at", "delivered_at") if hasattr(event, name))
    return happened - MONDAY


@settings(max_examples=300, deadline=None)
@given(arrivals())
def test_each_threshold_is_crossed_once_and_never_against_the_facts(arriving: list[tuple[timedelta, StorefrontOrderEvent]]) -> None:
    order, said = order_of(*BOUGHT), list[tuple[str, str | None]]()
    for after, event in [*arriving, (400 * DAY, paid())]:
        while (due := watch.next_due(order, POLICY)) is not None and due <= MONDAY + after:
            crossed = watch.crossed_by(order, POLICY, due)
            assert crossed
            for each in crossed:
                delivery = order.facts.delivered.get(each.shipment_id or "")
                assert delivery is None or each.threshold is Threshold.UNSIGNED
                assert each.threshold is not Threshold.NOT_ONLINE or each.shipment_id not in order.facts.last_tracked
            order = crossing.crossed(order, crossed, due)
        order = changed(order, facts=order.facts.merged(facts_told(event)))
    said = [(each.threshold, each.shipment_id) for each in order.facts.crossed.values() if each.threshold != "silent" or each.version]

    assert len(said) == len(set(said))
    assert watch.next_due(order, POLICY) is None


@settings(max_examples=200, deadline=None)
@given(st.lists(_HAPPENINGS, max_size=8).flatmap(lambda told: st.tuples(st.permutations(told), st.permutations(told))), _HOURS)
def test_what_is_crossed_does_not_depend_on_the_order_in_which_facts_came(
    both: tuple[list[StorefrontOrderEvent], list[StorefrontOrderEvent]], after: timedelta
) -> None:
    one, other = (order_of(*BOUGHT, *told) for told in both)

    assert watch.crossed_by(one, POLICY, MONDAY + after) == watch.crossed_by(other, POLICY, MONDAY + after)
    assert watch.next_due(one, POLICY) == watch.next_due(other, POLICY)
