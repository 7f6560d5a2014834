"""Any sequence of asks, approvals, denials and answers keeps the sum (AFS-6)."""

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.aftersales.domain.refunds import HOLDING
from shared.errors import BusinessError
from tests.services.aftersales.desk import FINANCE, SUPERVISOR, Desk, order, payment

ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "ask", "supervisor", "finance", "deny", "refund-settled", "refund-rejected", "for-now", "for-good"]),
        st.integers(0, 5),
        st.sampled_from(["1.00", "199.99", "200.01", "1500.00", "2500.00"]),
    ),
    max_size=15,
)


@given(actions=ACTIONS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_what_goes_back_is_never_more_than_was_paid_and_is_asked_once(desk: Desk, actions: list[tuple[str, int, str]]) -> None:
    await desk.forgets()
    await desk.hears(order(payment("2000.00"), payment("1000.00", "pay-2")))
    case = await desk.case()

    for number, (action, which, amount) in enumerate(actions):
        await attempt(desk, case, action, which, amount, f"e-{number}")

    refunds = await desk.all_refunds()
    held = sum((refund.amount for refund in refunds if refund.status in HOLDING), Decimal(0))
    assert held == await desk.scalar("select returned from order_money") <= 3000
    requested = [event["refund_id"] for event in await desk.said("refunds") if event["event"] == "refund-requested"]
    assert sorted(requested) == sorted(str(refund.refund_id) for refund in refunds if refund.requested_at)


async def attempt(desk: Desk, case: object, action: str, which: int, amount: str, event_id: str) -> None:
    refunds = await desk.all_refunds()
    try:
        if action == "ask":
            await desk.ask(case, amount)  # type: ignore[arg-type]
            return
        if not refunds:
            return
        refund = refunds[which % len(refunds)]
        match action:
            case "supervisor" | "finance":
                await desk.approve(refund, SUPERVISOR if action == "supervisor" else FINANCE)
            case "deny":
                await desk.deny(refund)
            case "for-now" | "for-good":
                await desk.finance("refund-failed", refund, event_id, retryable=action == "for-now")
            case _:
                await desk.finance(action, refund, event_id)
    except BusinessError:
        return
