"""Advice on real orders: asked, waited for, continued by itself, accepted (ORD-5, ORD-6, ORD-7, ORD-9)."""

from datetime import timedelta

import pytest

from services.orders.domain.advice import StateUnknownToRule
from services.orders.domain.wishes import AdviceChanged, AdviceWaits, NothingToCarryOut
from services.orders.repository.orders import UnknownOrder
from services.orders.usecases.accepting import DecisionMissing
from services.orders.usecases.advising import AnswerNotUsable
from shared.errors import BusinessError
from tests.services.orders.builders import DAY, HOUR, cancelled, dispatched, money, paid, placed, tracked
from tests.services.orders.desk import CANCEL, Desk, change, dues, parcel, sold
from tests.services.orders.shop import Shop

TO_US = {"country": "US", "region": "CA", "postal_code": "90001", "city": "Los Angeles", "phone": "+12133734253"}
BOUGHT = {"bought_on": "2026-03-02", "cost": money("9.00")}


async def test_asking_changes_nothing_of_the_order_and_says_nothing(shop: Shop, desk: Desk) -> None:
    await shop.tells(placed(customer_note="Ring twice"), paid())
    before, said, steps = await shop.order(), await shop.names(), await shop.steps()

    first, again = await desk.asks(CANCEL), await desk.asks(CANCEL)

    assert (first.action, str(first.refund), first.policy_version) == ("full-refund", "29.00 USD", 0)
    assert first == again
    assert (await shop.order(), await shop.names(), await shop.steps()) == (before, said, steps)
    assert (await desk.told(), await desk.tasks()) == ([], [])


async def test_an_order_nobody_placed_has_no_advice_and_one_that_is_cancelled_none_any_more(shop: Shop, desk: Desk) -> None:
    await shop.tells(paid())
    with pytest.raises(UnknownOrder):
        await desk.asks(CANCEL)

    await shop.tells(placed(), cancelled())
    for wish in (CANCEL, change("MUG-BLUE"), parcel()):
        with pytest.raises(StateUnknownToRule, match="cancelled"):
            await desk.asks(wish)


async def test_purchasing_is_asked_once_and_its_answer_goes_on_by_itself(shop: Shop, desk: Desk) -> None:
    await sold(shop)
    waiting, again = await desk.asks(CANCEL), await desk.asks(CANCEL)
    assert waiting == again
    assert waiting.action == "ask-purchasing"
    assert waiting.waits_until == shop.clock() + DAY
    with pytest.raises(AdviceWaits, match="purchasing has not answered"):
        await desk.accepts(CANCEL)

    await desk.answer("purchase-cost", **BOUGHT)

    newest, oldest = await desk.given()
    assert (oldest, newest.action, newest.given_by) == (waiting, "withhold-loss", "auto")
    assert (str(newest.withheld), str(newest.refund)) == ("9.00 USD", "21.00 USD")
    assert await desk.tasks() == [("purchase-cost", "10001", "answered")]
    assert await desk.told() == [("advice-withhold-loss", newest.reply["zh-CN"])]
    assert await desk.asks(CANCEL) == newest


async def test_where_nothing_was_bought_all_is_due_back(shop: Shop, desk: Desk) -> None:
    await sold(shop)
    await desk.asks(CANCEL)
    await desk.answer("purchase-cost")

    order = await desk.accepts(CANCEL)

    said = (await shop.said())[-1]
    assert (order.status, said["type"], dues(said)) == ("cancelled", "order-closed", [("refund", "30.00")])
    assert ("cancelled", "li", "the customer said so") in await shop.steps()
    assert [each.outcome for each in await desk.given()] == ["accepted", None]
    with pytest.raises(StateUnknownToRule):
        await desk.accepts(CANCEL)


