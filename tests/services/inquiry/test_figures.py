import pytest

from tests.figures import Counted, figure
from tests.services.inquiry.shop import HOUR, MINUTE, SECOND, WANG, Shop


@pytest.mark.parametrize(("channel", "told"), [("chat", "chat"), ("email", "email"), ("wechat", "social"), ("li@example.com", "social")])
async def test_an_answer_in_time_is_met_once_by_the_kind_of_its_channel(shop: Shop, channel: str, told: str) -> None:
    counted = Counted()
    asked = (await shop.asks(channel=channel)).inquiry.inquiry_id
    await shop.passes(5 * SECOND)

    await shop.replies(asked)
    await shop.replies(asked, "Anything else?")

    assert counted.every("kefu_first_responses_total") == {frozenset({("channel", told), ("result", "met")}): 1}
    assert counted("kefu_first_response_seconds_count", channel=told) == 1
    assert counted("kefu_first_response_seconds_sum", channel=told) == 5


async def test_a_breach_counts_when_it_is_due_and_not_again_with_the_late_answer(shop: Shop) -> None:
    counted = Counted()
    asked = (await shop.asks()).inquiry.inquiry_id

    await shop.passes(MINUTE)
    due = counted("kefu_first_responses_total", channel="chat", result="breached")
    await shop.replies(asked)

    assert due == counted("kefu_first_responses_total", channel="chat", result="breached") == 1
    assert counted("kefu_first_responses_total", channel="chat", result="met") == 0
    assert counted("kefu_first_response_seconds_sum", channel="chat") == 60


async def test_a_late_answer_is_a_breach_though_no_timer_has_fired_yet(shop: Shop) -> None:
    counted = Counted()
    asked = (await shop.asks()).inquiry.inquiry_id
    shop.clock.passes(MINUTE)

    await shop.replies(asked)
    await shop.passes(HOUR)

    assert counted("kefu_first_responses_total", channel="chat", result="breached") == 1


async def test_who_types_in_a_call_has_answered_and_nothing_is_counted(shop: Shop) -> None:
    counted = Counted()

    asked = (await shop.asks(channel="phone", typed_by=WANG.sub)).inquiry.inquiry_id
    await shop.replies(asked)

    assert counted.every("kefu_first_responses_total") == {}


async def test_conversations_count_by_how_they_end(shop: Shop) -> None:
    counted = Counted()
    asked = (await shop.asks()).inquiry.inquiry_id

    await shop.act("close", asked, "lost", "too dear")

    assert counted.every("kefu_inquiries_closed_total") == {frozenset({("outcome", "lost")}): 1}
    assert figure("kefu_inquiries_closed_total", outcome="won") is not None
