from uuid import UUID

from services.orders import usecases
from services.orders.api.refs import OrderRef
from services.orders.repository import advice, orders
from services.orders.schemas.advice import CANCEL, AdviceOut, CancelAcceptance, ChangeAcceptance, ChangeIn, LogisticsAcceptance, ParcelIn
from services.orders.schemas.orders import OrderOut
from shared.auth import Role
from shared.http import Caller, IfMatch, Now, Page, Paging, Router, Session, allow

router = Router(tags=["Advice"])

ADVISED = (Role.AGENT, Role.SUPERVISOR, Role.OPERATIONS)


@router.get("/orders/{order_id}/advice", dependencies=[allow(*ADVISED)])
async def list_advice(ref: OrderRef, paging: Paging, session: Session) -> Page[AdviceOut]:
    """What was advised on the order and what became of it, newest first."""
    await orders.order(session, ref)
    (after,) = paging.after(tuple[UUID]) or (None,)
    given = await advice.advice_of(session, ref, after=after, limit=paging.limit + 1)
    return paging.page(given, key=lambda each: (str(each.advice_id),), item=AdviceOut.of)


@router.post("/orders/{order_id}/cancel-advice", dependencies=[allow(*ADVISED)])
async def advise_cancelling(ref: OrderRef, caller: Caller, session: Session, now: Now) -> AdviceOut:
    """May the customer still cancel, and what does it cost (ORD-5)? Nothing happens to the order. 409 when it is cancelled already."""
    return AdviceOut.of(await usecases.ask(session, ref, CANCEL, by=caller.sub, now=now))


@router.post("/orders/{order_id}/change-advice", dependencies=[allow(*ADVISED)])
async def advise_changing(ref: OrderRef, body: ChangeIn, caller: Caller, session: Session, now: Now) -> AdviceOut:
    """May the customer have these lines instead, and who pays what (ORD-6)? Nothing happens to the order.

    409 when it is cancelled, 422 when it cannot be changed like that, or has these lines already.
    """
    return AdviceOut.of(await usecases.ask(session, ref, body.wish, by=caller.sub, now=now))


@router.post("/orders/{order_id}/logistics-advice", dependencies=[allow(*ADVISED)])
async def advise_on_logistics(ref: OrderRef, caller: Caller, session: Session, now: Now, body: ParcelIn | None = None) -> AdviceOut:
    """Where is it, and what is to be done (ORD-7)? Nothing happens to the order. 409 when it is delivered, signed or cancelled."""
    return AdviceOut.of(await usecases.ask(session, ref, (body or ParcelIn()).wish, by=caller.sub, now=now))


@router.post("/orders/{order_id}/cancel-advice/accept", dependencies=[allow(*ADVISED)])
async def accept_cancelling(
    ref: OrderRef, version: IfMatch, body: CancelAcceptance, caller: Caller, session: Session, now: Now
) -> OrderOut:
    """Cancel with the refund due, or ship as ordered where the customer refuses the loss (ORD-5). 409 when the advice is another by now."""
    return OrderOut.of(
        await usecases.accept(session, ref, version, CANCEL, by=caller, reason=body.reason, agreed=body.agreed, choice=None, now=now)
    )


@router.post("/orders/{order_id}/change-advice/accept", dependencies=[allow(*ADVISED)])
async def accept_change(ref: OrderRef, version: IfMatch, body: ChangeAcceptance, caller: Caller, session: Session, now: Now) -> OrderOut:
    """Change the lines, or wait for the difference first (ORD-6). 409 when the advice is another by now, or a change waits already."""
    return OrderOut.of(
        await usecases.accept(session, ref, version, body.wish, by=caller, reason=body.reason, agreed=None, choice=None, now=now)
    )


@router.post("/orders/{order_id}/logistics-advice/accept", dependencies=[allow(*ADVISED)])
async def accept_logistics(
    ref: OrderRef, version: IfMatch, body: LogisticsAcceptance, caller: Caller, session: Session, now: Now
) -> OrderOut:
    """Ship again or refund, as the customer chose (ORD-7). 409 when the advice is another by now, or leaves nothing to do.

    Where late goods of a partly shipped order are refunded, only what has shipped stays ordered.
    """
    return OrderOut.of(
        await usecases.accept(session, ref, version, body.wish, by=caller, reason=body.reason, agreed=None, choice=body.choice, now=now)
    )
