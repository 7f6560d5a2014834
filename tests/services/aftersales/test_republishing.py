"""What was said is said again, and is the same."""

from typing import Any

from sqlalchemy import text

from services.aftersales import usecases
from tests.services.aftersales.desk import MONDAY, Desk, order, payment

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
