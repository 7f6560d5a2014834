"""AFS-6: what finance answers or does not, and what the customer hears of it."""

from datetime import timedelta

import pytest

from shared.events import examples
from shared.events.storefront import StoreUpdated
from shared.messaging.intake import Result
from tests.services.aftersales.desk import PAYEE, Desk, order, payment, told

DAY = timedelta(days=1)


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


async def test_an_answer_moves_only_the_refund_it_names_though_another_store_has_the_same_order(desk: Desk) -> None:
    await desk.hears(order(), order(store_id="other"))
    ours = await desk.ask(await desk.case())
    theirs, _ = await desk.report(store_id="other")

    results = [
        await desk.finance("refund-settled", ours, "of another store", refund_id=str(theirs.case_id)),
        await desk.finance("refund-rejected", ours, "ours"),
    ]

    assert results == [Result.SET_ASIDE, Result.TAKEN]
    held = "select string_agg(store_id || ' ' || returned::int, ', ' order by store_id) from order_money"
    assert await desk.scalar(held) == "demo 0, other 0"


async def test_the_customer_is_told_of_every_answer_of_finance(desk: Desk) -> None:
    await desk.hears(order(customer=examples.CUSTOMER | {"language": "en"}))
    case = await desk.case()
    first, second = await desk.ask(case, "10.00"), await desk.ask(case, "5.00")

    await desk.finance("refund-failed", first, "for now", retryable=True)
    await desk.finance("refund-failed", first, "for good", retryable=False)
    await desk.finance("refund-rejected", second, "no")
    third = await desk.ask(case, "10.00")
    await desk.finance("refund-settled", third, "yes")

    heard = [each["template"] for each in await desk.said("customer-messages") if each["about"]["id"] != str(case.case_id)]
    of_first = [each["template"] for each in await desk.said("customer-messages") if each["about"]["id"] == str(first.refund_id)]
    assert sorted(heard) == sorted([*of_first, "refund-requested", "refund-rejected", "refund-requested", "refund-settled"])
    assert of_first == ["refund-requested", "refund-delayed", "refund-failed"]
    assert await desk.steps(first) == ["asked", "failed-for-now", "failed"]


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

    await desk.ask(await desk.case(), payee=PAYEE if method == "bank-transfer" else None)

    assert words in (await desk.said("customer-messages"))[-1]["text"]


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
    assert [task.department for task in await desk.asked("open")] == ["finance", "supervisor"]
    assert [event["event"] for event in await desk.said("refunds")] == ["refund-requested"]
    await desk.finance("refund-settled", refund, "at last")
    assert [task.reason for task in await desk.asked("withdrawn")] == ["Finance answered: refund-settled"] * 2
    assert await desk.scalar("select count(*) from timers where kind = 'task-escalation'") == 0
    assert await desk.steps(refund) == ["asked", "overdue", "escalated", "settled"]


async def test_a_question_to_finance_escalates_while_the_refund_waits_and_is_asked_in_the_stores_language(desk: Desk) -> None:
    await desk.hears(told(StoreUpdated, languages=["zh-CN"], time_zone="UTC"), order(payment("29.00")))
    refund = await desk.ask(await desk.case(), "10.00")

    await desk.passes(2 * DAY)
    (asked,) = await desk.asked("open")
    await desk.passes(5 * DAY)
    finance, supervisor = await desk.asked("open")

    assert (asked.question, asked.about.id) == ("订单 10001 的退款 10.00 USD 尚无答复。退款处理到哪一步了？", str(refund.refund_id))
    assert (asked.escalated_at, finance.escalated_at) == (None, asked.due_at)
    assert (supervisor.asked_at, supervisor.escalated_at, supervisor.due_at) == (asked.due_at, None, asked.due_at + 2 * DAY)


async def test_what_finance_says_of_a_refund_moves_no_money_and_the_supervisor_is_asked_all_the_same(desk: Desk) -> None:
    await desk.hears(order(payment("29.00")))
    refund = await desk.ask(await desk.case(), "10.00")
    await desk.passes(2 * DAY)
    (task,) = await desk.asked("open")

    answered = await desk.answers(task, "Tomorrow")
    await desk.passes(5 * DAY)

    assert (answered.answer, (await desk.show(refund)).status, await desk.scalar("select returned from order_money")) == (
        {"note": "Tomorrow"}, "requested", 10,
    )  # fmt: skip
    assert [task.department for task in await desk.asked("open")] == ["supervisor"]
