"""ORD-1: the facts, status and outcome of an order do not depend on how its events arrive."""

from dataclasses import fields

from hypothesis import given, settings

from services.orders.domain.catalogue import ProductFact
from services.orders.domain.checks import Circumstances
from services.orders.domain.decisions import Said, announcements, decide
from services.orders.domain.facts import Facts
from services.orders.domain.order import Order
from services.orders.domain.policy import OrderPolicy
from services.orders.domain.records import changed
from services.orders.models.facts import facts_json, facts_of_json, facts_told
from shared.events.storefront import StorefrontOrderEvent
from shared.money import Money
from tests.services.orders.builders import DAY, HOUR, MONDAY, address_changed, cancelled, delivered, dispatched, paid, placed, tracked
from tests.services.orders.histories import Chunks, told_twice

MUGS = ProductFact(Money.parse("12.50", "USD"), None, 100, "mugs")
CIRCUMSTANCES = Circumstances(OrderPolicy(), {"MUG-RED": MUGS})


def known(*told: StorefrontOrderEvent) -> Facts:
    facts = Facts()
    for event in told:
        facts = facts.merged(facts_told(event))
    return facts


def lived(chunks: Chunks) -> tuple[Order, list[Said]]:
    """What the service does with the chunks, without its database."""
    order, said = Order("demo", "10001"), list[Said]()
    for chunk in chunks:
        before, order = order, changed(order, facts=order.facts.merged(known(*chunk)))
        if order.facts.placed is not None:
            order = decide(order, CIRCUMSTANCES, MONDAY + 30 * DAY)
        told = announcements(before, order)
        said += told
        order = changed(order, said_type=told[-1].value if told else order.said_type)
    return order, said


@settings(max_examples=400, deadline=None)
@given(told_twice())
def test_any_order_repetition_and_chunking_ends_in_the_same(both: tuple[Chunks, Chunks]) -> None:
    (first, said_first), (second, said_second) = map(lived, both)

    assert first.facts == second.facts
    assert (first.status, first.outcome) == (second.status, second.outcome)
    for said in (said_first, said_second):
        assert said.count(Said.CONFIRMED) <= 1
        assert said.count(Said.CLOSED) <= 1


@settings(max_examples=200, deadline=None)
@given(told_twice())
def test_merging_is_associative_and_idempotent_and_survives_storage(both: tuple[Chunks, Chunks]) -> None:
    parts = [known(*chunk) for chunk in both[0]]
    left = right = Facts()
    for part in parts:
        left = left.merged(part)
    for part in reversed(parts):
        right = part.merged(right)

    assert left == right
    assert left.merged(left) is left
    assert facts_of_json(facts_json(left)) == left
    assert facts_json(facts_of_json(facts_json(left))) == facts_json(left)


def test_what_is_known_already_gives_the_same_facts_back() -> None:
    facts = known(placed(), paid(), dispatched(), tracked(), delivered())

    assert facts.merged(known(paid(), tracked())) is facts


def test_of_two_placings_the_earlier_counts_and_at_the_same_time_its_content_decides() -> None:
    early, late = placed(placed_at="2026-03-02T08:00:00Z"), placed()
    twin = placed(customer_note="Hi")

    assert known(late, early).placed is early
    assert known(late, twin) == known(twin, late)


def test_the_newest_address_change_and_the_earliest_cancellation_count() -> None:
    facts = known(
        address_changed(after=2 * HOUR, city="b"), address_changed(after=HOUR, city="a"), cancelled(after=DAY), cancelled(after=HOUR)
    )

    assert facts.address_changed is not None
    assert facts.address_changed.shipping_address.city == "b"
    assert facts.cancelled == cancelled(after=HOUR)


def test_a_payment_counts_once() -> None:
    assert len(known(paid(), paid(), paid(payment_id="pay-2")).payments) == 2


def test_a_signed_delivery_counts_before_an_earlier_unsigned_one() -> None:
    facts = known(delivered(after=DAY, signed_by=None), delivered(after=2 * DAY), delivered(after=3 * DAY))

    assert facts.delivered["s-1"] == delivered(after=2 * DAY)


def test_a_dispatch_with_its_tracking_number_counts_before_one_without() -> None:
    facts = known(dispatched(tracking_number=None), dispatched(tracking_number="SF9"))

    assert facts.dispatched["s-1"].tracking_number == "SF9"


def test_every_kind_of_fact_is_stored() -> None:
    told = known(placed(), paid(), address_changed(), cancelled(), dispatched(), tracked(), delivered())
    ours = {"called_off", "corrections", "crossed", "agreed"}

    assert {each.name for each in fields(Facts) if getattr(told, each.name)} == {each.name for each in fields(Facts)} - ours
