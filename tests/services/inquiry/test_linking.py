"""Which conversation an order came of, on real Postgres, whatever is told first (INQ-13)."""

import asyncio
from datetime import timedelta

import pytest

from tests.services.inquiry.shop import CLOSED, DAY, HELD, HOUR, MONDAY, SECOND, Shop, guest, made, ordered, posted


@pytest.mark.parametrize("order_first", [True, False])
async def test_a_question_and_its_order_find_each_other_whichever_is_told_first(shop: Shop, *, order_first: bool) -> None:
    shop.clock.passes(2 * HOUR)
    told = [ordered(), posted()] if order_first else [posted(), ordered()]

    for event in told:
        await shop.hears(event)

    (row,) = await shop.all()
    assert row.linked_order_id == "10001"


async def test_an_order_that_was_known_before_its_question_links(shop: Shop) -> None:
    await shop.hears(ordered(), ordered("10000", after=-SECOND), ordered("10002", after=7 * DAY + SECOND))
    await shop.hears(made(CLOSED, order_id="10009", placed_at=(MONDAY + SECOND).isoformat()))
    shop.clock.passes(2 * HOUR)

    await shop.hears(posted(), posted("m-2", channel="email"))

    linked = [row for row in await shop.all() if row.linked_order_id is not None]
    assert [row.linked_order_id for row in linked] == ["10001"]
    assert await shop.steps(linked[0].inquiry_id) == ["received", "order-linked"]


async def test_a_guests_known_order_links_by_her_contact(shop: Shop) -> None:
    await shop.hears(ordered(customer={"customer_id": None, "email": "li@example.com"}))

    await shop.hears(guest(email="LI@example.com"))

    (row,) = await shop.all()
    assert row.linked_order_id == "10001"


@pytest.mark.parametrize("attempt", range(5))
async def test_a_question_and_its_order_told_at_once_find_each_other(shop: Shop, attempt: int) -> None:
    shop.clock.passes(2 * HOUR)

    await asyncio.gather(shop.hears(posted()), shop.hears(ordered()))

    (row,) = await shop.all()
    assert row.linked_order_id == "10001"


async def test_an_order_within_a_week_links_and_makes_a_closed_one_won(shop: Shop) -> None:
    asked = (await shop.asks()).inquiry.inquiry_id
    await shop.act("close", asked, "lost", "too dear")
    shop.clock.passes(2 * HOUR)

    await shop.hears(ordered())
    await shop.hears(ordered(), ordered(version=3))

    row = await shop.inquiry(asked)
    assert (row.outcome, row.lost_reason, row.linked_order_id) == ("won", None, "10001")
    said = await shop.said()
    assert [(each["type"], each.get("outcome")) for each in said] == [
        ("inquiry-received", None),
        ("inquiry-closed", "lost"),
        ("inquiry-closed", "won"),
    ]
    assert said[2]["linked_order_id"] == "10001"


@pytest.mark.parametrize(
    ("contact", "linked"),
    [
        ({"customer_id": "c-9", "email": "LI@example.com"}, True),
        ({"customer_id": None, "email": None, "phone": "+8613800138000"}, True),
        ({"customer_id": "c-9", "email": "no@example.com", "phone": None}, False),
    ],
)
async def test_a_guests_order_links_by_her_contact(shop: Shop, contact: dict[str, str | None], *, linked: bool) -> None:
    await shop.hears(guest(email="li@example.com", phone="+86 138 0013 8000"))

    await shop.hears(ordered(customer=contact))

    (row,) = await shop.all()
    assert (row.linked_order_id == "10001") is linked


@pytest.mark.parametrize("after", [-SECOND, 7 * DAY + SECOND])
async def test_an_order_before_the_question_or_too_late_does_not_link(shop: Shop, after: timedelta) -> None:
    asked = (await shop.asks()).inquiry.inquiry_id

    await shop.hears(ordered(after=after))

    assert (await shop.inquiry(asked)).linked_order_id is None


async def test_one_order_links_one_inquiry_and_a_cancelled_one_none(shop: Shop) -> None:
    await shop.asks(channel="email")
    shop.clock.passes(SECOND)
    newest = (await shop.asks()).inquiry.inquiry_id

    await shop.hears(made(CLOSED, order_id="10009", placed_at=(MONDAY + HOUR).isoformat()))
    await shop.hears(ordered(kind=HELD, version=1), ordered("10002", after=2 * HOUR))

    assert [(row.inquiry_id == newest, row.linked_order_id) for row in await shop.all()] == [(True, "10001"), (False, None)]
