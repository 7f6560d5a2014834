"""What was said is said again, and is the same; and what was said and is not known any more is found."""

from typing import Any

from sqlalchemy import text

from services.aftersales import usecases
from tests.services.aftersales.desk import MONDAY, Desk, due, order, payment
from tests.services.saying import last_words

SAID = text("select id, type, sequence, payload from outbox where topic in ('cases', 'refunds') order by number")


async def test_cases_and_refunds_say_again_what_they_said_last_and_denied_refunds_nothing(desk: Desk) -> None:
    await desk.hears(order(payment("9000.00")))
    case = await desk.case()
    await desk.act("take", case)
    await desk.approve(await desk.ask(case, "300.00"))
    await desk.deny(await desk.ask(case, "400.00"))
    settled = await desk.ask(case, "10.00")
    await desk.finance("refund-settled", settled, "settled")
    first = await outbox(desk)

    place: str | None = None
    for _ in range(2):
        async with desk.database.transaction() as session:
            place = await usecases.republish(session, MONDAY, place)

    again = (await outbox(desk))[len(first) :]
    assert place is None
    assert sorted(each["type"] for each in again) == ["case-opened", "refund-closed", "refund-requested"]
    assert all(each in first for each in again)


async def outbox(desk: Desk) -> list[dict[str, Any]]:
    async with desk.database.transaction() as session:
        return [dict(row) for row in (await session.execute(SAID)).mappings()]


async def test_a_due_that_a_restored_database_hears_again_is_the_same_refund(desk: Desk) -> None:
    cancelled = order(dues=[due()], status="cancelled")
    await desk.hears(cancelled)
    asked = (await desk.all_refunds())[0].refund_id
    await desk.forgets()

    await desk.hears(cancelled)

    assert [refund.refund_id for refund in await desk.all_refunds()] == [asked]


async def test_cases_and_refunds_that_are_not_there_or_not_as_far_are_lost(desk: Desk) -> None:
    await desk.hears(order(payment("9000.00")))
    case = await desk.case()
    await desk.act("take", case)
    kept = await desk.ask(case, "10.00")
    settled, approved = await desk.ask(case, "20.00"), await desk.approve(await desk.ask(case, "300.00"))
    await desk.finance("refund-settled", settled, "settled")
    said = await last_words(desk.database, "cases", "refunds")
    async with desk.database.transaction() as session:
        await session.execute(text("delete from cases"))
        await session.execute(text("update refunds set closed_at = null where refund_id = :id"), {"id": settled.refund_id})
        await session.execute(text("update refunds set said_id = null where refund_id = :id"), {"id": approved.refund_id})

    async with desk.database.transaction() as session:
        lost = await usecases.reconcile(session, said, desk.clock())

    assert {event.subject for event in said} == {str(each) for each in (case.case_id, *[r.refund_id for r in (kept, settled, approved)])}
    assert {event.subject for event in lost} == {str(each) for each in (case.case_id, settled.refund_id, approved.refund_id)}
    assert await last_words(desk.database, "cases", "refunds") == said
