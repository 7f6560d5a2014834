"""ORD-11: what an order adds to the figures, and that differences add up to what figures made anew would say."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.orders.domain.checks import Circumstances
from services.orders.domain.decisions import decide
from services.orders.domain.facts import Facts
from services.orders.domain.figures import NO_SALES, Figures, Kind, Sales, Slot, differences, sales_of
from services.orders.domain.order import Order, new_order
from services.orders.domain.periods import Period, PeriodOutOfRange, Span, average, growth, period, rate
from services.orders.domain.policy import OrderPolicy
from services.orders.domain.records import changed
from services.orders.models.facts import facts_told
from shared.events.storefront import StorefrontOrderEvent
from shared.money import Money
from tests.services.orders.builders import DAY, MONDAY, cancelled, dispatched, line, money, paid, placed
from tests.services.orders.histories import Chunks, told_twice

DAY_ONE, DAY_TWO = date(2026, 3, 2), date(2026, 3, 3)
CIRCUMSTANCES = Circumstances(OrderPolicy(), {})
STORE = Slot(DAY_ONE, "USD", Kind.STORE, "")


def usd(amount: str) -> Money:
    return Money.parse(amount, "USD")


def order(*told: StorefrontOrderEvent, sold_on: date | None = DAY_ONE, **more: Any) -> Order:
    facts = Facts()
    for event in told:
        facts = facts.merged(facts_told(event))
    known = changed(new_order("demo", "10001"), facts=facts, sold_on=sold_on, **more)
    return decide(known, CIRCUMSTANCES, MONDAY + DAY) if facts.placed else known


def summed(some: Iterable[Figures]) -> Figures:
    found: Figures = {}
    for figures in some:
        for slot, sales in figures.items():
            found[slot] = found.get(slot, NO_SALES).plus(sales)
    return {slot: sales for slot, sales in found.items() if sales != NO_SALES}


def test_an_order_counts_for_its_store_its_products_and_nobody_where_no_inquiry_led_to_it() -> None:
    lines = [line(), line("MUG-BLUE", 1, "8.00", "2"), line("MUG-RED", 1, "12.50", "3")]
    lines[0]["discount"] = money("1.00")

    counted = sales_of(order(placed(lines=lines, total=money("49.00"))))

    assert counted == {
        STORE: Sales(1, 0, 4, Decimal("49.00")),
        STORE._replace(kind=Kind.AGENT): Sales(1, 0, 4, Decimal("49.00")),
        STORE._replace(kind=Kind.PRODUCT, name="MUG-RED"): Sales(1, 0, 3, Decimal("36.50")),
        STORE._replace(kind=Kind.PRODUCT, name="MUG-BLUE"): Sales(1, 0, 1, Decimal("8.00")),
    }


@pytest.mark.parametrize(
    ("told", "sales"),
    [
        pytest.param([placed()], Sales(1, 0, 2, Decimal("29.00")), id="not paid yet"),
        pytest.param([placed(customer_note="Hi"), paid()], Sales(1, 0, 2, Decimal("29.00")), id="held"),
        pytest.param([placed(), paid(), cancelled()], Sales(1, 1), id="cancelled"),
        pytest.param([placed(), dispatched(), cancelled(after=2 * DAY)], Sales(1, 0, 2, Decimal("29.00")), id="cancelled too late"),
    ],
)
def test_a_sale_is_an_order_that_was_placed_and_is_not_cancelled(told: list[StorefrontOrderEvent], sales: Sales) -> None:
    assert sales_of(order(*told))[STORE] == sales


def test_an_order_that_was_not_placed_or_has_no_day_yet_does_not_count() -> None:
    assert sales_of(order(paid())) == sales_of(order(placed(), sold_on=None)) == {}


def test_a_refund_counts_for_each_product_by_what_it_cost_and_adds_up_to_the_cent() -> None:
    lines = [line("A", 1, "10.00", "1"), line("B", 1, "10.00", "2"), line("C", 1, "10.00", "3")]

    counted = sales_of(order(placed(lines=lines), sold_by="wang", refunded=(usd("10.00"),)))

    parts = [counted[STORE._replace(kind=Kind.PRODUCT, name=sku)].refunded for sku in "ABC"]
    assert (sum(parts), max(parts) - min(parts)) == (Decimal("10.00"), Decimal("0.01"))
    assert counted[STORE][4:] == counted[STORE._replace(kind=Kind.AGENT, name="wang")][4:] == (1, Decimal("10.00"))


def test_a_refund_in_another_currency_counts_in_that() -> None:
    counted = sales_of(order(placed(), refunded=(Money.parse("5.00", "EUR"),)))

    assert counted[STORE._replace(currency="EUR")] == Sales(refunded_orders=1, refunded=Decimal("5.00"))
    assert counted[STORE].refunded == 0


def test_the_refund_of_a_cancelled_order_does_not_count_for_the_cancel_took_all_of_it_off() -> None:
    assert sales_of(order(placed(), paid(), cancelled(), refunded=(usd("29.00"),)))[STORE] == Sales(1, 1)


def test_what_changes_no_figure_makes_no_difference() -> None:
    before = order(placed())

    assert differences([(before, changed(before, facts=before.facts.merged(facts_told(paid()))))]) == {}


def test_a_cancel_takes_off_what_was_counted_on_the_day_of_the_order() -> None:
    before, after = order(placed()), order(placed(), cancelled())

    assert differences([(before, after)])[STORE] == Sales(0, 1, -2, Decimal("-29.00"))


@settings(max_examples=300, deadline=None)
@given(told_twice(), st.lists(st.sampled_from([None, "wang", "zhao"]), min_size=9, max_size=9), st.lists(st.integers(0, 2), min_size=9))
def test_differences_over_any_history_add_up_to_the_figures_of_how_it_ended(
    both: tuple[Chunks, Chunks], agents: list[str | None], refunds: list[int]
) -> None:
    for chunks in both:
        now, put_down = new_order("demo", "10001"), list[Figures]()
        for number, chunk in enumerate(chunks):
            facts = now.facts
            for event in chunk:
                facts = facts.merged(facts_told(event))
            after = changed(now, facts=facts, sold_by=agents[number % 9], refunded=(usd(f"{refunds[number % 9]}.10"),))
            if facts.placed:
                after = decide(changed(after, sold_on=facts.placed.placed_at.date()), CIRCUMSTANCES, MONDAY + 30 * DAY)
            put_down.append(differences([(now, after)]))
            now = after

        assert summed(put_down) == summed([sales_of(now)])


@pytest.mark.parametrize(
    ("since", "until", "spans"),
    [
        (DAY_ONE, DAY_ONE, [("day", DAY_ONE)]),
        (date(2026, 2, 3), date(2026, 2, 28), [("month", date(2026, 2, 1)), ("day", date(2026, 2, 1), -1), ("day", date(2026, 2, 2), -1)]),
        (date(2026, 2, 2), date(2026, 2, 27), [("month", date(2026, 2, 1)), ("day", date(2026, 2, 1), -1), ("day", date(2026, 2, 28), -1)]),
        (date(2026, 2, 1), date(2026, 2, 14), [("day", date(2026, 2, day)) for day in range(1, 15)]),
        (date(2026, 2, 1), date(2026, 2, 28), [("month", date(2026, 2, 1))]),
        (date(2026, 1, 31), date(2026, 3, 1), [("day", date(2026, 1, 31)), ("month", date(2026, 2, 1)), ("day", date(2026, 3, 1))]),
        (date(2026, 2, 1), date(2026, 2, 2), [("day", date(2026, 2, 1)), ("day", date(2026, 2, 2))]),
        (date(2025, 12, 1), date(2026, 1, 31), [("month", date(2025, 12, 1)), ("month", date(2026, 1, 1))]),
        (date(2024, 2, 28), date(2024, 2, 29), [("day", date(2024, 2, 28)), ("day", date(2024, 2, 29))]),
    ],
)
def test_a_period_is_read_by_whole_months_where_most_of_one_is_in_it(since: date, until: date, spans: list[Any]) -> None:
    assert list(Period(since, until).spans()) == [Span(*span) for span in spans]


@given(st.dates(date(2020, 1, 1), date(2026, 1, 1)), st.integers(1, 400))
def test_the_spans_of_a_period_are_each_of_its_days_once(since: date, days: int) -> None:
    wanted = Period(since, since + (days - 1) * DAY)

    covered: Counter[date] = Counter()
    for grain, start, times in wanted.spans():
        for number in range(1 if grain == "day" else ((start + 32 * DAY).replace(day=1) - start).days):
            covered[start + number * DAY] += times

    assert sorted(covered.elements()) == [span.start for span in wanted.each_day()]
    assert (min(covered.elements()), max(covered.elements()), wanted.before.days) == (wanted.since, wanted.until, days)
    assert sum(span.grain == "day" for span in wanted.spans()) <= 2 * 15


def test_a_period_is_thirty_days_until_today_unless_somebody_says_otherwise() -> None:
    assert period(None, None, DAY_TWO, default_days=30) == Period(date(2026, 2, 2), DAY_TWO)
    assert period(DAY_ONE, None, DAY_TWO, default_days=30) == Period(DAY_ONE, DAY_TWO)
    assert period(None, DAY_ONE, DAY_TWO, default_days=1) == Period(DAY_ONE, DAY_ONE)
    assert period(date(2025, 1, 1), date(2026, 2, 4), DAY_TWO, default_days=30).days == 400


@pytest.mark.parametrize(
    ("since", "until", "field"),
    [
        (DAY_TWO, DAY_ONE, "from"),
        (date(2025, 1, 1), date(2026, 2, 5), "to"),
        (date(1, 1, 1), None, "from"),
        (None, date(9999, 12, 31), "to"),
    ],
)
def test_a_period_that_makes_no_sense_is_refused_by_field(since: date | None, until: date | None, field: str) -> None:
    with pytest.raises(PeriodOutOfRange) as refused:
        period(since, until, DAY_TWO, default_days=30)

    assert [problem.field for problem in refused.value.fields] == [field]


def test_what_there_is_nothing_to_divide_by_for_is_not_told() -> None:
    assert (rate(1, 0), growth(5, 0), average(Sales(1, 1), "USD")) == (None, None, None)
    assert (rate(1, 3), growth(5, 4), growth(Decimal(3), Decimal(4))) == (Decimal("0.3333"), Decimal("0.2500"), Decimal("-0.2500"))


@pytest.mark.parametrize(("currency", "revenue", "mean"), [("USD", "10.00", "3.33"), ("KWD", "10.000", "3.333"), ("JPY", "10", "3")])
def test_an_average_has_the_places_of_its_currency(currency: str, revenue: str, mean: str) -> None:
    assert average(Sales(3, 0, 3, Decimal(revenue)), currency) == Money.parse(mean, currency)
