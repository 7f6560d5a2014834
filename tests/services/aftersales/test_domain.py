"""The tables of steps, the approvals and what a case needs before it closes, at their boundaries."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from services.aftersales.domain.cases import CaseIncomplete, CaseStatus, Complaint, Escalation, IllegalCaseStep, escalated, must_be_complete
from services.aftersales.domain.policy import AftersalesPolicy, Span
from services.aftersales.domain.refunds import IllegalRefundStep, RefundStatus
from shared.bounds import PolicyOutOfRange
from shared.calendar import BusinessCalendar

NOW = datetime(2026, 3, 6, 10, 0, tzinfo=UTC)  # a Friday
HOUR = timedelta(hours=1)
COMPLETE = Complaint(heard=True, asked=True, answered=True, cause="product", outcome="refunded", open_refunds=0, promised_until=None)
CASE_STEPS = {
    "opened": "evidence-requested diagnosed closed",
    "evidence-requested": "diagnosed closed",
    "diagnosed": "evidence-requested proposed closed",
    "proposed": "agreed diagnosed closed",
    "agreed": "in-progress closed",
    "in-progress": "following-up closed",
    "following-up": "diagnosed closed",
    "closed": "",
}
REFUND_STEPS = {"awaiting-approval": "requested denied", "requested": "settled rejected failed"}


@pytest.mark.parametrize("source", CaseStatus)
@pytest.mark.parametrize("target", CaseStatus)
def test_a_case_goes_where_its_table_says_and_nowhere_else(source: CaseStatus, target: CaseStatus) -> None:
    if target in CASE_STEPS[source].split():
        assert source.to(target) is target
    else:
        with pytest.raises(IllegalCaseStep, match="AFS-10"):
            source.to(target)


@pytest.mark.parametrize("source", RefundStatus)
@pytest.mark.parametrize("target", RefundStatus)
def test_a_refund_goes_where_its_table_says_and_nowhere_else(source: RefundStatus, target: RefundStatus) -> None:
    if target in REFUND_STEPS.get(source, "").split():
        assert source.to(target) is target
    else:
        with pytest.raises(IllegalRefundStep, match="AFS-6"):
            source.to(target)


@pytest.mark.parametrize(
    ("complaint", "missing"),
    [
        (COMPLETE, []),
        (replace(COMPLETE, heard=False), ["heard"]),
        (replace(COMPLETE, asked=False), ["asked"]),
        (replace(COMPLETE, answered=False), ["answered"]),
        (replace(COMPLETE, cause=None), ["recorded"]),
        (replace(COMPLETE, outcome=None), ["recorded"]),
        (replace(COMPLETE, open_refunds=1), ["followed"]),
        (replace(COMPLETE, open_refunds=1, promised_until=NOW), ["followed"]),
        (replace(COMPLETE, open_refunds=1, promised_until=NOW + HOUR), []),
        (Complaint(heard=False, asked=False, answered=False, cause=None, outcome=None, open_refunds=1, promised_until=None),
         ["heard", "asked", "followed", "answered", "recorded"]),
    ],
)  # fmt: skip
def test_a_case_closes_when_it_is_heard_asked_followed_answered_and_recorded(complaint: Complaint, missing: list[str]) -> None:
    found: list[str] = []
    try:
        must_be_complete(complaint, NOW)
    except CaseIncomplete as refused:
        found = [problem.field for problem in refused.fields]

    assert found == missing


def test_a_missed_reply_goes_from_the_agent_to_the_supervisor_to_the_admin() -> None:
    assert [escalated(None), escalated(Escalation.SUPERVISOR), escalated(Escalation.ADMIN)] == ["supervisor", "admin", None]


def test_a_span_is_business_days_and_then_seconds() -> None:
    calendar = BusinessCalendar.default()

    assert Span(1, 0).after(NOW, calendar) == NOW + timedelta(days=3)
    assert Span(0, 30).after(NOW, calendar) == NOW + timedelta(seconds=30)


@pytest.mark.parametrize(
    "wrong",
    [
        {"reply_business_days": -1},
        {"reply_seconds": 31_536_001},
        {"settle_business_days": 366},
        {"card_days_from": 31},
        {"agent_limit": {"XXY": Decimal(1)}},
        {"agent_limit": {"USD": Decimal("-0.01")}},
        {"agent_limit": {"USD": Decimal("1e30")}},
        {"supervisor_limit": {"JPY": Decimal("0.5")}},
    ],
)
def test_a_policy_no_store_can_mean_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(PolicyOutOfRange):
        AftersalesPolicy(**wrong)  # type: ignore[arg-type]
