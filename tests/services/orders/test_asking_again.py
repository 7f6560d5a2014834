"""No parcel is forgotten because somebody answered once (ORD-7, ORD-8, ORD-9)."""

from datetime import timedelta

import pytest

from shared.events.storefront import StorefrontOrderEvent
from tests.services.orders.builders import DAY, HOUR, MINUTE, delivered, dispatched, paid, placed, tracked
from tests.services.orders.desk import Desk, sold
from tests.services.orders.shop import Shop

TO_US = {"country": "US", "region": "CA", "city": "Los Angeles", "postal_code": "90001", "phone": "+12135550100"}
SILENT, LATE = ("parcel-silent", "10001/s-1"), ("dispatch-late", "10001")


async def silent(shop: Shop, desk: Desk, expected_on: str | None) -> None:
    """The forwarder has answered on 20 March, seventeen days after the parcel was last seen."""
    await shop.tells(placed(address=TO_US), paid(), dispatched(), tracked())
    await shop.passes(18 * DAY)
    await shop.passes(MINUTE)
    await desk.answer("parcel-silent", outcome="on-its-way", expected_on=expected_on)


@pytest.mark.parametrize(
    ("expected_on", "after", "states"),
    [
        ("2026-03-22", 2 * DAY, ["answered"]),
        ("2026-03-22", 3 * DAY, ["answered", "open"]),
        ("9999-12-31", 9 * DAY, ["answered"]),
        (None, 5 * DAY - MINUTE, ["answered"]),
        (None, 5 * DAY, ["answered", "open"]),
    ],
)
async def test_a_forwarder_who_found_a_parcel_is_asked_again_when_it_has_not_come(
    shop: Shop, desk: Desk, expected_on: str | None, after: timedelta, states: list[str]
) -> None:
    await silent(shop, desk, expected_on)

    await shop.passes(after)

    assert await desk.tasks() == [(*SILENT, state) for state in states]
    assert [template for template, _ in await desk.told()] == ["parcel-silent", "parcel-found"]


@pytest.mark.parametrize("news", [tracked(after=18 * DAY), delivered(after=18 * DAY)])
async def test_nobody_is_asked_again_of_a_parcel_that_was_seen_or_has_come(shop: Shop, desk: Desk, news: StorefrontOrderEvent) -> None:
    await silent(shop, desk, None)
    await shop.tells(news)

    await shop.passes(10 * DAY)

    assert await desk.tasks() == [(*SILENT, "answered")]


async def test_a_warehouse_that_did_not_keep_its_day_is_asked_again_until_the_order_leaves(shop: Shop, desk: Desk) -> None:
    await sold(shop)
    await shop.passes(6 * DAY)
    await shop.passes(HOUR)
    await desk.answer("dispatch-late", why="no boxes", dispatched_on="2026-03-09")
    await shop.passes(2 * DAY)
    assert await desk.tasks() == [(*LATE, "answered"), (*LATE, "open")]

    await shop.tells(dispatched(after=8 * DAY))
    await shop.passes(MINUTE)

    assert await desk.tasks() == [(*LATE, "answered"), (*LATE, "withdrawn")]
