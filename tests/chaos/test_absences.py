"""A service that is away for the whole story, as far as nobody asks it anything over HTTP, and all four stopped in each of its steps."""

import asyncio

import pytest

from tests.journeys.customer import SOON, Story
from tests.journeys.ends import UNDISTURBED
from tests.journeys.four_services import FourServices

pytestmark = pytest.mark.timeout(400)
AFTER_THE_ORDER = ("reports", "is_offered_half", "is_owed", "is_paid_back", "is_done", "answers", "is_called")


async def test_orders_away_from_the_question_to_the_arrival_catches_up(four_services: FourServices, story: Story) -> None:
    await story.plays("opens")
    assert await four_services.stop(["orders"]) == [0, 0]

    await story.plays("asks", "is_answered")
    await story.shop_does_everything()
    four_services.start(["orders"])
    await story.ear.hears("order-confirmed", within=SOON)
    await story.plays(*AFTER_THE_ORDER)

    assert await story.comes_to(UNDISTURBED) == UNDISTURBED


async def test_inquiry_away_until_everything_else_is_done_catches_up(four_services: FourServices, story: Story) -> None:
    await story.plays("opens")
    assert await four_services.stop(["inquiry"]) == [0, 0]

    asking = asyncio.create_task(story.play.asks())
    await story.says("message-posted")
    await story.plays("orders", "receives", *AFTER_THE_ORDER)
    four_services.start(["inquiry"])
    await asking
    await story.plays("is_answered")

    assert await story.comes_to(UNDISTURBED) == UNDISTURBED


async def test_aftersales_away_whenever_nobody_asks_it_anything_catches_up(four_services: FourServices, story: Story) -> None:
    await story.plays("opens")
    assert await four_services.stop(["aftersales"]) == [0, 0]
    await story.plays("asks", "is_answered", "orders", "receives")
    four_services.start(["aftersales"])
    await story.plays("reports", "is_offered_half", "is_owed")

    await four_services.answer()
    assert await four_services.stop(["aftersales"]) == [0, 0]
    paying = asyncio.create_task(story.play.is_paid_back())
    await story.says("refund-settled")
    four_services.start(["aftersales"])
    await paying
    await story.plays("is_done")

    await four_services.answer()
    assert await four_services.stop(["aftersales"]) == [0, 0]
    await story.plays("answers")
    four_services.start(["aftersales"])
    await story.plays("is_called")

    assert await story.comes_to(UNDISTURBED) == UNDISTURBED


async def test_survey_away_until_the_case_is_closed_catches_up(four_services: FourServices, story: Story) -> None:
    await story.plays("opens")
    assert await four_services.stop(["survey"]) == [0, 0]

    await story.plays("asks", "is_answered", "orders", "receives", "reports", "is_offered_half", "is_owed", "is_paid_back", "is_done")
    four_services.start(["survey"])
    await story.plays("answers", "is_called")

    assert await story.comes_to(UNDISTURBED) == UNDISTURBED


async def test_all_services_stopped_and_started_in_the_middle_of_each_step_change_nothing(
    four_services: FourServices, story: Story
) -> None:
    for _, scene in story.play.scenes():
        story.moved.clear()
        playing = asyncio.create_task(scene())
        await asyncio.wait({playing, moved := asyncio.create_task(story.moved.wait())}, return_when=asyncio.FIRST_COMPLETED)
        moved.cancel()
        assert await four_services.stop() == [0] * 8, scene.__name__
        four_services.start()
        await playing
        await four_services.answer()

    assert await story.comes_to(UNDISTURBED) == UNDISTURBED
