"""Messages and orders on real Postgres: what opens, joins and reopens an inquiry, and what time does to it (INQ-1, INQ-5, INQ-13)."""

import asyncio
from datetime import timedelta

import pytest

from services.inquiry import usecases
from services.inquiry.domain.conversation import InquiryTaken
from services.inquiry.repository import catalogue
from shared.errors import BusinessError, Refused
from shared.events.storefront import ProductListed
from shared.messaging.outbox import published
from tests.services.inquiry.shop import CHEN, DAY, HOUR, MINUTE, MONDAY, SECOND, ZHAO, Shop, guest, made, posted


async def test_the_same_channel_message_is_one_inquiry_with_one_message(shop: Shop) -> None:
    await shop.hears(posted(), posted())
    await shop.hears(posted())

    (inquiry,) = await shop.all()
    assert len(await shop.conversation(inquiry.inquiry_id)) == 1
    assert await shop.names() == ["inquiry-received"]
    assert (inquiry.status, inquiry.topic, inquiry.sku, inquiry.version) == ("waiting", "product", "MUG-RED", 1)


async def test_an_open_one_is_joined_on_its_channel_only(shop: Shop) -> None:
    await shop.hears(posted(), posted("m-2", "And the blue one?"))
    await shop.hears(posted("m-3"), posted("m-4", channel="email"))

    assert sorted(row.channel for row in await shop.all()) == ["chat", "email"]
    assert await shop.names() == ["inquiry-received", "inquiry-received"]


async def test_a_conversation_is_in_the_order_it_was_written_whatever_came_first(shop: Shop) -> None:
    shop.clock.passes(MINUTE)
    await shop.hears(posted("m-2", "second", after=SECOND))
    await shop.hears(posted("m-3", "third", after=2 * SECOND), posted("m-1", "first"))

    (inquiry,) = await shop.all()
    assert [message.text for message in await shop.conversation(inquiry.inquiry_id)] == ["first", "second", "third"]
    assert (inquiry.received_at, inquiry.last_customer_at) == (MONDAY, MONDAY + 2 * SECOND)


async def test_a_guest_is_known_again_by_either_contact(shop: Shop) -> None:
    await shop.hears(guest("m-1", email="Li@example.com", phone="+8613800138000"))
    await shop.hears(guest("m-2", email="li@EXAMPLE.com"), guest("m-3", phone="+86 138 0013 8000"), guest("m-4", email="other@example.com"))

    assert len(await shop.all()) == 2


async def test_a_guest_who_left_no_contact_is_never_known_again(shop: Shop) -> None:
    await shop.hears(guest("m-1", name="Li"), guest("m-2", name="Li"))

    assert len(await shop.all()) == 2


@pytest.mark.parametrize("attempt", range(3))
async def test_two_first_messages_at_once_make_one_inquiry(shop: Shop, attempt: int) -> None:
    await asyncio.gather(*(shop.hears(posted(f"m-{number}")) for number in range(4)))

    (inquiry,) = await shop.all()
    assert len(await shop.conversation(inquiry.inquiry_id)) == 4
    assert await shop.names() == ["inquiry-received"]


@pytest.mark.parametrize("attempt", range(3))
async def test_the_same_message_twice_at_once_is_one(shop: Shop, attempt: int) -> None:
    await asyncio.gather(*(shop.hears(posted()) for _ in range(3)))

    (inquiry,) = await shop.all()
    assert len(await shop.conversation(inquiry.inquiry_id)) == 1


@pytest.mark.parametrize(("after", "expected"), [(DAY - SECOND, 1), (DAY, 2)])
async def test_a_closed_one_is_opened_again_for_a_day(shop: Shop, after: timedelta, expected: int) -> None:
    asked = (await shop.asks()).inquiry.inquiry_id
    await shop.act("close", asked, "resolved", None)
    shop.clock.passes(after)

    await shop.hears(posted("m-2", after=after))

    assert len(await shop.all()) == expected
    said = await shop.said()
    assert [each["type"] for each in said] == ["inquiry-received", "inquiry-closed", "inquiry-received"]
    if expected == 1:
        row = await shop.inquiry(asked)
        assert (row.status, row.outcome, row.closed_at) == ("waiting", None, None)
        assert said[2]["version"] > said[1]["version"] > said[0]["version"]
        assert await shop.steps(asked) == ["received", "closed", "reopened"]


