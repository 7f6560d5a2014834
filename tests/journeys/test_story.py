"""One customer's way through all four services, from her question to the survey that opens the next case, as real processes."""

import pytest

from tests.journeys.customer import Story
from tests.journeys.ends import UNDISTURBED

pytestmark = pytest.mark.timeout(240)


async def test_a_question_leads_to_an_order_a_refund_and_a_survey_that_opens_the_next_case(story: Story) -> None:
    await story.plays()

    assert await story.comes_to(UNDISTURBED) == UNDISTURBED