@pytest.mark.parametrize(("agreed", "status", "due"), [(True, "cancelled", [("refund", "21.00")]), (False, "confirmed", [])])
async def test_a_loss_is_withheld_with_the_customers_consent_or_the_order_ships_as_it_is(
    shop: Shop,
    desk: Desk,
    agreed: bool,  # noqa: FBT001
    status: str,
    due: list[tuple[str, str]],
) -> None:
    await sold(shop)
    await desk.asks(CANCEL)
    await desk.answer("purchase-cost", **BOUGHT)
    with pytest.raises(DecisionMissing) as missing:
        await desk.accepts(CANCEL)
    assert [problem.field for problem in missing.value.fields] == ["agreed"]

    order = await desk.accepts(CANCEL, agreed=agreed)

    assert (order.status, dues((await shop.said())[-1])) == (status, due)
    assert (await shop.steps())[3 if agreed else -1][0] == ("cancelled" if agreed else "kept-as-ordered")
    if not agreed:
        assert (await desk.asks(CANCEL)).action == "withhold-loss"
        assert (await desk.accepts(CANCEL, agreed=True)).status == "cancelled"


async def test_the_cost_must_be_in_the_currency_of_the_order(shop: Shop, desk: Desk) -> None:
    await sold(shop)
    await desk.asks(CANCEL)

    with pytest.raises(AnswerNotUsable) as refused:
        await desk.answer("purchase-cost", bought_on="2026-03-02", cost=money("9.00", "EUR"))

    assert [problem.field for problem in refused.value.fields] == ["answer.cost"]
    assert await desk.tasks() == [("purchase-cost", "10001", "open")]


async def test_an_answer_that_comes_when_the_order_is_over_is_kept_and_told_to_nobody(shop: Shop, desk: Desk) -> None:
    await sold(shop)
    await desk.asks(CANCEL)
    await shop.tells(cancelled())

    await desk.answer("purchase-cost", **BOUGHT)

    assert len(await desk.given()) == 1
    assert await desk.told() == []


async def test_what_the_rules_advise_by_now_is_named_where_it_is_another(shop: Shop, desk: Desk) -> None:
    await shop.tells(placed(customer_note="Ring twice"), paid())
    await desk.asks(CANCEL)
    await shop.tells(dispatched())
    with pytest.raises(AdviceChanged, match="the advice is cannot-cancel by now"):
        await desk.accepts(CANCEL)

    assert (await desk.asks(CANCEL)).action == "cannot-cancel"
    with pytest.raises(NothingToCarryOut):
        await desk.accepts(CANCEL)


async def late(shop: Shop, desk: Desk, *, stock: int) -> None:
    await sold(shop)
    await shop.lists("MUG-RED", "12.50", stock=stock, after=HOUR)
    shop.clock.passes(6 * DAY)


async def test_the_warehouse_tells_a_late_orders_customer_why_and_when(shop: Shop, desk: Desk) -> None:
    await late(shop, desk, stock=50)
    assert (await desk.asks(parcel())).action == "ask-warehouse"

    await desk.answer("dispatch-late", why="the packing machine broke", dispatched_on="2026-03-12")

    assert [each.action for each in await desk.given()] == ["tell-delay", "ask-warehouse"]
    (told,) = await desk.told()
    assert told[0] == "advice-tell-delay"
    assert "the packing machine broke" in told[1]
    assert await desk.tasks() == [("dispatch-late", "10001", "answered")]


async def test_advice_waits_for_what_the_watch_has_asked_already_and_the_customer_is_told_once(shop: Shop, desk: Desk) -> None:
    await sold(shop)
    await shop.passes(6 * DAY)
    await shop.passes(HOUR)
    (asked,) = await desk.tasks()
    assert asked == ("dispatch-late", "10001", "open")

    assert (await desk.asks(parcel())).action == "ask-warehouse"
    await desk.answer("dispatch-late", why="the packing machine broke", dispatched_on="2026-03-12")

    assert await desk.tasks() == [("dispatch-late", "10001", "answered")]
    assert [template for template, _ in await desk.told()] == ["order-late", "advice-tell-delay"]


