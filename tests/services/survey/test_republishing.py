import httpx
from sqlalchemy import text

from services.survey.usecases.republishing import reconcile, republish
from shared.messaging.outbox import published
from tests.services.saying import last_words
from tests.services.survey.desk import DAY, Desk


async def test_what_was_answered_is_said_again_with_its_own_id(desk: Desk, client: httpx.AsyncClient) -> None:
    answers = {"csat": "5", "comment": "Fine", "kept-expected": "5", "kept-perceived": "6", "action": "send"}
    await client.post(await desk.link(), data=answers)

    async with desk.database.transaction() as session:
        assert await republish(session, desk.clock() + DAY, None) is None
        assert published(session) == []
        assert await republish(session, desk.clock(), None) is None

    async with desk.database.transaction() as session:
        first, again = (await session.execute(text("select id, payload from outbox where type = 'survey-completed' order by number"))).all()
    assert first == again


async def test_answers_that_are_not_there_any_more_are_lost(desk: Desk, client: httpx.AsyncClient) -> None:
    answers = {"csat": "5", "comment": "Fine", "kept-expected": "5", "kept-perceived": "6", "action": "send"}
    await client.post(await desk.link(), data=answers)
    said = await last_words(desk.database, "surveys")

    async with desk.database.transaction() as session:
        known = await reconcile(session, said, desk.clock())
        await session.execute(text("update surveys set status = 'invited', answered_at = null"))
        lost = await reconcile(session, said, desk.clock())

    assert (known, lost) == ([], said)
    assert len(said) == 1
