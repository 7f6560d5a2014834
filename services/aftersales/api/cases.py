from uuid import UUID

from fastapi import Response

from services.aftersales import usecases
from services.aftersales.api.refs import HANDLERS, CaseRef
from services.aftersales.domain.cases import CaseStatus
from services.aftersales.repository import cases
from services.aftersales.schemas.cases import CaseIn, CaseOut, CloseIn, DiagnosisIn, PromiseIn, ProposalIn, StepOut
from services.aftersales.schemas.refunds import RefundIn, RefundOut
from shared import history
from shared.auth import STAFF, Role
from shared.events.cases import CaseType
from shared.events.fields import GivenId, Moment, StoreId
from shared.http import Caller, IfMatch, Now, Page, Paging, Reason, Router, Session, allow

router = Router(tags=["Cases"])

REPORTERS = (*HANDLERS, Role.STOREFRONT)
READERS = (*STAFF, Role.STOREFRONT)


@router.post("/cases", dependencies=[allow(*REPORTERS)], status_code=201, responses={200: {"model": CaseOut}})
async def report_case(store_id: StoreId, body: CaseIn, caller: Caller, session: Session, now: Now, response: Response) -> CaseOut:
    """A problem is reported (AFS-1). 200 with the open case where this joined it, 409 while the order is not known here."""
    told = usecases.Report(store_id=store_id, **{name: getattr(body, name) for name in CaseIn.model_fields})
    case, is_new = await usecases.report(session, told, by=caller.sub, now=now)
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = f"/v1/stores/{store_id}/cases/{case.case_id}"
    return CaseOut.model_validate(case)


@router.get("/cases", dependencies=[allow(*READERS)])
async def list_cases(
    store_id: StoreId,
    paging: Paging,
    session: Session,
    now: Now,
    *,
    status: CaseStatus | None = None,
    type: CaseType | None = None,  # noqa: A002 - the query's own word
    order_id: GivenId | None = None,
    customer_id: GivenId | None = None,
    overdue: bool | None = None,
) -> Page[CaseOut]:
    """Newest first; `overdue`: the promised reply did not come (AFS-8)."""
    wanted = cases.Wanted(status, type, order_id, customer_id, overdue)
    found = await cases.cases(session, store_id, wanted, now=now, after=paging.after(tuple[Moment, UUID]), limit=paging.limit + 1)
    return paging.page(found, key=cases.position, item=CaseOut.model_validate)


@router.get("/cases/{case_id}", dependencies=[allow(*READERS)])
async def show_case(ref: CaseRef, session: Session) -> CaseOut:
    """The case as it is now."""
    return CaseOut.model_validate(await cases.case(session, ref))


@router.get("/cases/{case_id}/history", dependencies=[allow(*STAFF)])
async def list_steps(ref: CaseRef, paging: Paging, session: Session) -> Page[StepOut]:
    """Every step of the case: what, when, who, why; oldest first."""
    await cases.case(session, ref)
    (after,) = paging.after(tuple[int]) or (0,)
    steps = await history.steps(session, ref.store_id, ref.about, after=after, limit=paging.limit + 1)
    return paging.page(steps, key=lambda step: (step["number"],), item=StepOut.model_validate)


@router.post("/cases/{case_id}/take", dependencies=[allow(*HANDLERS)])
async def take_case(ref: CaseRef, version: IfMatch, body: Reason, caller: Caller, session: Session, now: Now) -> CaseOut:
    """Make the case yours. 409 when somebody has it; a supervisor takes it over."""
    return CaseOut.model_validate(await usecases.take(session, ref, version, by=caller, reason=body.reason, now=now))


@router.post("/cases/{case_id}/evidence-request", dependencies=[allow(*HANDLERS)])
async def request_evidence(ref: CaseRef, version: IfMatch, body: Reason, caller: Caller, session: Session, now: Now) -> CaseOut:
    """The customer is to show what is wrong (AFS-10)."""
    target = CaseStatus.EVIDENCE_REQUESTED
    return CaseOut.model_validate(await usecases.move(session, ref, version, target, by=caller, reason=body.reason, now=now))