async def test_what_the_watch_was_told_is_known_to_whoever_asks_later(shop: Shop, desk: Desk) -> None:
    await sold(shop)
    await shop.passes(6 * DAY)
    await shop.passes(HOUR)
    await desk.answer("dispatch-late", why="the packing machine broke", dispatched_on="2026-03-12")

    assert (await desk.asks(parcel())).action == "tell-delay"
    assert [template for template, _ in await desk.told()] == ["order-late", "dispatch-expected"]


async def test_a_day_that_has_passed_is_no_answer(shop: Shop, desk: Desk) -> None:
    await late(shop, desk, stock=0)
    await desk.asks(parcel())

    with pytest.raises(AnswerNotUsable):
        await desk.answer("goods-late", expected_on="2026-03-07")


async def test_goods_that_are_not_in_are_refunded_or_exchanged(shop: Shop, desk: Desk) -> None:
    await late(shop, desk, stock=0)
    assert (await desk.asks(parcel())).action == "ask-when-goods-come"
    await desk.answer("goods-late", expected_on="2026-03-20")
    assert (await desk.given())[0].choices == ("exchange", "refund")
    refusals: list[tuple[str | None, type[BusinessError]]] = [
        (None, DecisionMissing),
        ("reship", DecisionMissing),
        ("exchange", NothingToCarryOut),
    ]
    for choice, refusal in refusals:
        with pytest.raises(refusal):
            await desk.accepts(parcel(), choice=choice)

    order = await desk.accepts(parcel(), choice="refund")

    assert (order.status, dues((await shop.said())[-1])) == ("cancelled", [("refund", "30.00")])


async def silent(shop: Shop) -> None:
    await shop.tells(placed(address=TO_US), paid(), dispatched(), tracked())
    shop.clock.passes(18 * DAY)


async def test_the_forwarder_traces_a_parcel_that_went_silent(shop: Shop, desk: Desk) -> None:
    await silent(shop)
    waiting = await desk.asks(parcel())
    assert (waiting.action, waiting.waits_until) == ("ask-forwarder", shop.clock() + 5 * DAY)
    assert await desk.tasks() == [("parcel-silent", "10001/s-1", "open")]

    await desk.answer("parcel-silent", outcome="on-its-way", note="with the customs", expected_on="2026-03-25")

    assert (await desk.asks(parcel())).action == "tell-forwarder"
    with pytest.raises(NothingToCarryOut):
        await desk.accepts(parcel())
    shop.clock.passes(7 * DAY)
    assert (await desk.asks(parcel())).action == "ask-forwarder"
    assert [state for *_, state in await desk.tasks()] == ["answered", "open"]


@pytest.mark.parametrize(
    ("choice", "due", "asked"),
    [("refund", [("refund", "29.00")], []), ("reship", [], [("reship", "10001/s-1", "open")])],
)
async def test_a_lost_parcel_is_sent_again_or_refunded_once(
    shop: Shop, desk: Desk, choice: str, due: list[tuple[str, str]], asked: list[tuple[str, str, str]]
) -> None:
    await silent(shop)
    await desk.asks(parcel())
    await desk.answer("parcel-silent", outcome="lost")
    assert [template for template, _ in await desk.told()] == ["parcel-lost"]

    await desk.accepts(parcel(), choice=choice)

    order = await shop.order()
    assert [(each.direction, str(each.amount.amount)) for each in order.dues] == due
    assert (await desk.tasks())[2:] == asked
    assert order.status == "shipped"
    with pytest.raises(BusinessError) as again:
        await desk.accepts(parcel(), choice=choice)
    assert again.value.status == 409


async def test_a_policy_holds_from_the_next_advice_on(shop: Shop, desk: Desk) -> None:
    await sold(shop)
    shop.clock.passes(timedelta(days=4))
    assert (await desk.asks(parcel())).policy_version == 0

    await shop.sets(young_order_days=3)

    later = await desk.asks(parcel())
    assert (later.action, later.policy_version) == ("ask-warehouse", 1)
