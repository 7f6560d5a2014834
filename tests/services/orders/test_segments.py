"""CUS-6: the figures of segments, where there are few customers or none."""

import httpx
from sqlalchemy import text

from shared.events.storefront import CustomerUpdated, StoreUpdated
from tests.services.orders.builders import cancelled, placed
from tests.services.orders.shop import Shop
from tests.services.orders.test_classifying import classified
from tests.services.orders.test_customers import event


async def test_a_store_whose_customers_have_not_ordered_yet_has_no_segments(
    shop: Shop, client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    await shop.hears(event(StoreUpdated), event(CustomerUpdated))
    await shop.tells(placed(customer={"customer_id": "c-2"}), cancelled())

    await classified(shop)

    async with shop.database.transaction() as session:
        assert await session.scalar(text("select count(*) from timers where kind = 'count-segments'")) == 0
    figures = (await client.get("/figures/customers", headers=admin)).json()
    assert (figures["whole"], figures["segments"]) == (None, [])
