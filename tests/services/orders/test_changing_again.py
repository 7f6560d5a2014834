"""Orders that are changed more than once, and by more than was paid (ORD-6)."""

from tests.services.orders.builders import HOUR, line, money, paid, placed
from tests.services.orders.desk import Desk, change, dues, sold
from tests.services.orders.shop import Shop


async def test_a_change_that_was_changed_back_may_be_wanted_again(shop: Shop, desk: Desk) -> None:
    await sold(shop)
    await shop.lists("MUG-BLUE", "12.50", stock=100, after=HOUR)

    for sku in ("MUG-BLUE", "MUG-RED", "MUG-BLUE"):
        await desk.asks(change(sku))
        await desk.accepts(change(sku))

    assert [each.sku for each in (await shop.order()).standing.lines] == ["MUG-BLUE"]


async def test_no_more_is_due_back_than_was_paid_where_a_discount_is_more_than_what_is_left(shop: Shop, desk: Desk) -> None:
    lines = [line(), line("MUG-BLUE", 1, "8.00", "2")]
    nothing = money("0.00")
    await shop.tells(
        placed(lines=lines, discount=money("30.00"), shipping_fee=nothing, tax=nothing, total=money("3.00")), paid(amount="3.00")
    )

    await desk.accepts(change("MUG-RED", 0))

    said = (await shop.said())[-1]
    assert (said["total"], dues(said)) == (nothing, [("refund", "3.00")])
