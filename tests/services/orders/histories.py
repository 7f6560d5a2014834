"""Everything that may happen to one order, for Hypothesis to shuffle, repeat and cut into chunks."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from shared.events.storefront import OrderPaid, OrderPlaced, StorefrontOrderEvent
from tests.services.orders.builders import HOUR, address_changed, cancelled, delivered, dispatched, paid, placed, tracked

Chunks = Sequence[Sequence[StorefrontOrderEvent]]

_PARCELS = st.sampled_from(["s-1", "s-2"])
_MOMENTS = st.integers(0, 6).map(lambda hours: hours * HOUR)
_SIGNERS = st.sampled_from([None, "Li Lei", "Han Meimei"])


def _dispatches() -> SearchStrategy[StorefrontOrderEvent]:
    quantities = st.sampled_from([(), ({"line_id": "1", "quantity": 1},), ({"line_id": "1", "quantity": 2},)])
    numbers = st.sampled_from([None, "SF1", "SF2"])
    return st.builds(
        lambda parcel, after, lines, number: dispatched(shipment_id=parcel, after=after, lines=lines, tracking_number=number),
        _PARCELS, _MOMENTS, quantities, numbers,
    )  # fmt: skip


def _payments() -> SearchStrategy[StorefrontOrderEvent]:
    return st.builds(
        lambda payment_id, amount, currency, after: paid(payment_id=payment_id, amount=amount, currency=currency, after=after),
        st.sampled_from(["pay-1", "pay-2"]), st.sampled_from(["29.00", "14.50", "1.00"]), st.sampled_from(["USD", "USD", "EUR"]), _MOMENTS,
    )  # fmt: skip


def _orders() -> SearchStrategy[StorefrontOrderEvent]:
    return st.sampled_from([placed(), placed(), placed(placed_at="2026-03-02T08:00:00Z"), placed(customer_note="Hi")])


def _happenings() -> SearchStrategy[StorefrontOrderEvent]:
    return st.one_of(
        _orders(),
        _payments(),
        _dispatches(),
        st.builds(lambda after, code: address_changed(after=after, postal_code=code), _MOMENTS, st.sampled_from(["310000", "1", "310001"])),
        st.builds(lambda after, reason: cancelled(after=after, reason=reason), _MOMENTS, st.sampled_from(["a", "b"])),
        st.builds(
            lambda parcel, after, status: tracked(shipment_id=parcel, after=after, status=status),
            _PARCELS, _MOMENTS, st.sampled_from(["online", "in-transit"]),
        ),
        st.builds(lambda parcel, after, by: delivered(shipment_id=parcel, after=after, signed_by=by), _PARCELS, _MOMENTS, _SIGNERS),
    )  # fmt: skip


@st.composite
def told_twice(draw: st.DrawFn, *, contradicting: bool = True) -> tuple[Chunks, Chunks]:
    """The same facts in two orders of arrival, each with repetitions and cut into chunks at will.

    Contradicting ones name one order, or one payment, and tell it differently.
    """
    facts: Sequence[StorefrontOrderEvent] = draw(st.lists(_happenings(), min_size=1, max_size=9))
    if not contradicting:
        facts = _without_contradictions(facts)
    return _arrival(draw, facts), _arrival(draw, facts)


def _without_contradictions(facts: Sequence[StorefrontOrderEvent]) -> Sequence[StorefrontOrderEvent]:
    first: dict[object, StorefrontOrderEvent] = {}
    for fact in facts:
        first.setdefault(_told_once(fact), fact)
    return [fact for fact in facts if first[_told_once(fact)] == fact]


def _told_once(fact: StorefrontOrderEvent) -> object:
    if isinstance(fact, OrderPaid):
        return fact.payment_id
    return OrderPlaced if isinstance(fact, OrderPlaced) else id(fact)


def _arrival(draw: st.DrawFn, facts: Sequence[StorefrontOrderEvent]) -> Chunks:
    repeated = [*facts, *draw(st.lists(st.sampled_from(facts), max_size=4))]
    arriving = draw(st.permutations(repeated))
    cuts = sorted(draw(st.sets(st.integers(1, len(arriving)), max_size=4)))
    edges = [0, *cuts, len(arriving)]
    return [chunk for start, end in pairwise(edges) if (chunk := arriving[start:end])]
