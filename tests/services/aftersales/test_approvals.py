"""AFS-6: nobody alone where it is much; nobody approves what they decided."""

import asyncio

import pytest

from services.aftersales.domain.refunds import ApprovedAlready, ApprovesOwnDecision, IllegalRefundStep, PayeeMissing
from shared.auth import Role
from shared.events import examples
from tests.services.aftersales.desk import FINANCE, PAYEE, SUPERVISOR, Desk, due, order, payment, person, refused


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


async def test_a_due_without_a_way_back_is_requested_once_a_supervisor_names_the_payee(desk: Desk) -> None:
    await desk.hears(order(payment(method="bank-transfer"), dues=[due()], status="cancelled"))
    (refund,) = await desk.all_refunds()

    with pytest.raises(PayeeMissing):
        await desk.approve(refund)
    await desk.approve(refund, payee=PAYEE)

    (event,) = await desk.said("refunds")
    assert (event["payee"]["account"], event["decided_by"], event["version"]) == ("6222", ["auto", "sup-1"], 2)


async def test_a_customer_hears_that_her_refund_was_denied_and_her_case_goes_on(desk: Desk) -> None:
    await desk.hears(order(payment("900.00"), customer=examples.CUSTOMER | {"language": "en"}))
    case = await desk.case()
    await desk.act("diagnose", case, cause="product", finding="broken")
    await desk.act("propose", case, action="refund", text="500 back", amount=None)
    await desk.act("move", case, target="agreed")
    refund = await desk.ask(case, "500.00")

    await desk.deny(refund)

    message = (await desk.said("customer-messages"))[-1]
    assert (message["template"], message["about"], "$500.00 was not approved" in message["text"]) == (
        "refund-denied",
        {"kind": "refund", "id": str(refund.refund_id)},
        True,
    )
    assert (await desk.show(case)).status == "following-up"
    assert await desk.said("refunds") == []


async def test_a_person_with_both_roles_gives_one_approval(desk: Desk) -> None:
    both = person("both", Role.SUPERVISOR, Role.FINANCE)
    await desk.hears(order(payment("9000.00")))
    refund = await desk.ask(await desk.case(), "3000.00")

    await desk.approve(refund, both)

    assert await refused(desk.approve(refund, both)) == "ApprovedAlready"
    assert (await desk.approve(refund, FINANCE)).status == "requested"


async def test_an_approval_changes_no_payee(desk: Desk) -> None:
    await desk.hears(order(payment("900.00", method="bank-transfer")))
    named = await desk.ask(await desk.case(), "300.00", payee=PAYEE)

    assert await refused(desk.approve(named, payee=PAYEE.model_copy(update={"account": "9999"}))) == "PayeeNotWanted"
    assert (await desk.approve(named, payee=PAYEE)).status == "requested"
