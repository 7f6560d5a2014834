"""ORD-11: whose the sales are, and what went back of them: told by inquiry and aftersales."""

import httpx

from tests.services.orders.builders import money, placed
from tests.services.orders.selling import asked, briefly, closed, figures, hears, refunded, stored
from tests.services.orders.shop import Shop


async def test_an_order_is_the_agents_who_closed_the_inquiry_that_led_to_it_whichever_came_first(
    shop: Shop, client: httpx.AsyncClient, boss: dict[str, str]
) -> None:
    await hears(shop, closed(1, linked_order_id="1"))
    await shop.tells(placed("1"), placed("2"), placed("3"))
    await hears(shop, closed(2, linked_order_id="2", agent_id="zhao"), closed(3, linked_order_id=None))

    assert sorted(briefly((await figures(client, boss, by="agent"))["items"]), key=str) == [
        ("wang", 1, 0, "29.00", "0.00"),
        ("zhao", 1, 0, "29.00", "0.00"),
        (None, 1, 0, "29.00", "0.00"),
    ]


async def test_of_two_inquiries_that_led_to_an_order_the_last_one_closed_counts_in_any_order_of_arrival(
    shop: Shop, client: httpx.AsyncClient, boss: dict[str, str]
) -> None:
    await shop.tells(placed())
    later = closed(2, agent_id="zhao", closed_at="2026-03-02T09:00:00Z")
    await hears(shop, later, closed(1))
    kept = briefly((await figures(client, boss, by="agent"))["items"])
    await hears(shop, closed(2, version=9, agent_id="zhao", linked_order_id=None))

    assert kept == [("zhao", 1, 0, "29.00", "0.00")]
    assert briefly((await figures(client, boss, by="agent"))["items"]) == [("wang", 1, 0, "29.00", "0.00")]


async def test_a_refund_counts_once_on_the_day_of_its_order_however_often_and_whenever_it_is_told(
    shop: Shop, client: httpx.AsyncClient, boss: dict[str, str]
) -> None:
    await hears(shop, refunded("4.50"))
    await shop.tells(placed())
    await hears(shop, refunded("4.50"), refunded("1.00", 2), refunded("9.00", 3, outcome="rejected"))

    (day,) = (await figures(client, boss))["items"]

    assert (day["key"], day["refunded"], day["refunded_orders"], day["refund_rate"]) == ("2026-03-02", money("5.50"), 1, 1.0)


async def test_what_is_known_of_an_order_that_is_never_placed_is_alarmed_and_shown_nowhere(
    shop: Shop, client: httpx.AsyncClient, boss: dict[str, str]
) -> None:
    await hears(shop, closed())

    assert (await client.get("/orders/10001", headers=boss)).status_code == 404
    assert ("skeleton", "demo/10001") in await shop.timers()
    assert (await figures(client, boss, by="agent"))["items"] == []
    await shop.tells(placed())
    assert ("skeleton", "demo/10001") not in await shop.timers()


async def test_a_settled_refund_is_one_row_that_makes_both_smaller_the_sales_and_the_customers_worth(
    shop: Shop, client: httpx.AsyncClient, boss: dict[str, str]
) -> None:
    await hears(shop, refunded("4.50"))
    await shop.tells(placed())
    await hears(shop, refunded("4.50"), refunded("1.00", 2))

    (day,) = (await figures(client, boss))["items"]

    assert (day["refunded"], day["refunded_orders"]) == (money("5.50"), 1)
    worth = "select refunds, cast(refunded as text) from customers join customer_months using (customer_id)"
    assert await stored(shop, worth) == [(2, "5.5000")]
    assert await stored(shop, "select count(*) from order_refunds") == [(2,)]


async def test_inquiries_of_one_chunk_move_an_order_to_the_last_ones_agent_once(
    shop: Shop, client: httpx.AsyncClient, boss: dict[str, str]
) -> None:
    await shop.tells(placed())
    await hears(shop, asked(2), closed(1), closed(2, agent_id="zhao", closed_at="2026-03-02T09:00:00Z"))

    assert briefly((await figures(client, boss, by="agent"))["items"]) == [("zhao", 1, 0, "29.00", "0.00")]
    assert [step for step, *_ in await shop.steps()].count("sold-by") == 1
