"""What is printed of an order: the customer's receipt and the warehouse's list."""

from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Response

from services.orders import pages
from services.orders.api.refs import OrderRef
from services.orders.domain.notes import instructions
from services.orders.repository import notes, orders
from services.orders.schemas.packing import PackingListOut
from services.orders.schemas.receipts import ReceiptOut
from shared import stores
from shared.auth import STAFF, Role
from shared.http import Router, Session, allow
from shared.http.accept import HTML, JSON, accepting
from shared.pages import page
from shared.telling import spoken

router = Router(tags=["Papers"])

RECEIPT_READERS = (*STAFF, Role.STOREFRONT)
PACKERS = (Role.WAREHOUSE, Role.AGENT, Role.SUPERVISOR)
Form = Annotated[str, Depends(accepting(JSON, HTML))]
Language = Annotated[Literal["zh-CN", "en"] | None, Query(description="Of the page.")]
AS_PAGE: dict[int | str, dict[str, Any]] = {200: {"content": {HTML: {"schema": {"type": "string"}}}}}


@router.get("/orders/{order_id}/receipt", dependencies=[allow(*RECEIPT_READERS)], response_model=ReceiptOut, responses=AS_PAGE)
async def show_receipt(ref: OrderRef, form: Form, session: Session, language: Language = None) -> ReceiptOut | Response:
    """What was bought, what it cost and what was paid (ORD-3); with `Accept: text/html` a page to print, in the customer's language."""
    order = await orders.order(session, ref)
    store = await stores.store(session, ref.store_id)
    receipt = ReceiptOut.of(order, store, language or spoken(order.standing.customer.language))
    return receipt if form == JSON else page(pages.receipt(receipt))


@router.get("/orders/{order_id}/packing-list", dependencies=[allow(*PACKERS)], response_model=PackingListOut, responses=AS_PAGE)
async def show_packing_list(ref: OrderRef, form: Form, session: Session, language: Language = None) -> PackingListOut | Response:
    """What the warehouse packs by (ORD-10), without prices; with `Accept: text/html` a page to print, in the store's first language."""
    order = await orders.order(session, ref)
    store = await stores.store(session, ref.store_id)
    told = instructions(await notes.standing(session, ref))
    packing_list = PackingListOut.of(order, told, store, language or spoken(next(iter(store.languages), "en")))
    return packing_list if form == JSON else page(pages.packing_list(packing_list))
