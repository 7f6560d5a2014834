"""Where cases come from (AFS-1), what is promised (AFS-8) and how they close (AFS-7, AFS-10)."""

import asyncio
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.aftersales.domain.cases import CaseIncomplete, IllegalCaseStep
from services.aftersales.repository.orders import OrderNotKnownYet
from services.aftersales.usecases.handling import CaseTaken
from services.aftersales.usecases.intake import UnknownLine
from shared.auth import Role
from shared.errors import Conflict
from shared.events.orders import OrderClosed, OrderHeld, ShipmentLost
from shared.messaging.intake import Result
from tests.services.aftersales.desk import AGENT, SUPERVISOR, Desk, due, order, payment, person, survey, told

DAY = timedelta(days=1)
CANCELLED: dict[str, Any] = {"status": "cancelled", "kind": OrderClosed, "version": 3}


async def test_a_second_report_of_the_same_joins_the_open_case(desk: Desk) -> None:
    await desk.hears(order())

    first, is_new = await desk.report(line_id="1")
    again, joined = await desk.report(line_id="1", description="Still broken")
    _, is_other = await desk.report(line_id="1", type="delay")

    assert (is_new, joined, is_other) == (True, False, True)
    assert (again.case_id, again.reports, again.description) == (first.case_id, 2, "It came broken")
    assert await desk.steps(first) == ["opened", "reported-again"]
    assert len(await desk.said("cases")) == 2


async def test_reports_at_once_open_one_case(desk: Desk) -> None:
    told_at_once = [desk.report(type="service", order_id=None, customer_id="c-81") for _ in range(10)]

    answers = await asyncio.gather(*told_at_once)

    assert [is_new for _, is_new in answers].count(True) == 1
    (case,) = await desk.all_cases()
    assert case.reports == 10


async def test_a_report_of_an_unknown_order_or_line_is_refused(desk: Desk) -> None:
    with pytest.raises(OrderNotKnownYet):
        await desk.report()
    await desk.hears(order())
    with pytest.raises(UnknownLine):
        await desk.report(line_id="2")


async def test_a_cancelled_order_that_was_paid_opens_one_case_and_one_refund_per_due(desk: Desk) -> None:
    closed = order(payment("20.00"), payment("9.00", "pay-2"), dues=[due("20.00"), due("9.00", 2)], **CANCELLED)

    await desk.hears(order(payment("20.00")), closed)
    await desk.hears(order(payment("20.00"), payment("9.00", "pay-2"), dues=[due("20.00"), due("9.00", 2)], version=4, status="cancelled"))

    (case,) = await desk.all_cases()
    asked = await desk.all_refunds()
    assert case.type == "cancellation"
    assert sorted(str(refund.money) for refund in asked) == ["20.00 USD", "9.00 USD"]
    assert [event["event"] for event in await desk.said("refunds")] == ["refund-requested"] * 2


async def test_a_due_of_an_order_that_goes_on_is_a_price_difference(desk: Desk) -> None:
    await desk.hears(order(dues=[due("4.00")], status="confirmed"))

    assert [case.type for case in await desk.all_cases()] == ["price-difference"]
    assert [refund.kind for refund in await desk.all_refunds()] == ["price-difference"]


async def test_of_a_due_only_what_is_not_on_its_way_back_is_asked_for(desk: Desk) -> None:
    await desk.hears(order())
    await desk.ask(await desk.case(), "10.00")

    await desk.hears(order(dues=[due("29.00")], **CANCELLED))

    assert sorted(str(refund.money) for refund in await desk.all_refunds()) == ["10.00 USD", "19.00 USD"]


async def test_a_due_without_a_way_back_waits_for_a_supervisor_who_knows_the_payee(desk: Desk) -> None:
    await desk.hears(order(payment(method="bank-transfer"), dues=[due()], **CANCELLED))

    (refund,) = await desk.all_refunds()
    assert (refund.status, refund.approvals_needed, await desk.said("refunds")) == ("awaiting-approval", ["supervisor"], [])


