"""CUS-1 to CUS-6 without a database; care for customers apart."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.domain.customers.lifetime import (
    Observed,
    Retention,
    lifetime_years,
    retained_value,
    retention_of,
    simple_value,
)
from services.orders.domain.customers.loss import Loss, loss_of, own_interval
from services.orders.domain.customers.record import MonthSum, Record
from services.orders.domain.customers.segments import age_band, age_bands
from services.orders.domain.customers.tiers import Abc, Tier, Trade, abc_classes, tier_of
from services.orders.domain.customers.windows import Windows, months_before
from services.orders.domain.customers.word_of_mouth import dynamic_value, period_value
from services.orders.domain.policy import OrderPolicy
from shared.bounds import PolicyOutOfRange
from shared.money import Money

POLICY = OrderPolicy()
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def classes(*contributions: str) -> str:
    """In the order given; customers are called a, b, c, …"""
    found = abc_classes({chr(97 + place): Decimal(value) for place, value in enumerate(contributions)}, POLICY)
    return "".join(found[customer] for customer in sorted(found))


@pytest.mark.parametrize(
    ("contributions", "expected"),
    [
        (("70", "20", "10"), "ABC"),
        (("70.01", "20", "9.99"), "ACC"),
        (("40", "30", "20", "10"), "AABC"),
        (("40", "30.01", "19.99", "10"), "ABBC"),
        (("40", "30", "20.01", "9.99"), "AACC"),
        (("100",), "A"),
        (("95", "5"), "AC"),
        (("85", "5", "10"), "ACC"),
        (("25", "25", "25", "25"), "AABC"),
        (("10", "20", "70"), "CBA"),
        (("100", "0", "-5"), "ACC"),
        (("0", "0"), "CC"),
        (("-1",), "C"),
        ((), ""),
    ],
)
def test_cus_2_abc_is_by_cumulative_contribution_with_the_bounds_inside(contributions: tuple[str, ...], expected: str) -> None:
    assert classes(*contributions) == expected


def test_cus_2_of_equals_the_smaller_id_comes_first_however_they_are_told() -> None:
    told = {name: Decimal(25) for name in "dbca"}

    assert abc_classes(told, POLICY) == {"a": Abc.A, "b": Abc.A, "c": Abc.B, "d": Abc.C}


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), st.decimals("-10", 1000, places=2), max_size=12))
def test_cus_2_who_gives_more_is_never_in_a_lower_class(contributions: dict[str, Decimal]) -> None:
    found = abc_classes(contributions, POLICY)

    ordered = sorted(contributions, key=lambda name: (-max(contributions[name], Decimal(0)), name))
    assert [found[name] for name in ordered] == sorted(found.values())
    assert ("A" in found.values()) == any(value > 0 for value in contributions.values())


@pytest.mark.parametrize(
    ("abc", "orders", "recent", "earlier", "tier"),
    [
        (Abc.A, 2, "0", "0", Tier.KEY),
        (Abc.A, 1, "900", "0", Tier.OCCASIONAL),
        (Abc.B, 2, "0", "0", Tier.POTENTIAL),
        (Abc.B, 1, "100", "0", Tier.OCCASIONAL),
        (Abc.C, 2, "20", "10", Tier.POTENTIAL),
        (Abc.C, 2, "19.99", "10", Tier.GENERAL),
        (Abc.C, 2, "0.01", "0", Tier.POTENTIAL),
        (Abc.C, 2, "0", "0", Tier.GENERAL),
        (Abc.C, 2, "0", "-5", Tier.GENERAL),
        (Abc.C, 2, "-1", "-5", Tier.GENERAL),
        (Abc.C, 1, "20", "10", Tier.OCCASIONAL),
        (Abc.C, 9, "0", "10", Tier.GENERAL),
        (Abc.D, 9, "20", "10", Tier.OCCASIONAL),
        (Abc.D, 0, "0", "0", Tier.OCCASIONAL),
    ],
)
def test_cus_2_a_single_order_or_none_in_the_year_goes_before_the_class(
    abc: Abc, orders: int, recent: str, earlier: str, tier: Tier
) -> None:
    assert tier_of(abc, Trade(orders, Decimal(recent), Decimal(earlier)), POLICY) is tier


@pytest.mark.parametrize(
    ("now", "since", "year_from", "recent_from", "earlier_from"),
    [
        (NOW, datetime(2025, 3, 2, 8, tzinfo=UTC), date(2025, 3, 1), date(2026, 1, 1), date(2025, 10, 1)),
        (datetime(2028, 2, 29, tzinfo=UTC), datetime(2027, 2, 28, tzinfo=UTC), date(2027, 2, 1), date(2027, 12, 1), date(2027, 9, 1)),
        (
            datetime(2026, 12, 31, 23, tzinfo=UTC),
            datetime(2025, 12, 31, 23, tzinfo=UTC),
            date(2025, 12, 1),
            date(2026, 10, 1),
            date(2026, 7, 1),
        ),
    ],
)
def test_cus_2_windows_are_whole_months_and_the_year_ends_to_the_second(
    now: datetime, since: datetime, year_from: date, recent_from: date, earlier_from: date
) -> None:
    windows = Windows.at(now, POLICY)

    assert (windows.since, windows.year_from, windows.recent_from, windows.earlier_from) == (since, year_from, recent_from, earlier_from)
    assert windows.before_from == months_before(datetime.combine(year_from, datetime.min.time(), UTC), 12).date()


def test_cus_3_the_retention_model_adds_the_discounted_margins_of_those_who_stay() -> None:
    policy = replace(
        POLICY,
        margin=Decimal("0.5"),
        acquisition_cost={"USD": Decimal(20)},
        service_cost={"USD": Decimal(10)},
        discount_rate=Decimal("0.25"),
    )

    value = retained_value(usd("220"), Decimal("0.5"), policy)

    # (110 - 10) × (0.4 + 0.16 + 0.064 + 0.0256 + 0.01024) - 20
    assert value == usd("45.98")


@pytest.mark.parametrize(("retention", "expected"), [("0", "-5.00"), ("1", "145.00")])
def test_cus_3_who_never_comes_back_is_worth_nothing_more_and_who_always_does_five_margins(retention: str, expected: str) -> None:
    policy = replace(POLICY, discount_rate=Decimal(0), acquisition_cost={"USD": Decimal(5)})

    assert retained_value(usd("100"), Decimal(retention), policy) == usd(expected)


def test_cus_3_costs_in_another_currency_are_none() -> None:
    policy = replace(POLICY, discount_rate=Decimal(0), acquisition_cost={"EUR": Decimal(5)}, service_cost={"EUR": Decimal(5)})

    assert retained_value(Money(Decimal(1000), "JPY"), Decimal(1), policy) == Money(Decimal(1500), "JPY")


def test_cus_3_the_simple_model_is_value_times_frequency_times_lifetime() -> None:
    assert simple_value(usd("50"), Decimal(52), Decimal(10)) == usd("26000")


@pytest.mark.parametrize(("retention", "years"), [("0", "1"), ("0.5", "2"), ("0.75", "4"), ("0.8", "5"), ("0.9", "5"), ("1", "5")])
def test_cus_3_a_lifetime_is_as_long_as_retention_says_and_ends_at_the_horizon(retention: str, years: str) -> None:
    assert lifetime_years(Decimal(retention), POLICY) == Decimal(years)


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        ([Observed("region", "Zhejiang", 30, 24), Observed("all", "", 100, 50)], Retention(Decimal("0.8"), "region")),
        ([Observed("region", "Zhejiang", 29, 29), Observed("all", "", 100, 50)], Retention(Decimal("0.5"), "all")),
        ([Observed("all", "", 29, 1)], Retention(Decimal("0.50"), "policy")),
        ([], Retention(Decimal("0.50"), "policy")),
    ],
)
def test_cus_3_retention_is_that_of_the_first_segment_that_is_large_enough(observed: list[Observed], expected: Retention) -> None:
    assert retention_of(observed, POLICY) == expected


@pytest.mark.parametrize(("satisfied", "expected"), [(None, "26000"), (True, "52000"), (False, "-78000")])
def test_cus_4_the_check_figures_of_word_of_mouth(*, satisfied: bool | None, expected: str) -> None:
    """CUS-4: 50 a week for 10 years, and what her words add or take."""
    value = simple_value(usd("50"), Decimal(52), Decimal(10))

    assert dynamic_value(value, satisfied=satisfied, policy=POLICY) == usd(expected)


def test_cus_4_a_period_adds_up_its_customers() -> None:
    worth = period_value(usd("26000"), satisfied=3, dissatisfied=1, policy=POLICY)

    assert worth == (usd("78000"), usd("78000"), usd("78000"), usd("78000"))
    assert worth.dynamic == worth.value + worth.brought - worth.lost


@pytest.mark.parametrize(
    ("passed", "lost"),
    [
        (20 * DAY - SECOND, None),
        (20 * DAY, Loss.TEMPORARY),
        (40 * DAY - SECOND, Loss.TEMPORARY),
        (40 * DAY, Loss.PERMANENT),
        (-DAY, None),
    ],
)
def test_cus_5_a_customer_is_lost_after_twice_and_for_good_after_four_times_her_interval(passed: timedelta, lost: Loss | None) -> None:
    assert loss_of(10 * DAY, NOW - passed, NOW, POLICY) is lost


def test_cus_5_an_interval_of_centuries_and_a_policy_of_many_places_are_compared_like_any_other() -> None:
    long_ago, policy = 700_000 * DAY, replace(POLICY, lost_permanently_after=Decimal("4.0000000000000000000000001"))

    assert loss_of(long_ago, NOW - DAY, NOW, policy) is None
    assert loss_of(10 * DAY, NOW - 41 * DAY, NOW, policy) is Loss.PERMANENT
    assert loss_of(10 * DAY, NOW - 40 * DAY, NOW, policy) is Loss.TEMPORARY


@pytest.mark.parametrize(
    ("orders", "between", "interval"),
    [(2, 10 * DAY, 10 * DAY), (3, 10 * DAY, 5 * DAY), (1, 0 * DAY, 90 * DAY), (2, SECOND, DAY), (5, 2 * DAY, DAY)],
)
def test_cus_5_the_interval_is_her_own_where_she_has_one(orders: int, between: timedelta, interval: timedelta) -> None:
    assert own_interval(orders, NOW - between, NOW, POLICY) == interval


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (date(2008, 3, 3), "0-17"),
        (date(2008, 3, 2), "18-24"),
        (date(2001, 3, 3), "18-24"),
        (date(2001, 3, 2), "25-34"),
        (date(1971, 3, 2), "55+"),
        (date(2026, 3, 2), "0-17"),
    ],
)
def test_cus_6_age_bands_begin_on_the_birthday(born: date, band: str) -> None:
    assert age_band(born, NOW.date(), POLICY) == band
    assert age_bands(POLICY) == ["0-17", "18-24", "25-34", "35-44", "45-54", "55+"]


def test_cus_1_a_record_adds_months_of_one_currency_and_takes_refunds_off() -> None:
    months = [
        MonthSum(date(2025, 2, 1), "USD", 1, Decimal(100), Decimal(0)),
        MonthSum(date(2025, 3, 1), "USD", 2, Decimal(60), Decimal("10.5")),
        MonthSum(date(2026, 3, 1), "EUR", 1, Decimal(5), Decimal(0)),
        MonthSum(date(2026, 3, 1), "JPY", 0, Decimal(0), Decimal(0)),
    ]
    record = Record(4, NOW - 730 * DAY, NOW - DAY, months)

    assert (record.worth("USD"), record.year("USD", Windows.at(NOW, POLICY))) == (usd("149.50"), usd("49.50"))
    assert record.currencies == ["EUR", "USD"]
    assert record.order_value("USD") == usd("49.83")
    assert (record.recency(NOW), record.orders_a_year(NOW), record.orders_a_year(NOW, "EUR")) == (DAY, Decimal(2), Decimal("0.5"))


def test_cus_1_who_never_ordered_has_neither_recency_nor_interval_nor_loss() -> None:
    record = Record(0, None, None, [])

    assert (record.recency(NOW), record.interval(POLICY), record.loss(NOW, POLICY), record.orders_a_year(NOW)) == (
        None,
        None,
        None,
        Decimal(0),
    )


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"key_share": Decimal("0.91")}, "values.potential_share"),
        ({"key_share": Decimal("1.01")}, "values.key_share"),
        ({"lost_temporarily_after": Decimal("4.5")}, "values.lost_permanently_after"),
        ({"age_band_3_from": 18}, "values.age_band_2_from"),
        ({"care_hour": 22}, "values.care_hour"),
        ({"classify_hour": 24}, "values.classify_hour"),
    ],
)
def test_numbers_that_make_no_sense_are_refused_by_name(changed: dict[str, int | Decimal], field: str) -> None:
    with pytest.raises(PolicyOutOfRange) as refused:
        OrderPolicy(**changed)  # type: ignore[arg-type]

    assert field in {problem.field for problem in refused.value.fields}
