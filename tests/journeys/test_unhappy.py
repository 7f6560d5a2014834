"""Finance says no (AFS-6); and a customer who is not satisfied is heard, but not asked again so soon (SVY-2, SVY-5)."""

import pytest

from deploy.local.listening import Heard, Json
from deploy.local.simulator.kefu import Refused
from deploy.local.simulator.orders import money
from deploy.local.story.play import MUG, SHIPPING, Customer
from tests.journeys.customer import SOON, Story
from tests.journeys.four_services import FourServices

pytestmark = pytest.mark.timeout(240)
PAID = money(2 * MUG.price + SHIPPING)
BEFORE_THE_REFUND = ("opens", "orders", "receives", "reports", "is_offered_half", "is_owed")


async def test_a_customer_whose_refund_finance_rejects_is_told_is_paid_nothing_and_may_get_all_of_it_later(story: Story) -> None:
    await story.plays(*BEFORE_THE_REFUND)
    rejected = story.play.refund["refund_id"]

    await story.finance_says("refund-rejected", reason="The payment was charged back")
    closed = await story.ear.hears("refund-closed", within=SOON)
    told = await story.ear.hears("customer-message", within=SOON, where=lambda event: event.text("template") == "refund-rejected")

    refund = await of(story, f"/refunds/{rejected}")
    case = await of(story, story.play.case)
    assert (closed.text("refund_id"), closed.text("outcome")) == (rejected, "rejected")
    assert told.part("about") == {"kind": "refund", "id": rejected}
    assert (refund["status"], refund["settled_at"], refund["reference"]) == ("rejected", None, None)
    assert (case["status"], case["outcome"], case["closed_at"]) == ("following-up", None, None)
    assert not [event for event in story.heard if event.name == "refund-settled"]

    # nothing was paid, so nothing is missing from what may go back
    again = await act(story, f"{story.play.case}/refunds", {"amount": PAID, "kind": "full", "reason": "By another way"})
    asked = await story.ear.hears("refund-requested", within=SOON)
    assert (asked.text("refund_id"), asked.content["amount"]) == (again["refund_id"], PAID)
    story.ear.knows(str(again["refund_id"]))
    story.play.refund = asked.content
    await story.plays("is_paid_back", "is_done")
    settled = await of(story, f"/refunds/{again['refund_id']}")
    assert (settled["status"], settled["amount"]) == ("settled", PAID)
    assert (await of(story, f"/refunds/{rejected}"))["status"] == "rejected"


async def test_a_dissatisfied_customer_gets_her_money_and_no_second_survey_within_14_days(
    four_services: FourServices, story: Story
) -> None:
    clocks: Json = {"values": {"delivery_delay_minutes": 0, "case_delay_minutes": 0}, "reason": "a short story"}
    await story.plays("opens")
    await story.kefu.do("survey", "/policies", clocks, by=story.kefu.token("admin"), method="PUT")
    await story.plays("orders", "receives", "answers", "is_called")
    await story.plays("is_offered_half", "is_owed", "is_paid_back", "is_done")
    await four_services.hears_all("survey", "cases")

    # an occasion that came later is asked about: by then it is decided what becomes of the closed case
    await another_customer_is_asked(story)

    case = await of(story, story.play.case)
    refund = await of(story, f"/refunds/{story.play.refund['refund_id']}")
    surveys = await story.listed("survey", "/surveys", customer_id=story.customer.customer_id)
    about = {"kind": "delivery", "id": story.play.order.order_id}
    assert (case["type"], case["status"], case["outcome"], refund["status"]) == ("service", "closed", "refunded", "settled")
    assert [(each["status"], each["satisfied"], each["occasion"]) for each in surveys] == [("answered", False, about)]
    assert story.told().count("survey-invitation") == 1
    visit: Json = {"occasion_id": "visit-1", "customer_id": story.customer.customer_id}
    with pytest.raises(Refused, match="asked too lately"):
        await story.kefu.do("survey", "/surveys", visit, by=story.cast.agent)


async def another_customer_is_asked(story: Story) -> None:
    """About a conversation that ended, which is asked about at once."""
    other = Customer(str(int(story.customer.number) + 1))
    story.ear.knows(other.customer_id)

    def of_other(event: Heard) -> bool:
        return event.text("customer_id") == other.customer_id

    await story.cast.shop.passes_on(other.customer, "Thank you for the quick answer!", "chat", None)
    received = await story.ear.hears("inquiry-received", within=SOON, where=of_other)
    path = f"/inquiries/{received.text('inquiry_id')}"
    await story.kefu.do("inquiry", f"{path}/take", {"reason": "it is my turn"}, by=story.cast.agent)
    await story.kefu.do("inquiry", f"{path}/close", {"reason": "she only said thanks", "outcome": "resolved"}, by=story.cast.agent)
    await story.ear.hears(
        "customer-message", within=SOON, where=lambda event: of_other(event) and event.text("template") == "survey-invitation"
    )


async def act(story: Story, path: str, body: Json) -> Json:
    return await story.kefu.do("aftersales", path, body, by=story.cast.agent)


async def of(story: Story, path: str) -> Json:
    return await story.kefu.ask("aftersales", path, by=story.cast.agent)
