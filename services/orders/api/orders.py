from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from services.orders import usecases
from services.orders.api.hints import hint
from services.orders.api.refs import OrderRef
from services.orders.domain.status import OrderStatus
from services.orders.repository import history, lookup, orders
from services.orders.repository.lookup import Wanted
from services.orders.repository.orders import Ref
from services.orders.schemas.orders import CorrectionIn, OrderIn, OrderOut, OrderPage, StepOut
from shared.auth import STAFF, Role
from shared.errors import FieldProblem, Unprocessable
from shared.events.fields import GivenId, Line, Moment, StoreId
from shared.http import Caller, IfMatch, Now, Page, Paging, Reason, Router, Session, allow

router = Router(tags=["Orders"])

READERS = (*STAFF, Role.STOREFRONT)
ORDER_TAKERS = (Role.STOREFRONT, Role.AGENT, Role.SUPERVISOR, Role.OPERATIONS)
AUDITORS = (Role.AUDITOR, Role.SUPERVISOR)
Text = Annotated[Line | None, Query(min_length=1)]


class OtherStore(Unprocessable):
    """The body names another store than the path."""


@router.get("/orders", dependencies=[allow(*READERS)])
async def list_orders(
    store_id: StoreId,
    paging: Paging,
    session: Session,
    *,
    order_id: GivenId | None = None,
    email: Text = None,
    phone: Text = None,
    name: Text = None,
    customer_id: GivenId | None = None,
    status: OrderStatus | None = None,
) -> OrderPage:
    """Newest first, held ones oldest hold first. Finds by order number, else by the other things given, exact within the store (ORD-4)."""
    wanted = Wanted.by(email=email, phone=phone, name=name, customer_id=customer_id, status=status)
    after = paging.after(tuple[Moment, str])
    found = []
    if order_id is not None:
        found = await lookup.orders(session, store_id, Wanted(order_id=order_id, status=status), after=after, limit=1)
    if not found and (order_id is None or wanted.is_search):
        found = await lookup.orders(session, store_id, wanted, after=after, limit=paging.limit + 1)
    page = paging.page(found, key=lambda order: lookup.position(order, wanted), item=OrderOut.of)
    is_search = order_id is not None or wanted.is_search
    return OrderPage(items=page.items, next=page.next, hint=hint(wanted, len(found)) if is_search and after is None else None)


@router.post("/orders", dependencies=[allow(*ORDER_TAKERS)], status_code=201, responses={200: {"model": OrderOut}})
async def place_order(store_id: StoreId, body: OrderIn, session: Session, now: Now, response: Response) -> OrderOut:
    """The same as the event order-placed. 200 with the order as it is where it was placed before (ORD-1)."""
    if body.store_id not in (None, store_id):
        raise OtherStore("the order is another store's", [FieldProblem("store_id", "store", "must be the store of the path, or left out")])
    ref, placed = Ref(store_id, body.order_id), body.placed_in(store_id)
    await usecases.must_have_happened(session, [placed], now)
    change = (await usecases.take_facts(session, [placed], now))[ref]
    response.status_code = 201 if change.before.facts.placed is None else 200
    response.headers["Location"] = f"/v1/stores/{store_id}/orders/{body.order_id}"
    return OrderOut.of(change.order)


@router.get("/orders/{order_id}", dependencies=[allow(*READERS)])
async def show_order(ref: OrderRef, session: Session) -> OrderOut:
    """404 as long as it was not placed, whatever else happened to it."""
    return OrderOut.of(await orders.order(session, ref))


@router.get("/orders/{order_id}/history", dependencies=[allow(*READERS)])
async def list_steps(ref: OrderRef, paging: Paging, session: Session) -> Page[StepOut]:
    """Every step of the order: what, when, who, why; oldest first."""
    await orders.order(session, ref)
    (after,) = paging.after(tuple[int]) or (0,)
    steps = await history.steps_of(session, *ref, after=after, limit=paging.limit + 1)
    return paging.page(steps, key=lambda step: (step["number"],), item=StepOut.model_validate)


@router.post("/orders/{order_id}/take", dependencies=[allow(*AUDITORS)])
async def take_order(ref: OrderRef, version: IfMatch, body: Reason, caller: Caller, session: Session, now: Now) -> OrderOut:
    """Make a held order yours to look at (ORD-2). 409 when it is not held, or taken already."""
    return OrderOut.of(await usecases.take(session, ref, version, by=caller, reason=body.reason, now=now))


@router.post("/orders/{order_id}/confirm", dependencies=[allow(*AUDITORS)])
async def confirm_order(ref: OrderRef, version: IfMatch, body: Reason, caller: Caller, session: Session, now: Now) -> OrderOut:
    """Confirm a held order (ORD-2). 409 when it is not held any more."""
    return OrderOut.of(await usecases.confirm(session, ref, version, by=caller, reason=body.reason, now=now))


@router.post("/orders/{order_id}/correct", dependencies=[allow(*AUDITORS)])
async def correct_order(ref: OrderRef, version: IfMatch, body: CorrectionIn, caller: Caller, session: Session, now: Now) -> OrderOut:
    """Put parts of an order right; all checks run anew (ORD-2). 409 once it is confirmed, shipped or cancelled."""
    return OrderOut.of(await usecases.correct(session, ref, version, body.corrected, by=caller, reason=body.reason, now=now))


@router.post("/orders/{order_id}/cancel", dependencies=[allow(*AUDITORS)])
async def cancel_order(ref: OrderRef, version: IfMatch, body: Reason, caller: Caller, session: Session, now: Now) -> OrderOut:
    """Cancel an order (ORD-2); what was paid is due back. 409 once it is shipped or cancelled."""
    return OrderOut.of(await usecases.cancel(session, ref, version, by=caller, reason=body.reason, now=now))
