"""ORD-6: may the customer still change what was ordered, and who pays what, at every boundary."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from services.orders.domain.advice import StateUnknownToRule
from services.orders.domain.amending import ChangeNotPossible, WantedLine, amended, due_back, missing, only_what_was_sent
from services.orders.domain.catalogue import ProductNow
from services.orders.domain.changing import ChangeFacts, change_advice, change_facts, must_be_changeable
from services.orders.domain.dues import Due, due_id
from services.orders.domain.order import Order
from services.orders.domain.policy import OrderPolicy
from shared.events.storefront import StorefrontOrderEvent
from shared.money import Money
from tests.services.orders.builders import MONDAY, cancelled, dispatched, line, money, paid, placed, tracked
from tests.services.orders.test_domain_cancelling import CHINA, order_of, usd
from tests.services.orders.test_domain_facts import known

POLICY = OrderPolicy()
BLUE = ProductNow("MUG-BLUE", "Blue mug", "mugs", usd("12.50"), usd("10.00"), 100)
GREEN = ProductNow("MUG-GREEN", "Green mug", "mugs", usd("13.00"), None, 100)
ONE = ({"line_id": "1", "quantity": 1},)
TEA = ProductNow("TEA", "Tea", "tea", Money.parse("90", "JPY"), None, 100)
PRODUCTS = {product.sku: product for product in (BLUE, GREEN, TEA)}
PLACED = placed(lines=[line()], total=money("30.00"))
ORDER = ChangeFacts("10001", shipped=False, unavailable=(), similar=(), difference=usd("0.00"), overpaid=usd("0.00"))


@pytest.mark.parametrize(
    ("order", "action", "rules", "refund", "payment"),
    [
        (replace(ORDER, shipped=True), "cannot-change", (1,), None, None),
        (replace(ORDER, shipped=True, unavailable=("Blue mug",)), "cannot-change", (1,), None, None),
        (replace(ORDER, unavailable=("Blue mug",), similar=(GREEN,)), "recommend-similar", (1, 2, 3), None, None),
        (replace(ORDER, unavailable=("Blue mug",)), "keep-order", (1, 2, 3), None, None),
        (ORDER, "change", (1, 2, 4), None, None),
        (replace(ORDER, difference=usd("0.01")), "pay-difference", (1, 2, 4, 5), None, "0.01"),
        (replace(ORDER, difference=usd("-0.01"), overpaid=usd("0.01")), "refund-difference", (1, 2, 4, 5), "0.01", None),
        (replace(ORDER, difference=usd("-4.00"), overpaid=usd("1.00")), "refund-difference", (1, 2, 4, 5), "1.00", None),
        (replace(ORDER, difference=usd("-4.00"), overpaid=usd("6.00")), "refund-difference", (1, 2, 4, 5), "4.00", None),
        (replace(ORDER, difference=usd("-4.00")), "refund-difference", (1, 2, 4, 5), "0.00", None),
    ],
)
def test_change_advice_follows_from_the_facts(
    order: ChangeFacts, action: str, rules: Sequence[int], refund: str | None, payment: str | None
) -> None:
    advice = change_advice(order, POLICY, CHINA, MONDAY)

    assert (advice.action, advice.rules) == (action, ("ORD-6", *(f"ORD-6.{number}" for number in rules)))
    assert (advice.refund, advice.payment) == (refund and usd(refund), payment and usd(payment))
    changes = action in {"change", "pay-difference", "refund-difference"}
    assert [task.errand.department for task in advice.tasks] == (["purchasing", "warehouse"] if changes else [])
    assert advice.waits is None


def test_the_replies_name_days_amounts_and_gifts() -> None:
    dearer = change_advice(replace(ORDER, difference=usd("3.00")), POLICY, CHINA, MONDAY)
    similar = change_advice(replace(ORDER, unavailable=("Blue mug",), similar=(GREEN, BLUE)), POLICY, CHINA, MONDAY)
    shipped = change_advice(replace(ORDER, shipped=True), POLICY, CHINA, MONDAY)
    unpaid = change_advice(replace(ORDER, difference=usd("-4.00")), POLICY, CHINA, MONDAY)

    assert "cost $3.00 more. Please pay the difference by March 4, 2026" in dearer.reply["en"]
    assert similar.reply["zh-CN"].startswith(
        "您想要的 Blue mug 目前缺货。我们为您推荐类似的商品：Green mug（US$13.00）、Blue mug（US$12.50）"
    )
    assert "a discount of 10 % on it, or a small gift" in shipped.reply["en"]
    assert "$4.00 less, and so much less is to be paid" in unpaid.reply["en"]


@pytest.mark.parametrize(
    ("wanted", "difference", "total"),
    [
        ([WantedLine("1", "MUG-BLUE", 2)], "0.00", "30.00"),
        ([WantedLine("1", "MUG-GREEN", 2)], "1.00", "31.00"),
        ([WantedLine("1", "MUG-RED", 1)], "-12.50", "17.50"),
        ([WantedLine("1", "MUG-RED", 3)], "12.50", "42.50"),
    ],
)
def test_another_product_costs_what_it_costs_now_and_the_same_one_what_was_agreed(
    wanted: list[WantedLine], difference: str, total: str
) -> None:
    amendment = amended(PLACED, wanted, PRODUCTS)

    assert (amendment.difference, amendment.total) == (usd(difference), usd(total))


def test_a_lines_discount_is_one_for_each_piece_and_goes_with_its_product() -> None:
    order = placed(lines=[line() | {"discount": money("1.00")}], total=money("28.00"))

    assert amended(order, [WantedLine("1", "MUG-RED", 3)], PRODUCTS).lines[0].discount == usd("1.50")
    assert amended(order, [WantedLine("1", "MUG-BLUE", 2)], PRODUCTS).lines[0].discount is None


def test_a_wholesale_order_pays_the_wholesale_price_and_zero_takes_a_line_out() -> None:
    order = placed(lines=[line(), line("MUG-GREEN", 1, "13.00", "2")], total=money("42.00"), wholesale=True)

    amendment = amended(order, [WantedLine("1", "MUG-BLUE", 2), WantedLine("2", "MUG-GREEN", 0)], PRODUCTS)

    assert [(each.line_id, each.unit_price) for each in amendment.lines] == [("1", usd("10.00"))]
    assert amendment.difference == usd("-18.00")


def test_an_order_whose_total_never_added_up_is_changed_by_what_the_lines_differ() -> None:
    assert amended(placed(lines=[line()], total=money("33.00")), [WantedLine("1", "MUG-BLUE", 2)], PRODUCTS).total == usd("33.00")


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ([WantedLine("9", "MUG-BLUE", 1)], "lines.0.line_id"),
        ([WantedLine("1", "MUG-BLUE", 1), WantedLine("1", "MUG-GREEN", 1)], "lines.1.line_id"),
        ([WantedLine("1", "MUG-GOLD", 1)], "lines.0.sku"),
        ([WantedLine("1", "TEA", 1)], "lines.0.sku"),
        ([WantedLine("1", "MUG-RED", 0)], "lines"),
        ([WantedLine("1", "MUG-RED", 2)], "lines"),
    ],
)
def test_what_cannot_be_is_refused_by_field(wanted: list[WantedLine], field: str) -> None:
    with pytest.raises(ChangeNotPossible) as refused:
        amended(placed(), wanted, PRODUCTS)

    assert [problem.field for problem in refused.value.fields] == [field]


def test_a_change_must_change_something_though_not_every_line_that_it_names() -> None:
    order = placed(lines=[line(), line("TEA", 1, "13.00", "2")], total=money("43.00"))
    same, other = [WantedLine("1", "MUG-RED", 2), WantedLine("2", "TEA", 1)], [WantedLine("1", "MUG-RED", 2), WantedLine("2", "TEA", 2)]

    with pytest.raises(ChangeNotPossible) as refused:
        amended(order, same, PRODUCTS)

    assert [(problem.field, problem.rule) for problem in refused.value.fields] == [("lines", "something-changed")]
    assert amended(order, other, PRODUCTS).difference == usd("13.00")


@pytest.mark.parametrize(
    ("currency", "price", "discount", "whole", "paid_amount", "back", "left"),
    [
        ("USD", "12.50", "0.05", "37.45", "37.45", "24.97", "12.48"),
        ("JPY", "1250", "5", "3745", "3745", "2497", "1248"),
        ("KWD", "12.500", "0.005", "37.495", "37.495", "24.997", "12.498"),
        ("USD", "12.50", "0.05", "37.45", "20.00", "7.52", "12.48"),
        ("USD", "12.50", "0.05", "37.45", "0.01", "0.00", "12.48"),
    ],
)
def test_without_the_rest_an_order_costs_less_to_the_cent_in_every_currency(
    currency: str, price: str, discount: str, whole: str, paid_amount: str, back: str, left: str
) -> None:
    """ORD-7: three were ordered and one has left; of what was not paid nothing is due back."""
    nothing = money(str(Money.zero(currency).amount), currency)
    lines = [line(quantity=3, unit_price=price, currency=currency) | {"discount": money(discount, currency)}]
    told = placed(lines=lines, shipping_fee=nothing, tax=None, discount=None, total=money(whole, currency))
    order = Order(
        "demo", "10001", facts=known(told, paid(amount=paid_amount, currency=currency), dispatched(lines=ONE)), confirmed_at=MONDAY
    )

    amendment = only_what_was_sent(order)

    assert amendment is not None
    assert [each.quantity for each in amendment.lines] == [1]
    assert (str(due_back(order, amendment).amount), str(amendment.total.amount)) == (back, left)


@pytest.mark.parametrize(
    "told", [[], [dispatched()], [dispatched(lines=())], [dispatched(lines=({"line_id": "9", "quantity": 1},))], [tracked()]]
)
def test_where_all_or_nothing_has_left_or_nobody_knows_what_there_is_no_rest(told: list[StorefrontOrderEvent]) -> None:
    assert only_what_was_sent(order_of(paid(), *told)) is None


@pytest.mark.parametrize(("stock", "short"), [(5, []), (4, ["MUG-BLUE"])])
def test_a_product_is_short_when_the_safety_stock_would_be_touched(stock: int, short: list[str]) -> None:
    products = {"MUG-BLUE": replace(BLUE, stock=stock)}

    assert missing(placed(), amended(placed(), [WantedLine("1", "MUG-BLUE", 2)], products), products, 3) == short


def test_only_what_is_wanted_more_of_has_to_be_there() -> None:
    products = {"MUG-RED": replace(BLUE, sku="MUG-RED", stock=4)}
    one_more, one_less = ([WantedLine("1", "MUG-RED", quantity)] for quantity in (3, 1))

    assert missing(placed(), amended(placed(), one_more, products), products, 3) == []
    assert missing(placed(), amended(placed(), one_more, products), {"MUG-RED": replace(BLUE, stock=3)}, 3) == ["MUG-RED"]
    assert missing(placed(), amended(placed(), one_less, products), {"MUG-RED": replace(BLUE, stock=0)}, 3) == []


def test_the_facts_are_those_of_the_order() -> None:
    order = Order("demo", "10001", facts=known(PLACED, paid(amount="30.00")), confirmed_at=MONDAY)
    cheaper = amended(order.standing, [WantedLine("1", "MUG-RED", 1)], PRODUCTS)
    dearer = amended(order.standing, [WantedLine("1", "MUG-GREEN", 2)], PRODUCTS)
    back = Due(due_id(order.standing, "change", "1"), "refund", usd("10.00"), "")

    assert change_facts(order, cheaper, PRODUCTS, (), 3) == replace(ORDER, difference=usd("-12.50"), overpaid=usd("12.50"))
    assert change_facts(order, dearer, PRODUCTS, (), 3) == replace(ORDER, difference=usd("1.00"))
    assert change_facts(replace(order, dues=(back,)), cheaper, PRODUCTS, (), 3).overpaid == usd("2.50")
    assert change_facts(
        replace(order, facts=known(PLACED, paid(amount="30.00"), dispatched())), dearer, {"MUG-GREEN": replace(GREEN, stock=4)}, [BLUE], 3
    ) == ChangeFacts("10001", shipped=True, unavailable=("Green mug",), similar=(BLUE,), difference=usd("1.00"), overpaid=usd("0.00"))


def test_a_cancelled_order_is_a_state_the_rule_does_not_know() -> None:
    with pytest.raises(StateUnknownToRule, match="cancelled"):
        must_be_changeable(order_of(cancelled()))