async def test_a_breach_is_remembered_when_it_is_opened_again(shop: Shop) -> None:
    asked = (await shop.asks()).inquiry.inquiry_id
    await shop.passes(30 * SECOND)
    await shop.act("close", asked, "resolved", None)

    await shop.asks("Nobody answered")
    await shop.passes(HOUR)

    assert (await shop.inquiry(asked)).breached_at == MONDAY + 30 * SECOND
    assert await shop.steps(asked) == ["received", "first-response-warned", "first-response-breached", "closed", "reopened"]


async def test_one_closed_unanswered_in_time_gets_a_new_clock_when_it_is_opened_again(shop: Shop) -> None:
    asked = (await shop.asks()).inquiry.inquiry_id
    await shop.act("close", asked, "resolved", None)
    await shop.passes(HOUR)

    await shop.asks("Hello?")
    await shop.passes(10 * SECOND)
    await shop.passes(2 * SECOND)
    await shop.replies(asked)

    row = await shop.inquiry(asked)
    assert (row.warned_at, row.breached_at, row.first_seconds) == (MONDAY + HOUR + 10 * SECOND, None, 12)


async def test_the_clock_of_a_closed_store_starts_when_it_opens(shop: Shop) -> None:
    shop.clock.passes(SECOND)
    await shop.opens(business_hours=[{"days": ["mon"], "from": "10:00", "to": "18:00"}])
    asked = (await shop.asks()).inquiry.inquiry_id
    await shop.passes(HOUR)

    await shop.passes(HOUR)

    assert (await shop.inquiry(asked)).due_at == MONDAY.replace(hour=10, minute=0) + 30 * SECOND
    assert (await shop.inquiry(asked)).breached_at == MONDAY + SECOND + 2 * HOUR


async def test_chat_is_warned_then_breached_and_goes_to_the_supervisor(shop: Shop) -> None:
    asked = (await shop.asks()).inquiry.inquiry_id

    await shop.passes(10 * SECOND)
    warned = await shop.inquiry(asked)
    await shop.passes(20 * SECOND)
    breached = await shop.inquiry(asked)

    assert (warned.warned_at, warned.breached_at) == (MONDAY + 10 * SECOND, None)
    assert breached.breached_at == breached.escalated_at == MONDAY + 30 * SECOND
    assert await shop.steps(asked) == ["received", "first-response-warned", "first-response-breached"]


async def test_an_agents_reply_in_time_meets_the_clock_and_nothing_is_due_any_more(shop: Shop) -> None:
    asked = (await shop.asks()).inquiry.inquiry_id
    await shop.passes(12 * SECOND)

    await shop.replies(asked)
    await shop.opens(business_hours=[{"days": ["sun"], "from": "09:00", "to": "10:00"}])
    await shop.passes(HOUR)

    row = await shop.inquiry(asked)
    assert (row.answered_at, row.first_seconds, row.breached_at) == (MONDAY + 12 * SECOND, 12, None)
    assert (row.agent_id, row.status) == ("wang", "open")
    assert await shop.steps(asked) == ["received", "first-response-warned", "first-response-met", "taken"]
    assert set(await shop.timers()) == {"abandon"}


async def test_a_reply_after_the_due_moment_is_a_breach_even_before_the_timer_looks(shop: Shop) -> None:
    asked = (await shop.asks()).inquiry.inquiry_id
    shop.clock.passes(31 * SECOND)

    await shop.replies(asked)

    row = await shop.inquiry(asked)
    assert (row.breached_at, row.first_seconds) == (MONDAY + 31 * SECOND, 31)
    assert await shop.steps(asked) == ["received", "first-response-breached", "taken"]


async def test_a_later_reply_after_its_moment_is_late_even_before_the_timer_looks(shop: Shop) -> None:
    asked = (await shop.asks()).inquiry.inquiry_id
    await shop.replies(asked)
    await shop.asks("And now?")
    shop.clock.passes(2 * MINUTE + SECOND)

    await shop.replies(asked)

    row = await shop.inquiry(asked)
    assert (row.reply_late_at, row.reply_due_at) == (MONDAY + 2 * MINUTE + SECOND, None)
    assert (await shop.steps(asked))[-1] == "reply-late"