@pytest.mark.parametrize("at_once", [1, 2, 4])
async def test_orders_are_known_the_same_in_any_order_of_arrival_and_however_often(desk: Desk, at_once: int) -> None:
    events = [
        order(kind=OrderHeld, version=1, status="held"),
        order(version=2, status="confirmed"),
        order(dues=[due()], **CANCELLED),
    ]

    for way in permutations(events):
        heard = [*way, way[0]]
        for start in range(0, len(heard), at_once):
            await desk.hears(*heard[start : start + at_once])
        assert (await desk.scalar("select status from orders"), len(await desk.all_refunds())) == ("cancelled", 1)
        await desk.forgets()


async def test_an_order_that_tells_of_less_paid_than_went_back_is_set_aside_alone(desk: Desk) -> None:
    await desk.hears(order(payment("29.00")))
    await desk.ask(await desk.case(), "20.00")

    assert await desk.receives(order(payment("10.00"), version=2), "less", "/kefu/orders") is Result.SET_ASIDE
    assert await desk.scalar("select paid from order_money") == 29


async def test_many_orders_told_at_once_are_each_acted_on_for_themselves(desk: Desk) -> None:
    cancelled = [order(order_id=f"c-{number}", dues=[due(number=number)], **CANCELLED) for number in range(3)]
    others = [order(order_id=f"o-{number}") for number in range(3)]

    await desk.hears(*others, told(ShipmentLost, order_id="o-1"), *cancelled, told(ShipmentLost, order_id="never-told"))

    assert sorted((case.type, case.order_id) for case in await desk.all_cases()) == [
        ("cancellation", "c-0"), ("cancellation", "c-1"), ("cancellation", "c-2"), ("lost", "o-1"),
    ]  # fmt: skip
    assert sorted(refund.order_id for refund in await desk.all_refunds()) == ["c-0", "c-1", "c-2"]
    assert await desk.scalar("select count(*) from order_money where paid = 29") == 6


@pytest.mark.parametrize("late", [True, False])
async def test_a_lost_parcel_opens_a_case_once_its_order_is_known(desk: Desk, *, late: bool) -> None:
    lost = told(ShipmentLost)

    await desk.hears(*([lost, order()] if late else [order(), lost]))
    await desk.hears(lost, order(version=2))

    (case,) = await desk.all_cases()
    assert (case.type, case.order_id, case.reports) == ("lost", "10001", 1)


async def test_a_dissatisfied_customer_gets_a_service_case_and_joins_her_open_one(desk: Desk) -> None:
    await desk.hears(survey(), survey(satisfied=None, callback_wanted=True), survey(satisfied=True, callback_wanted=False))

    (case,) = await desk.all_cases()
    assert (case.type, case.order_id, case.customer_id, case.reports) == ("service", "10001", "c-81", 2)


async def test_a_survey_joins_the_service_case_she_has_about_an_order(desk: Desk) -> None:
    await desk.hears(order())
    about_her_order = await desk.case("service")

    await desk.hears(survey(order_id=None), survey(order_id="10002"))

    (case,) = await desk.all_cases()
    assert (case.case_id, case.reports, case.order_id) == (about_her_order.case_id, 3, "10001")


async def test_a_service_case_is_about_the_first_order_a_survey_names(desk: Desk) -> None:
    await desk.hears(survey(order_id=None), survey(order_id="10001"), survey(order_id="10002"))

    (case,) = await desk.all_cases()
    assert (case.order_id, case.reports) == ("10001", 3)


async def test_the_same_survey_again_changes_nothing(desk: Desk) -> None:
    results = [await desk.receives(survey(), "s-1", "/kefu/survey") for _ in range(2)]

    assert results == [Result.TAKEN, Result.REPEATED]
    assert [case.reports for case in await desk.all_cases()] == [1]


async def test_of_two_who_take_a_case_at_once_one_wins_and_a_supervisor_takes_it_over(desk: Desk) -> None:
    await desk.hears(order())
    case = await desk.case()

    answers = await asyncio.gather(
        *(desk.act("take", case, by=person(f"a-{number}", Role.AGENT)) for number in range(2)), return_exceptions=True
    )
    taken_over = await desk.act("take", case, by=SUPERVISOR)

    assert sorted(type(answer).__name__ for answer in answers) == ["CaseRow", "CaseTaken"]
    assert issubclass(CaseTaken, Conflict)
    assert taken_over.agent_id == "sup-1"


