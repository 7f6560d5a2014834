"""The watch on real PostgreSQL: tasks, events and messages once, and nothing outdated (ORD-8)."""

from typing import Any

import httpx
import pytest

from tests.services.orders.builders import DAY, HOUR, MINUTE, cancelled, delivered, dispatched, paid, placed, tracked
from tests.services.orders.parcels import bought, outbox, tasks, told
from tests.services.orders.shop import Shop

HALF = ({"line_id": "1", "quantity": 1},)
ANY = {"If-Match": "*"}


async def test_an_order_that_does_not_leave_is_asked_about_told_and_said_once(shop: Shop) -> None:
    await bought(shop)

    await shop.passes(5 * DAY - 3 * MINUTE)
    assert await told(shop) == []
    await shop.passes(2 * MINUTE)
    await shop.passes(30 * DAY)

    assert await told(shop) == ["order-late"]
    (delayed,) = await outbox(shop, "shipment-delayed")
    assert (delayed["reason"], delayed["shipment_id"], delayed["lines"]) == ("unshipped", None, [{"line_id": "1", "quantity": 2}])
    assert await tasks(shop) == {("dispatch-late", "10001", "open"): 1}
    assert (await shop.steps())[-1] == ("crossed-unshipped", "auto", None)
    assert [each["version"] for each in await shop.said()] == list(range(1, len(await shop.said()) + 1))


async def test_purchasing_is_asked_where_goods_are_not_in(shop: Shop) -> None:
    await bought(shop)
    await shop.lists("MUG-RED", "12.50", stock=0, after=2 * DAY)

    await shop.passes(5 * DAY)

    assert await tasks(shop) == {("goods-late", "10001", "open"): 1}


async def test_a_dispatch_withdraws_what_was_asked_about_the_order(shop: Shop) -> None:
    await bought(shop)
    await shop.passes(5 * DAY)

    await shop.tells(dispatched(after=5 * DAY))
    await shop.passes(MINUTE)

    assert await tasks(shop) == {("dispatch-late", "10001", "ended"): 1}


async def test_a_number_that_is_not_online_is_asked_of_the_forwarder_until_it_is(shop: Shop) -> None:
    await bought(shop, dispatched())
    await shop.passes(6 * DAY)
    assert await tasks(shop) == {("parcel-not-online", "10001/s-1", "open"): 1}

    await shop.tells(tracked(after=6 * DAY, country="NL"))
    await shop.passes(MINUTE)

    assert await tasks(shop) == {("parcel-not-online", "10001/s-1", "ended"): 1}
    assert await told(shop) == ["parcel-not-online"]


async def test_each_silence_is_asked_about_and_told_and_said_the_first_time(shop: Shop) -> None:
    await bought(shop, dispatched(), tracked(country="NL"))
    await shop.passes(17 * DAY)
    await shop.tells(tracked(after=18 * DAY, country="NL"))
    await shop.passes(MINUTE)
    await shop.passes(16 * DAY)
    await shop.passes(MINUTE)

    assert await tasks(shop) == {("parcel-silent", "10001/s-1", "ended"): 1, ("parcel-silent", "10001/s-1", "open"): 1}
    assert await told(shop) == ["parcel-silent"]
    (delayed,) = await outbox(shop, "shipment-delayed")
    assert (delayed["shipment_id"], delayed["reason"], delayed["since"]) == ("s-1", "silent", "2026-03-04T08:15:04Z")
    assert delayed["shipment"]["tracking_country"] == "NL"


async def test_a_parcel_without_number_is_presumed_lost(shop: Shop) -> None:
    await bought(shop, dispatched(tracking_number=None))

    await shop.passes(51 * DAY)
    await shop.passes(60 * DAY)

    assert await told(shop) == ["parcel-lost"]
    (lost,) = await outbox(shop, "shipment-lost")
    assert (lost["shipment_id"], lost["reason"], lost["shipment"]["tracking_number"]) == ("s-1", "no-number", None)
    assert await tasks(shop) == {("parcel-lost", "10001/s-1", "open"): 1}


