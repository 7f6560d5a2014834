"""CUS-6: the figures of segments, where there are few customers or none."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from shared.events.storefront import CustomerUpdated, StoreUpdated
from tests.services.orders.builders import DAY, cancelled, placed
from tests.services.orders.shop import Shop
from tests.services.orders.test_classifying import bought, classified
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


@pytest.mark.parametrize("months", [6, 12, 24])
async def test_a_years_worth_is_a_years_however_long_the_window_is(
    shop: Shop, client: httpx.AsyncClient, admin: dict[str, str], months: int
) -> None:
    """CUS-3: a steady customer, and the segment that is only her."""
    await shop.hears(event(StoreUpdated))
    await shop.sets(value_months=months)
    await bought(shop, "c-81", *((number * 30 * DAY + 5 * DAY, "10.00") for number in range(27)))
    await classified(shop)

    lifetime = (await client.get("/customers/c-81", headers=admin)).json()["lifetime"]
    whole = (await client.get("/figures/customers", headers=admin)).json()["whole"]

    # 30 % of ten a month, of months of which the first counts in full, for 0.81716 years
    assert 29 < float(lifetime["retained_value"]["amount"]) < 36
    assert whole["retained_value"] == lifetime["retained_value"]


async def test_a_customer_is_of_the_age_she_has_in_the_stores_day(shop: Shop, client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    """CUS-3, CUS-6: she is 25 in Shanghai already, and of the segment whose retention is observed there."""
    shop.clock.now = datetime(2026, 3, 2, 17, tzinfo=UTC)
    told: dict[str, Any] = {"income_band": None, "region": None}
    await shop.hears(event(StoreUpdated), event(CustomerUpdated, birth_date="2001-03-03", **told))
    await shop.sets(retention_sample=1)
    await bought(shop, "c-81", (400 * DAY, "10.00"), (5 * DAY, "10.00"))
    await classified(shop)

    shown = (await client.get("/customers/c-81", headers=admin)).json()

    assert shown["lifetime"]["retention_of"] == "age_band"
