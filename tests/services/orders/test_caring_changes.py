"""CUS-5: what a store changes while its customers are greeted counts for the next of them."""

from datetime import timedelta
from typing import Any

import pytest

from services.orders.usecases.customers import caring
from shared.events.storefront import StoreUpdated
from tests.services.orders.builders import DAY
from tests.services.orders.shop import Shop
from tests.services.orders.test_caring import BORN, addressed, local, opens, told
from tests.services.orders.test_customers import event


async def begins(shop: Shop) -> None:
    """The national day of China, on which nobody has been greeted yet."""
    await opens(shop, local(9, 30, 12), BORN, holiday_country="CN")
    shop.clock.now = local(10, 1, 10)
    async with shop.database.transaction() as session:
        await caring.care_for(session, "demo", shop.clock())


@pytest.mark.parametrize("store", [{"holiday_country": "AU"}, {"time_zone": "Pacific/Honolulu"}])
async def test_a_store_that_moved_wishes_nobody_a_day_that_it_does_not_keep(shop: Shop, store: dict[str, Any]) -> None:
    await begins(shop)
    await shop.hears(event(StoreUpdated, updated_at="2026-10-01T00:00:00Z", **store))

    await shop.passes(timedelta(0))

    assert await addressed(shop) == []


async def test_a_store_that_wants_it_no_more_greets_nobody_from_then_on(shop: Shop) -> None:
    await begins(shop)
    await shop.sets(holiday_care=False)

    await shop.passes(timedelta(0))

    assert await addressed(shop) == []


async def test_a_name_as_long_as_a_storefront_may_tell_keeps_nobody_from_being_greeted(shop: Shop) -> None:
    await opens(shop, local(5, 16, 12), BORN | {"name": "x" * 500}, BORN | {"customer_id": "c-2"})

    await shop.passes(DAY)

    subjects = [each["subject"] for each in await told(shop)]
    assert (len(subjects[0]), subjects[0][-3:], subjects[1]) == (500, "xx…", "Li Lei，生日快乐！")