async def test_two_parcels_of_one_order_are_watched_each(shop: Shop) -> None:
    await bought(shop, dispatched(lines=HALF), dispatched(shipment_id="s-2", after=3 * DAY, lines=HALF))

    await shop.passes(6 * DAY)
    await shop.tells(tracked(after=6 * DAY, country="NL"))
    await shop.passes(2 * DAY)

    assert await tasks(shop) == {("parcel-not-online", "10001/s-1", "ended"): 1, ("parcel-not-online", "10001/s-2", "open"): 1}
    assert [each["shipment_id"] for each in await outbox(shop, "shipment-delayed")] == ["s-1", "s-2"]


async def test_a_delivery_is_to_be_signed_and_a_signature_is_thanked_and_rewarded_once(shop: Shop) -> None:
    await bought(shop, dispatched(), delivered(signed_by=None))
    await shop.passes(6 * DAY)
    assert await told(shop) == ["sign-reminder"]

    await shop.tells(delivered(signed_by="Li Lei"))
    await shop.passes(MINUTE)
    await shop.tells(delivered(signed_by="Li Lei", after=3 * DAY + HOUR))
    await shop.passes(DAY)

    assert await told(shop) == ["sign-reminder", "order-signed"]
    (reward,) = await outbox(shop, "reward-granted")
    assert (reward["kind"], reward["points"], reward["customer_id"]) == ("points", 10, "c-81")
    assert reward["reason"] == "感谢您签收订单 10001"
    assert "10 积分" in (await outbox(shop, "customer-message"))[-1]["text"]


@pytest.mark.parametrize(
    ("values", "customer", "kind", "text"),
    [
        ({"reward_coupon": "DANKE"}, {"language": "en"}, "coupon", "Your coupon for the next order is DANKE. "),
        ({"reward_points": 0}, {"language": "en"}, None, "thank you for your trust. Enjoy it!"),
        ({}, {"customer_id": None, "language": "de"}, None, "thank you for your trust. Enjoy it!"),
    ],
)
async def test_what_a_signature_earns_is_the_stores_policy_and_a_guest_has_thanks(
    shop: Shop,
    client: httpx.AsyncClient,
    admin: dict[str, str],
    values: dict[str, Any],
    customer: dict[str, Any],
    kind: str | None,
    text: str,
) -> None:
    await client.put("/policies", json={"values": values}, headers=admin | ANY)

    await shop.tells(placed(customer=customer), paid(), dispatched(), delivered())
    await shop.passes(3 * DAY)

    assert [each["kind"] for each in await outbox(shop, "reward-granted")] == ([kind] if kind else [])
    assert text in (await outbox(shop, "customer-message"))[-1]["text"]


async def test_after_a_day_of_downtime_news_that_wait_are_taken_in_before_anybody_is_told(shop: Shop) -> None:
    await bought(shop, dispatched())
    await shop.passes(7 * DAY, abreast=False)
    assert await told(shop) == []

    await shop.tells(tracked(after=6 * DAY, country="NL"))
    await shop.passes(MINUTE)

    assert await told(shop) == []
    assert await tasks(shop) == {}


async def test_after_a_day_of_downtime_what_is_late_still_is_told_as_soon_as_the_news_are_in(shop: Shop) -> None:
    await bought(shop, dispatched())
    await shop.passes(7 * DAY, abreast=False)

    await shop.passes(MINUTE)

    assert await told(shop) == ["parcel-not-online"]


async def test_a_cancelled_order_is_not_watched(shop: Shop) -> None:
    await bought(shop)
    assert ("watch", "demo/10001") in await shop.timers()

    await shop.tells(cancelled(after=4 * DAY))

    assert ("watch", "demo/10001") not in await shop.timers()


async def test_one_timer_an_order_is_moved_where_its_next_threshold_is_another(shop: Shop) -> None:
    await bought(shop)
    unshipped = (await shop.timers())["watch", "demo/10001"]
    await shop.tells(dispatched())
    unseen = (await shop.timers())["watch", "demo/10001"]
    await shop.tells(tracked(country="NL"))
    silent = (await shop.timers())["watch", "demo/10001"]
    await shop.tells(tracked(country="CN", after=3 * DAY))
    there = (await shop.timers())["watch", "demo/10001"]
    await shop.tells(delivered(signed_by=None, after=4 * DAY))
    arrived = (await shop.timers())["watch", "demo/10001"]

    assert [due.date().day for due in (unshipped, unseen, silent, there, arrived)] == [7, 8, 19, 4, 9]
