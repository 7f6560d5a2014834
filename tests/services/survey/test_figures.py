import httpx

from tests.figures import Counted
from tests.services.survey.desk import Desk


async def test_an_answered_survey_counts_once_with_what_it_says(desk: Desk, client: httpx.AsyncClient) -> None:
    counted = Counted()
    link = await desk.link()

    await client.post(link, data={"csat": "5", "kept-expected": "5", "kept-perceived": "6", "action": "save"})
    kept = counted.every("kefu_surveys_answered_total")
    for _ in range(2):
        await client.post(link, data={"csat": "5", "nps": "9", "kept-expected": "5", "kept-perceived": "6", "action": "send"})

    assert kept == {}
    assert counted("kefu_surveys_invited_total") == 1
    assert counted.every("kefu_surveys_answered_total") == {frozenset({("satisfied", "yes")}): 1}
    assert counted.every("kefu_survey_csat_total") == {frozenset({("score", "5")}): 1}
    assert counted.every("kefu_survey_nps_total") == {frozenset({("score", "9")}): 1}
    assert counted.every("kefu_survey_verdicts_total") == {frozenset({("verdict", "exceeds")}): 1}


async def test_what_was_not_asked_or_does_not_tell_is_not_counted_as_a_score(desk: Desk, client: httpx.AsyncClient) -> None:
    counted = Counted()

    await client.post(await desk.link(), data={"csat": "3", "action": "send"})

    assert counted.every("kefu_surveys_answered_total") == {frozenset({("satisfied", "unknown")}): 1}
    assert counted.every("kefu_survey_nps_total") == counted.every("kefu_survey_verdicts_total") == {}
