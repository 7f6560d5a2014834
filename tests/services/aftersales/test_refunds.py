"""AFS-6: never paid twice, and never more than was paid."""

import asyncio

import pytest
from sqlalchemy.exc import IntegrityError

from services.aftersales.domain.cases import IllegalCaseStep
from services.aftersales.domain.refunds import PayeeMissing, RefundExceedsPaid
from services.aftersales.usecases.refunding import CaseWithoutOrder
from shared.auth import Role
from shared.errors import Unprocessable
from tests.services.aftersales.desk import AGENT, PAYEE, Desk, order, payment, person, refused


async def test_up_to_the_agents_limit_a_refund_is_requested_at_once_and_the_customer_is_told(desk: Desk) -> None:
    await desk.hears(order(payment("300.00")))
    case = await desk.case()

    refund = await desk.ask(case, "200.00")

    (event,) = await desk.said("refunds")
    assert (refund.status, event["event"], event["decided_by"], event["version"]) == ("requested", "refund-requested", ["agent-1"], 1)
    assert event["settle_by"] == "2026-03-05T10:00:00Z"
    assert await desk.templates() == ["case-received", "refund-requested"]


async def test_what_cannot_be_asked_for_is_refused(desk: Desk) -> None:
    await desk.hears(order(payment("29.00")))
    case = await desk.case()
    service = await desk.case("service", order_id=None, customer_id="c-81")

    with pytest.raises(RefundExceedsPaid):
        await desk.ask(case, "29.01")
    with pytest.raises(RefundExceedsPaid):
        await desk.ask(case, "1.00", currency="EUR")
    with pytest.raises(CaseWithoutOrder):
        await desk.ask(service, "1.00")
    with pytest.raises(Unprocessable):
        await desk.ask(case, "0.00")
    await desk.act("diagnose", case, cause="product", finding="broken")
    await desk.act("close", case, outcome="explained", cause=None, reply="We are sorry")
    with pytest.raises(IllegalCaseStep):
        await desk.ask(case, "1.00")


@pytest.mark.parametrize("method", ["bank-transfer", "cash-on-delivery"])
async def test_a_payment_without_a_way_back_needs_a_payee(desk: Desk, method: str) -> None:
    await desk.hears(order(payment(method=method)))
    case = await desk.case()

    with pytest.raises(PayeeMissing):
        await desk.ask(case)
    await desk.ask(case, payee=PAYEE)

    assert (await desk.said("refunds"))[0]["payee"]["account"] == "6222"


async def test_a_refund_goes_to_the_first_payment_with_enough_left_else_to_the_largest(desk: Desk) -> None:
    await desk.hears(order(payment("10.00", "a-small"), payment("19.00", "b-large")))
    case = await desk.case()

    chosen = [(await desk.ask(case, amount)).payment_id for amount in ("8.00", "8.00", "12.00")]

    assert chosen == ["a-small", "b-large", "b-large"]


async def test_fifty_who_ask_at_once_never_get_more_than_was_paid(desk: Desk) -> None:
    await desk.hears(order(payment("100.00")))
    asking = [await desk.case("quality"), await desk.case("delay", line_id="1"), await desk.case("other")]

    connections = asyncio.Semaphore(10)  # as many as the pool has: waiting for one ends with 503 sooner than for a lock

    async def ask(number: int) -> str | None:
        async with connections:
            return await refused(desk.ask(asking[number % 3], "7.00", by=person(f"a-{number}", Role.AGENT)))

    answers = await asyncio.gather(*(ask(number) for number in range(50)))

    assert answers.count(None) == 14
    assert set(answers) == {None, "RefundExceedsPaid"}
    assert await desk.scalar("select returned from order_money") == 98
    assert len(await desk.said("refunds")) == 14


async def test_the_database_itself_refuses_more_than_was_paid(desk: Desk) -> None:
    await desk.hears(order(payment("29.00")))

    with pytest.raises(IntegrityError, match="never_more_than_paid"):
        await desk.scalar("update order_money set returned = 29.01 returning returned")


async def test_an_agent_named_as_asker_is_the_one_of_the_token(desk: Desk) -> None:
    await desk.hears(order(payment("29.00")))

    refund = await desk.ask(await desk.case(), by=AGENT)

    assert refund.asked_by == AGENT.sub


async def test_money_goes_back_the_way_it_came_and_to_no_other_account(desk: Desk) -> None:
    await desk.hears(order(payment(method="card")))

    assert await refused(desk.ask(await desk.case(), payee=PAYEE)) == "PayeeNotWanted"
