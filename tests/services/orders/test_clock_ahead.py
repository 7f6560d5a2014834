"""What a storefront whose clock is ahead says of shops, customers and stocks is set aside: it would outdo all that comes after."""

from datetime import timedelta

import pytest

from shared.errors import ClockAhead
from shared.events.base import Event
from shared.events.storefront import CustomerUpdated, StockChanged, StoreUpdated
from tests.services.orders.builders import MINUTE
from tests.services.orders.shop import Shop
from tests.services.orders.test_customers import event


@pytest.mark.parametrize("contract", [StoreUpdated, CustomerUpdated, StockChanged])
async def test_what_is_told_of_the_future_is_refused_with_the_field(shop: Shop, contract: type[Event]) -> None:
    def told(ahead: timedelta) -> Event:
        return event(contract, updated_at=(shop.clock() + ahead).isoformat())

    await shop.hears(told(5 * MINUTE))
    with pytest.raises(ClockAhead, match="updated_at is more than 5 minutes in the future") as refused:
        await shop.hears(told(5 * MINUTE + timedelta(seconds=1)))

    assert [problem.field for problem in refused.value.fields] == ["updated_at"]
