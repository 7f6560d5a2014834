from datetime import timedelta

from services.aftersales.readings import read_refunds
from tests.figures import Counted, figure
from tests.services.aftersales.desk import Desk, order, payment

DAY = timedelta(days=1)


async def test_refunds_count_when_finance_is_asked_and_by_how_they_end(desk: Desk) -> None:
    counted = Counted()
    await desk.hears(order(payment("2900.00")))
    case = await desk.case()
    settled, rejected, failed = [await desk.ask(case, "5.00") for _ in range(3)]
    denied = await desk.ask(case, "500.00")

    await desk.finance("refund-settled", settled, "yes")
    await desk.finance("refund-settled", settled, "yes, again")
    await desk.finance("refund-rejected", rejected, "no")
    await desk.finance("refund-failed", failed, "not yet", retryable=True)
    await desk.finance("refund-failed", failed, "never", retryable=False)
    await desk.deny(denied)

    assert counted("kefu_refunds_requested_total") == 3
    moved = counted.every("kefu_refunds_closed_total")
    assert moved == {frozenset({("outcome", outcome)}): 1 for outcome in ("settled", "rejected", "failed", "denied")}


async def test_refunds_in_flight_are_told_by_whom_they_wait_for(desk: Desk) -> None:
    await desk.hears(order(payment("2900.00")))
    case = await desk.case()
    await desk.ask(case, "5.00")
    await desk.passes(10 * DAY)
    await desk.ask(case, "6.00")
    await desk.ask(case, "500.00")

    await _read(desk, DAY)
    told = _told()
    for refund in await desk.all_refunds():
        await (desk.deny(refund) if refund.status == "awaiting-approval" else desk.finance("refund-rejected", refund, str(refund.amount)))
    await _read(desk)

    day = DAY.total_seconds()
    assert told == {"awaiting-approval": (1, day), "requested": (1, day), "unanswered": (1, 11 * day)}
    assert _told() == dict.fromkeys(told, (0, 0))


async def _read(desk: Desk, later: timedelta = timedelta()) -> None:
    async with desk.database.transaction() as session:
        await read_refunds(session, desk.clock() + later)


def _told() -> dict[str, tuple[float | None, float | None]]:
    return {
        state: (figure("kefu_refunds_in_flight", state=state), figure("kefu_refunds_in_flight_oldest_age_seconds", state=state))
        for state in ("awaiting-approval", "requested", "unanswered")
    }
