"""A parcel is one parcel, however it is asked for (ORD-7)."""

import httpx
import pytest

from services.orders.domain.wishes import AdviceAccepted, Wish
from tests.services.orders.builders import DAY, MINUTE, delivered, dispatched, paid, placed, tracked
from tests.services.orders.desk import Desk, parcel
from tests.services.orders.shop import Shop

TO_US = {"country": "US", "region": "CA", "city": "Los Angeles", "postal_code": "90001", "phone": "+12135550100"}


async def silent(shop: Shop) -> None:
    await shop.tells(placed(address=TO_US), paid(), dispatched(), tracked())
    shop.clock.passes(18 * DAY)


async def test_who_asks_for_a_parcel_by_its_id_and_without_it_has_one_advice_and_its_customer_one_message(shop: Shop, desk: Desk) -> None:
    await silent(shop)
    bare, named = await desk.asks(parcel()), await desk.asks(parcel("s-1"))

    await desk.answer("parcel-silent", outcome="on-its-way", expected_on="2026-03-25")

    assert bare == named
    assert [template for template, _ in await desk.told()] == ["advice-tell-forwarder"]


@pytest.mark.parametrize("again", [parcel(), parcel("s-1")])
@pytest.mark.parametrize(("first", "second"), [("reship", "refund"), ("refund", "reship"), ("reship", "reship")])
async def test_a_lost_parcel_is_not_both_sent_again_and_refunded(shop: Shop, desk: Desk, again: Wish, first: str, second: str) -> None:
    await silent(shop)
    await desk.asks(parcel())
    await desk.answer("parcel-silent", outcome="lost")
    await desk.accepts(parcel(), choice=first)
    await shop.sets(young_order_days=4)
    await desk.asks(again)

    with pytest.raises(AdviceAccepted):
        await desk.accepts(again, choice=second)


async def test_what_is_accepted_without_having_been_asked_for_is_given_and_accepted_once(shop: Shop, desk: Desk) -> None:
    await shop.tells(placed(address=TO_US), paid(), dispatched(tracking_number=None))
    shop.clock.passes(52 * DAY)
    await desk.accepts(parcel(), choice="reship")

    with pytest.raises(AdviceAccepted):
        await desk.accepts(parcel(), choice="reship")

    assert [(each.action, each.outcome) for each in await desk.given()] == [("presumed-lost", "accepted")]


@pytest.mark.parametrize(("language", "reason"), [("zh-CN", "包裹 s-1 丢失"), ("en", "Parcel s-1 was lost")])
async def test_a_receipt_tells_in_its_language_that_a_parcel_was_lost(
    shop: Shop, desk: Desk, client: httpx.AsyncClient, admin: dict[str, str], language: str, reason: str
) -> None:
    """ORD-3."""
    await silent(shop)
    await desk.asks(parcel())
    await desk.answer("parcel-silent", outcome="lost")
    await desk.accepts(parcel(), choice="refund")

    page = await client.get("/orders/10001/receipt", params={"language": language}, headers=admin | {"Accept": "text/html"})

    assert reason in page.text


@pytest.mark.parametrize("is_declared", [True, False])
async def test_operations_are_asked_to_write_to_the_customer_of_a_lost_parcel_until_that_is_settled(
    shop: Shop, desk: Desk, *, is_declared: bool
) -> None:
    """ORD-8, ORD-9."""
    await shop.tells(placed(address=TO_US), paid(), dispatched(tracking_number="SF1" if is_declared else None))
    await shop.passes(52 * DAY)
    await shop.passes(MINUTE)
    if is_declared:
        await desk.answer("parcel-not-online", outcome="lost")
    assert (await desk.tasks())[-1] == ("parcel-lost", "10001/s-1", "open")

    await desk.accepts(parcel(), choice="reship")

    assert [(kind, state) for kind, _, state in await desk.tasks() if kind == "parcel-lost"] == [("parcel-lost", "withdrawn")]


async def test_nobody_writes_of_a_lost_parcel_that_has_come(shop: Shop, desk: Desk) -> None:
    """ORD-9."""
    await shop.tells(placed(address=TO_US), paid(), dispatched(tracking_number=None))
    await shop.passes(52 * DAY)
    await shop.passes(MINUTE)

    await shop.tells(delivered(after=52 * DAY))
    await shop.passes(MINUTE)

    assert await desk.tasks() == [("parcel-lost", "10001/s-1", "withdrawn")]
