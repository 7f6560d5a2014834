"""What comes of departments' answers when the order has gone on meanwhile (ORD-8, ORD-9)."""

from tests.services.orders.builders import DAY, paid, placed, tracked
from tests.services.orders.desk import Desk, parcel
from tests.services.orders.shop import Shop

TO_US = {"country": "US", "region": "CA", "city": "Los Angeles", "postal_code": "90001", "phone": "+12135550100"}


async def test_a_parcel_whose_dispatch_nobody_told_may_be_lost_too(shop: Shop, desk: Desk) -> None:
    """ORD-7, ORD-8."""
    await shop.tells(placed(address=TO_US), paid(), tracked())
    shop.clock.passes(18 * DAY)
    await desk.asks(parcel())

    await desk.answer("parcel-silent", outcome="lost")

    lost = (await shop.said())[-1]
    assert (lost["type"], lost["shipment_id"], lost["lines"], lost["since"]) == ("shipment-lost", "s-1", [], "2026-03-04T08:15:04Z")
    assert (await desk.asks(parcel())).action == "presumed-lost"