async def test_a_refused_proposal_leads_back_to_the_diagnosis(desk: Desk) -> None:
    await desk.hears(order())
    case = await desk.case()
    with pytest.raises(IllegalCaseStep):
        await desk.act("refuse", case)
    await desk.act("move", case, target="evidence-requested")
    await desk.act("diagnose", case, cause="product", finding="Broken in transit")
    await desk.act("propose", case, action="voucher", text="5 off next time", amount=None)

    proposed = (await desk.said("customer-messages"))[-1]
    refused = await desk.act("refuse", case)

    assert (proposed["template"], proposed["text"], proposed["about"]["kind"]) == (None, "5 off next time", "case")
    assert refused.status == "diagnosed"
    assert await desk.steps(case) == ["opened", "evidence-requested", "diagnosed", "proposed", "refused"]


async def test_a_case_closes_when_nothing_is_missing_and_says_so(desk: Desk) -> None:
    await desk.hears(order())
    case = await desk.case()
    refund = await desk.ask(case, "10.00")
    with pytest.raises(CaseIncomplete) as incomplete:
        await desk.act("close", case, outcome="refunded", cause=None, reply=None)
    await desk.act("take", case)
    await desk.act("diagnose", case, cause="product", finding="Broken in transit")
    await desk.finance("refund-settled", refund, "settled")

    closed = await desk.act("close", case, outcome="refunded", cause=None, reply="Your money is back.")

    assert [problem.field for problem in incomplete.value.fields] == ["asked", "followed", "answered", "recorded"]
    event = (await desk.said("cases"))[-1]
    assert (event["event"], event["outcome"], event["cause"], event["agent_id"]) == ("case-closed", "refunded", "product", AGENT.sub)
    assert (event["version"], (await desk.templates())[-1]) == (closed.version, "case-closed")
    assert (await desk.report())[0].case_id != case.case_id


async def test_a_promised_reply_lets_a_case_close_with_a_refund_open(desk: Desk) -> None:
    await desk.hears(order())
    case = await desk.case()
    await desk.ask(case, "10.00")
    await desk.act("diagnose", case, cause="product", finding="Broken in transit")
    await desk.act("promise", case, next_reply_at=desk.clock() + DAY)

    assert (await desk.act("close", case, outcome="refund", cause=None, reply="Soon")).status == "closed"


async def test_a_proposal_is_the_reply_that_was_promised_and_the_next_one_is_due_anew(desk: Desk) -> None:
    await desk.hears(order())
    case = await desk.case()
    await desk.act("diagnose", case, cause="product", finding="Broken in transit")
    await desk.passes(DAY - timedelta(seconds=1))
    await desk.act("propose", case, action="voucher", text="5 off next time", amount=None)

    await desk.passes(DAY - timedelta(seconds=1))
    before = (await desk.show(case)).escalated_to
    await desk.passes(timedelta(seconds=1))

    assert (before, (await desk.show(case)).escalated_to) == (None, "supervisor")


async def test_a_missed_reply_escalates_step_by_step_and_a_new_promise_starts_anew(desk: Desk) -> None:
    await desk.hears(order())
    case = await desk.case()

    await desk.passes(DAY - timedelta(seconds=1))
    before = (await desk.show(case)).escalated_to
    await desk.passes(timedelta(seconds=1))
    first = (await desk.show(case)).escalated_to
    await desk.passes(timedelta(hours=4))
    second = (await desk.show(case)).escalated_to
    await desk.act("promise", case, next_reply_at=desk.clock() + DAY)
    promised = (await desk.show(case)).escalated_to
    await desk.passes(DAY)
    await desk.passes(timedelta(hours=8))

    assert (before, first, second, promised) == (None, "supervisor", "admin", None)
    assert await desk.steps(case) == ["opened", "escalated", "escalated", "promised", "escalated", "escalated"]
