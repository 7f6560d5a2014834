"""Orders that are changed more than once, and by more than was paid (ORD-6)."""

from tests.services.orders.builders import HOUR
from tests.services.orders.desk import Desk, change, sold
from tests.services.orders.shop import Shop


async def test_a_change_that_was_changed_back_may_be_wanted_again(shop: Shop, desk: Desk) -> None:
    await sold(shop)
    await shop.lists("MUG-BLUE", "12.50", stock=100, after=HOUR)

    for sku in ("MUG-BLUE", "MUG-RED", "MUG-BLUE"):
        await desk.asks(change(sku))
        await desk.accepts(change(sku))

    assert [each.sku for each in (await shop.order()).standing.lines] == ["MUG-BLUE"]
