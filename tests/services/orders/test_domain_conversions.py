"""ORD-11: whoever asked counts once in any period, though only sums of days are kept."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.domain.conversion import NEVER, Asked, Inquiry, Turn, differences
from services.orders.domain.figures import Kind

MONDAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def inquiry(day: int = 0, *, number: int = 1, person: str = "customer/c-1", **changed: Any) -> Inquiry:
    asked = Inquiry("demo", UUID(int=number), 1, person, MONDAY + timedelta(days=day), "MUG-RED", open_since=NOON)
    return asked._replace(**changed)


def turn(day: int, before: int | None = None, kind: Kind = Kind.STORE, name: str = "") -> Turn:
    return Turn("demo", kind, name, MONDAY + timedelta(days=day), NEVER if before is None else MONDAY + timedelta(days=before))


def of_store(changes: dict[Turn, Asked]) -> dict[Turn, Asked]:
    return {turn: asked for turn, asked in changes.items() if turn.kind is Kind.STORE}


def test_an_inquiry_counts_for_its_store_its_product_and_its_agent() -> None:
    counted = differences([], [inquiry(agent_id="wang", linked_order_id="1")])

    assert counted == {
        turn(0): Asked(1, 1),
        turn(0, kind=Kind.PRODUCT, name="MUG-RED"): Asked(1, 1),
        turn(0, kind=Kind.AGENT, name="wang"): Asked(1, 1),
    }


def test_who_asks_again_counts_by_when_she_asked_before() -> None:
    first, last = inquiry(0), inquiry(9, number=2)

    assert of_store(differences([first], [first, last])) == {turn(9, 0): Asked(1, 0)}


def test_who_asks_twice_on_a_day_is_one() -> None:
    first = inquiry(0)

    assert differences([first], [first, inquiry(0, number=2)]) == {}


def test_an_inquiry_told_late_comes_between_those_that_are_known() -> None:
    known = [inquiry(0), inquiry(9, number=2)]

    found = of_store(differences(known, [*known, inquiry(5, number=3)]))

    assert found == {turn(5, 0): Asked(1, 0), turn(9, 0): Asked(-1, 0), turn(9, 5): Asked(1, 0)}


def test_orders_count_by_the_last_inquiry_that_led_to_one() -> None:
    known = [inquiry(0, linked_order_id="1"), inquiry(3, number=2), inquiry(9, number=3)]

    found = of_store(differences(known, [*known[:2], known[2]._replace(linked_order_id="2")]))

    assert found == {turn(9, 0): Asked(0, 1)}


@pytest.mark.parametrize(
    ("told", "follows"),
    [
        pytest.param({"version": 1, "sku": "MUG-BLUE"}, {}, id="told again"),
        pytest.param({"version": 0, "sku": "MUG-BLUE"}, {}, id="told late"),
        pytest.param(
            {"version": 2, "sku": "MUG-BLUE"},
            {"version": 2, "sku": "MUG-BLUE", "open_since": NOON},
            id="opened again, of something else",
        ),
        pytest.param({"version": 2, "asked_on": date(2026, 3, 3)}, {"version": 2, "open_since": NOON}, id="the store has moved"),
        pytest.param(
            {"version": 2, "open_since": None, "agent_id": None, "linked_order_id": None, "closed_at": NOON},
            {"version": 2, "agent_id": None, "linked_order_id": None, "closed_at": NOON},
            id="closed again, without an order",
        ),
    ],
)
def test_the_newest_version_counts_and_keeps_what_it_does_not_say(told: dict[str, Any], follows: dict[str, Any]) -> None:
    known = inquiry(open_since=None, agent_id="wang", linked_order_id="1", closed_at=NOON - timedelta(hours=1))

    assert known.followed_by(inquiry()._replace(**told)) == known._replace(**follows)


_INQUIRIES = st.lists(
    st.builds(
        lambda day, person, sku, linked: inquiry(day, person=person, sku=sku, linked_order_id=linked),
        st.integers(0, 9),
        st.sampled_from("ab"),
        st.sampled_from([None, "MUG-RED"]),
        st.sampled_from([None, "1"]),
    ),
    max_size=12,
)


@given(_INQUIRIES, _INQUIRIES, st.integers(0, 9), st.integers(0, 9))
def test_sums_of_differences_count_everybody_once_over_any_days(
    first: Sequence[Inquiry], then: Sequence[Inquiry], one_end: int, other_end: int
) -> None:
    since, until = (MONDAY + timedelta(days=day) for day in sorted((one_end, other_end)))
    some = [each for changes in (differences([], first), differences(first, then)) for each in changes.items()]
    in_period = [each for each in then if since <= each.asked_on <= until]
    for kind, name in {each for inquiry in then for each in inquiry.names}:
        within = [asked for turn, asked in some if turn[1:3] == (kind, name) and turn.before < since <= turn.day <= until]
        named = [each for each in in_period if (kind, name) in each.names]

        assert sum(asked.asked for asked in within) == len({each.person for each in named})
        assert sum(asked.ordered for asked in within) == len({each.person for each in named if each.linked_order_id})
