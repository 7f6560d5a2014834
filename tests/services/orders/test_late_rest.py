"""The rest of a partly sent order that does not come in is refunded, and not ordered any more (ORD-6, ORD-7, ORD-8)."""

import httpx
import pytest

from services.orders.domain.packing import may_be_packed, packed_lines
from services.orders.domain.wishes import NothingToCarryOut
from services.orders.usecases.accepting import NOT_COME
from tests.services.orders.builders import DAY, HOUR, MINUTE, delivered, dispatched, line, money, paid, placed, tracked
from tests.services.orders.desk import Desk, dues, parcel
from tests.services.orders.shop import Shop

ONE = ({"line_id": "1", "quantity": 1},)
LINES = [line() | {"discount": money("1.00")}, line("MUG-BLUE", 1, "8.00", "2")]


async def rest_is_late(shop: Shop, desk: Desk, *, signed_by: str | None = "Li Lei") -> None:
    """One of two red mugs has come. The warehouse is asked for the rest, and purchasing has answered that there is none."""
    await shop.tells(placed(lines=LINES, total=money("37.00")), paid(amount="37.00"))
    await shop.tells(dispatched(lines=ONE), delivered(signed_by=signed_by))
    await shop.passes(6 * DAY)
    await shop.passes(MINUTE)
    await shop.lists("MUG-RED", "12.50", stock=0, after=HOUR)
    await desk.asks(parcel())
    await desk.answer("goods-late", expected_on="2026-03-20")


async def test_only_what_has_left_stays_ordered_and_the_difference_is_due_back(shop: Shop, desk: Desk) -> None:
    await rest_is_late(shop, desk)
    assert str((await desk.asks(parcel())).refund) == "20.00 USD"

    await desk.accepts(parcel(), choice="refund")

    said, order = (await shop.said())[-1], await shop.order()
    assert [(each["sku"], each["quantity"], each["discount"]) for each in said["lines"]] == [("MUG-RED", 1, money("0.50"))]
    assert (said["total"], dues(said), order.dues[0].reason) == (money("17.00"), [("refund", "20.00")], NOT_COME)
    assert ("changed", "li", "the customer said so") in await shop.steps()


async def test_nobody_packs_or_answers_anything_for_the_rest_and_the_watch_waits_for_nothing(shop: Shop, desk: Desk) -> None:
    """ORD-9, ORD-10."""
    await rest_is_late(shop, desk)
    assert await desk.tasks() == [("dispatch-late", "10001", "open"), ("goods-late", "10001", "answered")]

    await desk.accepts(parcel(), choice="refund")

    order = await shop.order()
    assert ([each.to_pack for each in packed_lines(order)], may_be_packed(order), order.status) == ([0], False, "signed")
    assert await desk.tasks() == [("dispatch-late", "10001", "withdrawn"), ("goods-late", "10001", "answered")]
    await shop.passes(MINUTE)
    await shop.passes(30 * DAY)
    assert [kind for kind, _ in await shop.timers() if kind != "close"] == []
    assert len(await desk.tasks()) == 2
    assert [template for template, _ in await desk.told()] == ["order-late", "advice-goods-late", "order-signed"]


async def test_the_packing_list_has_nothing_left(shop: Shop, desk: Desk, client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    """ORD-10."""
    await rest_is_late(shop, desk, signed_by=None)
    await desk.accepts(parcel(), choice="refund")

    packing = (await client.get("/orders/10001/packing-list", headers=admin)).json()

    assert (packing["may_be_packed"], packing["status"]) == (False, "delivered")
    assert [(each["sku"], each["to_pack"]) for each in packing["lines"]] == [("MUG-RED", 0)]


async def test_what_was_not_paid_is_not_ordered_any_more_and_not_due_back(shop: Shop, desk: Desk) -> None:
    await shop.tells(placed(lines=LINES, total=money("37.00"), payment_terms="on-delivery"), dispatched(lines=ONE), delivered())
    await shop.lists("MUG-RED", "12.50", stock=0, after=HOUR)
    shop.clock.passes(6 * DAY)
    await desk.asks(parcel())
    await desk.answer("goods-late", expected_on="2026-03-20")

    await desk.accepts(parcel(), choice="refund")

    assert ((await shop.said())[-1]["total"], dues((await shop.said())[-1])) == (money("17.00"), [])


async def test_the_rest_is_not_refunded_while_nobody_has_told_what_has_left(shop: Shop, desk: Desk) -> None:
    await shop.tells(placed(), paid(), tracked(), delivered())
    await shop.lists("MUG-RED", "12.50", stock=0, after=HOUR)
    shop.clock.passes(6 * DAY)
    await desk.asks(parcel())
    await desk.answer("goods-late", expected_on="2026-03-20")

    with pytest.raises(NothingToCarryOut, match="nobody has told"):
        await desk.accepts(parcel(), choice="refund")