async def test_a_later_reply_in_chat_is_late_after_two_minutes(shop: Shop) -> None:
    asked = (await shop.asks()).inquiry.inquiry_id
    await shop.replies(asked)
    await shop.asks("And now?")
    await shop.passes(MINUTE)
    await shop.asks("Hello?")

    await shop.passes(MINUTE)

    row = await shop.inquiry(asked)
    assert (row.reply_due_at, row.reply_late_at) == (MONDAY + 2 * MINUTE, MONDAY + 2 * MINUTE)


async def test_a_phone_record_is_met_at_once_and_belongs_to_who_typed_it(shop: Shop) -> None:
    row = (await shop.asks(channel="phone", typed_by="wang")).inquiry

    assert (row.answered_at, row.first_seconds, row.agent_id, row.status) == (MONDAY, 0, "wang", "open")
    assert set(await shop.timers()) == {"abandon"}


async def test_two_days_of_silence_abandon_it_and_every_message_starts_them_anew(shop: Shop) -> None:
    asked = (await shop.asks()).inquiry.inquiry_id
    await shop.passes(DAY)
    await shop.asks("Still there?")
    await shop.passes(2 * DAY - SECOND)
    before = await shop.inquiry(asked)

    await shop.passes(SECOND)

    after = await shop.inquiry(asked)
    assert (before.status, after.status, after.outcome) == ("waiting", "closed", "abandoned")
    said = (await shop.said())[-1]
    assert (said["outcome"], said["agent_id"], said["first_response_seconds"]) == ("abandoned", None, None)
    assert await shop.timers() == {}


async def test_durations_are_the_stores_own(shop: Shop) -> None:
    await shop.sets(chat_warn_seconds=1, chat_breach_seconds=2, abandon_seconds=5)
    await shop.asks()

    assert await shop.timers() == {
        "first-response-warn": MONDAY + SECOND,
        "first-response-breach": MONDAY + 2 * SECOND,
        "abandon": MONDAY + 5 * SECOND,
    }


async def test_closing_says_so_and_says_goodbye_in_her_language(shop: Shop) -> None:
    asked = (await shop.asks()).inquiry.inquiry_id
    shop.clock.passes(6 * SECOND)
    await shop.replies(asked)

    await shop.act("close", asked, "lost", "too dear")

    closed = (await shop.said())[-1]
    assert {name: closed[name] for name in ("type", "outcome", "first_response_seconds", "agent_id", "linked_order_id")} == {
        "type": "inquiry-closed",
        "outcome": "lost",
        "first_response_seconds": 6,
        "agent_id": "wang",
        "linked_order_id": None,
    }
    reply, goodbye = await shop.said("customer-messages")
    assert (reply["template"], reply["text"], reply["about"]) == (None, "Yes, it is.", {"kind": "inquiry", "id": str(asked)})
    assert (goodbye["template"], goodbye["language"]) == ("inquiry-closed", "zh-CN")
    assert "Demo Mugs" in goodbye["text"]


async def test_a_product_is_the_newest_listing_and_the_newest_stock_whatever_comes_first(shop: Shop) -> None:
    await shop.counts(stock=2, after=HOUR)
    await shop.lists(stock=50, name="new", after=MINUTE)
    await shop.lists(stock=60, name="old")
    await shop.lists(stock=60, name="old")

    async with shop.database.transaction() as session:
        product = await catalogue.product(session, "demo", "MUG-RED")
    assert (product.name, product.stock) == ("new", 2)


async def test_a_product_with_two_currencies_is_refused_alone(shop: Shop) -> None:
    with pytest.raises(Refused):
        await shop.hears(made(ProductListed, list_price={"amount": "1.00", "currency": "EUR"}))


@pytest.mark.parametrize("attempt", range(3))
async def test_of_two_agents_who_take_it_at_once_one_wins(shop: Shop, attempt: int) -> None:
    asked = (await shop.asks()).inquiry.inquiry_id

    results = await asyncio.gather(*(shop.act("take", asked, by=by) for by in (ZHAO, CHEN)), return_exceptions=True)

    assert sorted(type(result).__name__ for result in results) == ["InquiryRow", "InquiryTaken"]
    assert isinstance(next(each for each in results if isinstance(each, BusinessError)), InquiryTaken)


async def test_what_was_said_is_said_again_with_its_own_version(shop: Shop) -> None:
    asked = (await shop.asks()).inquiry.inquiry_id
    await shop.act("take", asked)

    async with shop.database.transaction() as session:
        assert await usecases.republish(session, MONDAY, None) is None
        assert [(row[2], row[6]) for row in published(session)] == [("inquiry-received", 1)]
        await session.rollback()
