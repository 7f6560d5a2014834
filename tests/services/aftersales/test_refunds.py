"""AFS-6: never paid twice, never more than was paid, nobody alone where it is much; and what finance answers."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from services.aftersales.domain.cases import IllegalCaseStep
from services.aftersales.domain.refunds import ApprovedAlready, ApprovesOwnDecision, IllegalRefundStep, PayeeMissing, RefundExceedsPaid
from services.aftersales.usecases.refunding import CaseWithoutOrder
from shared.auth import Role
from shared.errors import BusinessError, Unprocessable
from shared.events import examples
from shared.events.refunds import Payee
from shared.messaging.intake import Result
from tests.services.aftersales.desk import AGENT, FINANCE, SUPERVISOR, Desk, due, order, payment, person

PAYEE = Payee(name="Li Lei", account="6222", bank="ICBC")
DAY = timedelta(days=1)


async def refused(attempt: object) -> str | None:
    """The class of what refused it; None where it was done."""
    try:
        await attempt  # type: ignore[misc]
    except BusinessError as error:
        return type(error).__name__
    return None


async def test_up_to_the_agents_limit_a_refund_is_requested_at_once_and_the_customer_is_told(desk: Desk) -> None:
    await desk.hears(order(payment("300.00")))
    case = await desk.case()

    refund = await desk.ask(case, "200.00")

    (event,) = await desk.said("refunds")
    assert (refund.status, event["event"], event["decided_by"], event["version"]) == ("requested", "refund-requested", ["agent-1"], 1)
    assert event["settle_by"] == "2026-03-05T10:00:00Z"
    assert await desk.templates() == ["case-received", "refund-requested"]


@pytest.mark.parametrize(
    ("amount", "currency", "needed"),
    [
        ("200.00", "USD", []),
        ("200.01", "USD", ["supervisor"]),
        ("2000.00", "USD", ["supervisor"]),
        ("2000.01", "USD", ["supervisor", "finance"]),
        ("1", "XPF", ["supervisor"]),
        ("20000", "JPY", []),
        ("20001", "JPY", ["supervisor"]),
    ],
)
async def test_whose_word_a_refund_takes(desk: Desk, amount: str, currency: str, needed: list[str]) -> None:
    await desk.hears(order(payment("900000", currency=currency) if currency != "USD" else payment("9000.00")))

    refund = await desk.ask(await desk.case(), amount, currency=currency)

    assert refund.approvals_needed == needed
    assert len(await desk.said("refunds")) == (0 if needed else 1)


async def test_above_the_supervisors_limit_two_people_of_two_roles_approve_in_any_order(desk: Desk) -> None:
    await desk.hears(order(payment("9000.00")))
    refund = await desk.ask(await desk.case(), "3000.00")

    first = await desk.approve(refund, FINANCE)
    again = await refused(desk.approve(refund, person("fin-2", Role.FINANCE)))
    second = await desk.approve(refund, SUPERVISOR)

    (event,) = await desk.said("refunds")
    assert (first.status, again, second.status) == ("awaiting-approval", "ApprovedAlready", "requested")
    assert event["decided_by"] == ["agent-1", "fin-1", "sup-1"]
    assert await desk.steps(refund) == ["asked", "approved", "approved"]


async def test_nobody_approves_what_they_decided_and_one_person_is_not_two(desk: Desk) -> None:
    boss = person("boss", Role.ADMIN)
    await desk.hears(order(payment("9000.00")))
    own = await desk.ask(await desk.case(), "3000.00", by=SUPERVISOR)

    with pytest.raises(ApprovesOwnDecision, match="AFS-6"):
        await desk.approve(own, SUPERVISOR)
    await desk.approve(own, boss)
    with pytest.raises(ApprovedAlready, match="AFS-6"):
        await desk.approve(own, boss)


async def test_a_denied_refund_sets_its_amount_free_and_is_over(desk: Desk) -> None:
    await desk.hears(order(payment("900.00")))
    case = await desk.case()
    refund = await desk.ask(case, "900.00")

    assert await refused(desk.ask(case, "0.01")) == "RefundExceedsPaid"
    await desk.deny(refund)

    assert (await desk.ask(case, "100.00")).status == "requested"
    with pytest.raises(IllegalRefundStep):
        await desk.approve(refund)


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

    answers = await asyncio.gather(
        *(refused(desk.ask(asking[number % 3], "7.00", by=person(f"a-{number}", Role.AGENT))) for number in range(50))
    )

    assert answers.count(None) == 14
    assert set(answers) == {None, "RefundExceedsPaid"}
    assert await desk.scalar("select returned from order_money") == 98
    assert len(await desk.said("refunds")) == 14


async def test_the_database_itself_refuses_more_than_was_paid(desk: Desk) -> None:
    await desk.hears(order(payment("29.00")))

    with pytest.raises(IntegrityError, match="never_more_than_paid"):
        await desk.scalar("update order_money set returned = 29.01 returning returned")


async def test_two_who_approve_at_once_request_it_once(desk: Desk) -> None:
    await desk.hears(order(payment("900.00")))
    refund = await desk.ask(await desk.case(), "500.00")

    answers = await asyncio.gather(*(refused(desk.approve(refund, person(f"sup-{number}", Role.SUPERVISOR))) for number in range(2)))

    assert sorted(answers, key=str) == ["IllegalRefundStep", None]
    assert len(await desk.said("refunds")) == 1


async def test_a_supervisor_and_finance_who_approve_at_once_request_it_once(desk: Desk) -> None:
    await desk.hears(order(payment("9000.00")))
    refund = await desk.ask(await desk.case(), "5000.00")

    await asyncio.gather(desk.approve(refund, SUPERVISOR), desk.approve(refund, FINANCE))

    assert len(await desk.said("refunds")) == 1


async def test_finance_settles_and_every_odd_answer_is_set_aside_alone(desk: Desk) -> None:
    await desk.hears(order(payment("29.00")))
    case = await desk.case()
    refund, other = await desk.ask(case, "10.00"), await desk.ask(case, "5.00")

    results = [
        await desk.finance("refund-settled", refund, "other amount", amount={"amount": "9.00", "currency": "USD"}),
        await desk.finance("refund-settled", refund, "other currency", amount={"amount": "10.00", "currency": "EUR"}),
        await desk.finance("refund-failed", refund, "for now", retryable=True),
        await desk.finance("refund-settled", refund, "settled"),
        await desk.finance("refund-settled", refund, "settled"),
        await desk.finance("refund-settled", refund, "settled twice"),
        await desk.finance("refund-failed", refund, "late", retryable=True),
        await desk.finance("refund-rejected", refund, "after all"),
        await desk.finance("refund-settled", refund, "unknown", refund_id="01980a5e-0c00-7000-8000-0000000000ff"),
        await desk.finance("refund-rejected", other, "the other"),
    ]

    aside, taken = Result.SET_ASIDE, Result.TAKEN
    assert results == [aside, aside, taken, taken, Result.REPEATED, aside, aside, aside, aside, taken]
    assert await desk.scalar("select count(*) from parked_keys") == 0
    assert await desk.scalar("select count(*) from dead_letters where kind = 'refused'") == 6
    assert await desk.scalar("select returned from order_money") == 10
    closed = [event for event in await desk.said("refunds") if event["event"] == "refund-closed"]
    assert [(event["outcome"], event["amount"]["amount"]) for event in closed] == [("settled", "10.00"), ("rejected", "5.00")]
    assert (await desk.templates())[-2:] == ["refund-settled", "refund-rejected"]
    assert await desk.steps(refund) == ["asked", "failed-for-now", "settled"]


@pytest.mark.parametrize(
    ("method", "language", "words"),
    [
        ("paypal", "en", "at once"),
        ("alipay", "zh-CN", "即时"),
        ("card", "zh-TW", "20–30 个工作日"),
        ("card", "fr", "20–30 business days"),
        ("bank-transfer", "en", "the account you named"),
    ],
)
async def test_a_customer_hears_in_her_language_when_the_money_is_there(desk: Desk, method: str, language: str, words: str) -> None:
    await desk.hears(order(payment(method=method), customer=examples.CUSTOMER | {"language": language}))

    await desk.ask(await desk.case(), payee=PAYEE)

    assert words in (await desk.said("customer-messages"))[-1]["text"]


async def test_a_due_without_a_way_back_is_requested_once_a_supervisor_names_the_payee(desk: Desk) -> None:
    await desk.hears(order(payment(method="bank-transfer"), dues=[due()], status="cancelled"))
    (refund,) = await desk.all_refunds()

    with pytest.raises(PayeeMissing):
        await desk.approve(refund)
    await desk.approve(refund, payee=PAYEE)

    (event,) = await desk.said("refunds")
    assert (event["payee"]["account"], event["decided_by"], event["version"]) == ("6222", ["auto", "sup-1"], 2)


async def test_an_answer_to_a_refund_that_awaits_approval_is_set_aside(desk: Desk) -> None:
    await desk.hears(order(payment("900.00")))
    refund = await desk.ask(await desk.case(), "500.00")

    assert await desk.finance("refund-settled", refund, "early") is Result.SET_ASIDE
    assert (await desk.show(refund)).status == "awaiting-approval"


async def test_a_final_failure_sets_the_amount_free_for_a_new_refund(desk: Desk) -> None:
    await desk.hears(order(payment("29.00")))
    case = await desk.case()
    refund = await desk.ask(case, "29.00")

    await desk.finance("refund-failed", refund, "failed", retryable=False)

    assert (await desk.ask(case, "29.00")).refund_id != refund.refund_id


async def test_an_agreed_case_goes_on_with_its_refund_and_is_followed_up_when_it_is_settled(desk: Desk) -> None:
    await desk.hears(order(payment("29.00")))
    case = await desk.case()
    await desk.act("diagnose", case, cause="product", finding="broken")
    await desk.act("propose", case, action="refund", text="10 back", amount=None)
    await desk.act("move", case, target="agreed")

    refund = await desk.ask(case, "10.00")
    under_way = (await desk.show(case)).status
    await desk.finance("refund-settled", refund, "settled")

    assert (under_way, (await desk.show(case)).status) == ("in-progress", "following-up")


async def test_a_silent_finance_gets_a_task_and_then_the_supervisor_has_it_and_no_second_event(desk: Desk) -> None:
    await desk.hears(order(payment("29.00")))
    refund = await desk.ask(await desk.case(), "10.00")

    await desk.passes(2 * DAY - timedelta(seconds=1))
    before = (await desk.show(refund)).overdue_at
    await desk.passes(timedelta(seconds=1))
    overdue = await desk.show(refund)
    await desk.passes(4 * DAY)
    still = await desk.show(refund)
    await desk.passes(DAY)
    escalated = await desk.show(refund)

    assert (before, overdue.overdue_at is None, still.escalated_at, escalated.escalated_at is None) == (None, False, None, False)
    assert await desk.scalar("select count(*) from tasks where department = 'finance' and answered_at is null") == 1
    assert [event["event"] for event in await desk.said("refunds")] == ["refund-requested"]
    await desk.finance("refund-settled", refund, "at last")
    assert await desk.scalar("select count(*) from tasks where answered_at is null") == 0
    assert await desk.steps(refund) == ["asked", "overdue", "escalated", "settled"]


async def test_an_agent_named_as_asker_is_the_one_of_the_token(desk: Desk) -> None:
    await desk.hears(order(payment("29.00")))

    refund = await desk.ask(await desk.case(), by=AGENT)

    assert refund.asked_by == AGENT.sub