@router.post("/cases/{case_id}/diagnosis", dependencies=[allow(*HANDLERS)])
async def diagnose_case(ref: CaseRef, version: IfMatch, body: DiagnosisIn, caller: Caller, session: Session, now: Now) -> CaseOut:
    """What is established, and whose fault it was (AFS-1)."""
    case = await usecases.diagnose(session, ref, version, cause=body.cause, finding=body.finding, by=caller, reason=body.reason, now=now)
    return CaseOut.model_validate(case)


@router.post("/cases/{case_id}/proposals", dependencies=[allow(*HANDLERS)])
async def propose_remedy(ref: CaseRef, version: IfMatch, body: ProposalIn, caller: Caller, session: Session, now: Now) -> CaseOut:
    """What the customer is offered; of a case that is diagnosed."""
    case = await usecases.propose(session, ref, version, action=body.action, text=body.text, amount=body.amount, by=caller, now=now)
    return CaseOut.model_validate(case)


@router.post("/cases/{case_id}/agree", dependencies=[allow(*HANDLERS)])
async def agree(ref: CaseRef, version: IfMatch, body: Reason, caller: Caller, session: Session, now: Now) -> CaseOut:
    """The customer takes what was proposed."""
    return CaseOut.model_validate(await usecases.move(session, ref, version, CaseStatus.AGREED, by=caller, reason=body.reason, now=now))


@router.post("/cases/{case_id}/refuse", dependencies=[allow(*HANDLERS)])
async def refuse(ref: CaseRef, version: IfMatch, body: Reason, caller: Caller, session: Session, now: Now) -> CaseOut:
    """The customer does not take it: diagnosed again, for the next best option."""
    case = await usecases.refuse(session, ref, version, by=caller, reason=body.reason, now=now)
    return CaseOut.model_validate(case)


@router.post("/cases/{case_id}/start", dependencies=[allow(*HANDLERS)])
async def start(ref: CaseRef, version: IfMatch, body: Reason, caller: Caller, session: Session, now: Now) -> CaseOut:
    """What was agreed is being done; asking for a refund starts it too."""
    return CaseOut.model_validate(
        await usecases.move(session, ref, version, CaseStatus.IN_PROGRESS, by=caller, reason=body.reason, now=now)
    )


@router.post("/cases/{case_id}/follow-up", dependencies=[allow(*HANDLERS)])
async def follow_up(ref: CaseRef, version: IfMatch, body: Reason, caller: Caller, session: Session, now: Now) -> CaseOut:
    """What was agreed is done; the last refund's final answer says so by itself."""
    return CaseOut.model_validate(
        await usecases.move(session, ref, version, CaseStatus.FOLLOWING_UP, by=caller, reason=body.reason, now=now)
    )


@router.post("/cases/{case_id}/promise", dependencies=[allow(*HANDLERS)])
async def promise_reply(ref: CaseRef, version: IfMatch, body: PromiseIn, caller: Caller, session: Session, now: Now) -> CaseOut:
    """When the customer hears from us next; the clock starts anew (AFS-8)."""
    case = await usecases.promise(session, ref, version, next_reply_at=body.next_reply_at, by=caller, reason=body.reason, now=now)
    return CaseOut.model_validate(case)


@router.post("/cases/{case_id}/close", dependencies=[allow(*HANDLERS)])
async def close_case(ref: CaseRef, version: IfMatch, body: CloseIn, caller: Caller, session: Session, now: Now) -> CaseOut:
    """409 names what is missing of heard, asked, followed, answered and recorded (AFS-7)."""
    case = await usecases.close(
        session, ref, version, outcome=body.outcome, cause=body.cause, reply=body.reply, by=caller, reason=body.reason, now=now
    )
    return CaseOut.model_validate(case)


@router.post("/cases/{case_id}/refunds", dependencies=[allow(*HANDLERS)], status_code=201)
async def ask_refund(ref: CaseRef, body: RefundIn, caller: Caller, session: Session, now: Now, response: Response) -> RefundOut:
    """Asks for money back (AFS-6): `requested` at once, or `awaiting-approval`. 409 when it is more than what is left of what was paid."""
    asked = usecases.Asked(amount=body.amount, kind=body.kind, reason=body.reason, payee=body.payee)
    refund = await usecases.ask(session, ref, asked, by=caller, now=now)
    response.headers["Location"] = f"/v1/stores/{ref.store_id}/refunds/{refund.refund_id}"
    return RefundOut.of(refund)
