"""ORD-5: may the customer still cancel, and what does it cost, at every boundary."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from services.orders.domain.advice import StateUnknownToRule
from services.orders.domain.cancelling import CancelFacts, Purchase, cancel_advice, cancel_facts
from services.orders.domain.dues import Due, due_id, dues_of_cancelled, kept
from services.orders.domain.order import Order
from services.orders.domain.policy import OrderPolicy
from services.orders.models.facts import CalledOff
from shared.calendar import BusinessCalendar
from shared.events.storefront import StorefrontOrderEvent
from shared.money import Money
from tests.services.orders.builders import DAY, HOUR, MINUTE, MONDAY, cancelled, delivered, dispatched, paid, placed
from tests.services.orders.test_domain_facts import known

CHINA = BusinessCalendar.of("Asia/Shanghai", [], "CN")
POLICY = OrderPolicy()
NOTHING = Purchase(None, None)
ORDER = CancelFacts("10001", shipped=False, signed=False, released=True, purchase=NOTHING, paid=Money.parse("29.00", "USD"))


def usd(amount: str) -> Money:
    return Money.parse(amount, "USD")


def bought(cost: str, currency: str = "USD") -> Purchase:
    return Purchase(date(2026, 3, 1), Money.parse(cost, currency))


def order_of(*told: StorefrontOrderEvent, confirmed: bool = True) -> Order:
    return Order("demo", "10001", facts=known(placed(), *told), confirmed_at=MONDAY if confirmed else None)


@pytest.mark.parametrize(
    ("order", "action", "rules", "refund", "withheld"),
    [
        (replace(ORDER, shipped=True), "cannot-cancel", ("ORD-5.1",), None, None),
        (replace(ORDER, shipped=True, purchase=bought("5.00")), "cannot-cancel", ("ORD-5.1",), None, None),
        (replace(ORDER, shipped=True, purchase=None), "cannot-cancel", ("ORD-5.1",), None, None),
        (replace(ORDER, purchase=None), "ask-purchasing", ("ORD-5.1", "ORD-5.2"), None, None),
        (replace(ORDER, purchase=None, released=False), "full-refund", ("ORD-5.1", "ORD-5.2", "ORD-5.3"), "29.00", None),
        (ORDER, "full-refund", ("ORD-5.1", "ORD-5.2", "ORD-5.3"), "29.00", None),
        (replace(ORDER, purchase=bought("0.01")), "withhold-loss", ("ORD-5.1", "ORD-5.2", "ORD-5.3"), "28.99", "0.01"),
        (replace(ORDER, purchase=bought("28.99")), "withhold-loss", ("ORD-5.1", "ORD-5.2", "ORD-5.3"), "0.01", "28.99"),
        (replace(ORDER, purchase=bought("30.00")), "withhold-loss", ("ORD-5.1", "ORD-5.2", "ORD-5.3"), "0.00", "29.00"),
        (replace(ORDER, purchase=bought("5.00"), paid=usd("0.00")), "full-refund", ("ORD-5.1", "ORD-5.2", "ORD-5.3"), "0.00", None),
    ],
)
def test_cancel_advice_follows_from_the_facts(
    order: CancelFacts, action: str, rules: tuple[str, ...], refund: str | None, withheld: str | None
) -> None:
    advice = cancel_advice(order, POLICY, CHINA, MONDAY)

    assert (advice.action, advice.rules) == (action, ("ORD-5", *rules))
    assert (advice.refund, advice.withheld) == (refund and usd(refund), withheld and usd(withheld))
    assert bool(advice.waits) is (action == "ask-purchasing")


@pytest.mark.parametrize(
    ("now", "by"),
    [
        (datetime(2026, 3, 2, 2, tzinfo=UTC), "March 5, 2026"),
        (datetime(2026, 3, 5, 2, tzinfo=UTC), "March 10, 2026"),
        (datetime(2026, 3, 5, 17, tzinfo=UTC), "March 11, 2026"),  # Friday in Shanghai
        (datetime(2026, 9, 30, 2, tzinfo=UTC), "October 12, 2026"),  # the national day's week
    ],
)
def test_a_refund_comes_within_three_business_days_of_the_store_over_weekend_and_holiday(now: datetime, by: str) -> None:
    assert cancel_advice(ORDER, POLICY, CHINA, now).reply["en"].endswith(f"You will have all of your $29.00 back by {by}.")


def test_the_replies_name_the_loss_and_what_is_left_in_both_languages() -> None:
    reply = cancel_advice(replace(ORDER, purchase=bought("9.00")), POLICY, CHINA, MONDAY).reply

    assert "扣除 US$9.00 的损失" in reply["zh-CN"]
    assert "退还 US$20.00" in reply["zh-CN"]
    assert "we keep $9.00 for that, we cancel it and you will have $20.00 back by March 5, 2026" in reply["en"]


def test_a_signed_order_is_not_asked_to_be_signed_for_and_an_unpaid_one_has_nothing_back() -> None:
    signed = cancel_advice(replace(ORDER, shipped=True, signed=True), POLICY, CHINA, MONDAY)
    unpaid = cancel_advice(replace(ORDER, paid=usd("0.00")), POLICY, CHINA, MONDAY)

    assert "sign for it" not in signed.reply["en"]
    assert "discount of 10 %" in signed.reply["en"]
    assert "nothing to give back" in unpaid.reply["en"]


def test_the_facts_are_those_of_the_order() -> None:
    assert cancel_facts(order_of(paid()), None) == replace(ORDER, purchase=None)
    assert cancel_facts(order_of(confirmed=False), None) == replace(ORDER, purchase=None, released=False, paid=usd("0.00"))
    assert cancel_facts(order_of(paid(), dispatched(), delivered()), NOTHING) == replace(ORDER, shipped=True, signed=True)


def test_a_cancelled_order_is_a_state_the_rule_does_not_know() -> None:
    with pytest.raises(StateUnknownToRule, match="the order is cancelled, for which ORD-5 has no advice"):
        cancel_facts(order_of(cancelled()), None)


def called_off(withheld: str | None) -> CalledOff:
    return CalledOff(cancelled_at=MONDAY + HOUR, by="li", reason="asked", withheld=usd(withheld) if withheld else None)


@pytest.mark.parametrize(
    ("payments", "withheld", "dues"),
    [
        (["29.00"], None, ["29.00"]),
        (["29.00"], "9.00", ["20.00"]),
        (["29.00"], "29.00", []),
        (["29.00"], "40.00", []),
        (["10.00", "19.00"], "0.01", ["9.99", "19.00"]),
        (["10.00", "19.00"], "10.00", ["19.00"]),
        (["10.00", "19.00"], "12.00", ["17.00"]),
        ([], "9.00", []),
    ],
)
def test_a_withheld_loss_is_kept_from_the_first_payments(payments: list[str], withheld: str | None, dues: list[str]) -> None:
    told = [paid(payment_id=f"pay-{number}", amount=amount, after=number * MINUTE) for number, amount in enumerate(payments)]
    facts = replace(known(placed(), *told), called_off=called_off(withheld))

    found = dues_of_cancelled(placed(), facts, ())
    again = dues_of_cancelled(placed(), facts, tuple(found.values()))

    assert [str(due.amount.amount) for due in found.values()] == dues
    assert again == {}


def test_a_payment_that_comes_after_the_cancel_bears_what_is_left_of_the_loss() -> None:
    early = replace(known(placed(), paid(amount="5.00", after=DAY)), called_off=called_off("9.00"))
    late = replace(known(placed(), paid(amount="5.00", after=DAY), paid(payment_id="pay-2", amount="24.00")), called_off=called_off("9.00"))

    assert dues_of_cancelled(placed(), early, ()) == {}
    assert [str(due.amount) for due in dues_of_cancelled(placed(), late, ()).values()] == ["15.00 USD", "5.00 USD"]


def test_what_is_due_back_already_is_not_given_twice() -> None:
    facts = known(placed(), paid())
    cheaper = Due(due_id(placed(), "change", "1"), "refund", usd("4.00"), "the order was changed")

    assert kept(placed(), facts, (cheaper,)) == usd("25.00")
    assert [due.amount for due in dues_of_cancelled(placed(), facts, (cheaper,)).values()] == [usd("25.00")]
