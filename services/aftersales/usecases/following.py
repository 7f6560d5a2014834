"""How it goes on once a refund was answered or denied."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.aftersales.domain.cases import CaseStatus
from services.aftersales.models import CaseRow, RefundRow
from services.aftersales.repository import cases, refunds
from services.aftersales.usecases import clocks, tellings
from services.aftersales.usecases.steps import case_step
from shared.history import AUTO
from shared.telling import MessageTemplate


async def go_on(session: AsyncSession, refund: RefundRow, template: MessageTemplate, now: datetime) -> None:
    """The customer is told; with the last refund done the case is followed up."""
    case = await tell_of(session, refund, template, now)
    if case.status == CaseStatus.IN_PROGRESS and not await refunds.count_open(session, case.store_id, case.case_id):
        case.status = CaseStatus(case.status).to(CaseStatus.FOLLOWING_UP)
        await case_step(session, case, CaseStatus.FOLLOWING_UP, by=AUTO, now=now, refund_id=refund.refund_id)


async def tell_of(session: AsyncSession, refund: RefundRow, template: MessageTemplate, now: datetime) -> CaseRow:
    """In the language of the case, which is locked from now on."""
    case = await cases.case_for_update(session, cases.Ref(refund.store_id, refund.case_id))
    policy, _ = await clocks.rules(session, refund.store_id)
    tellings.tell_of_refund(session, template, refund, case, policy, now)
    return case
