from typing import Annotated

from fastapi import Query

from services.inquiry.api.refs import READERS, ProductRef
from services.inquiry.repository import catalogue
from services.inquiry.schemas.products import ProductOut
from services.inquiry.usecases.surroundings import policy_of
from shared.events.fields import GivenId, Line, StoreId
from shared.http import Page, Paging, Router, Session, allow

router = Router(tags=["Products"])


@router.get("/products", dependencies=[allow(*READERS)])
async def list_products(
    store_id: StoreId,
    paging: Paging,
    session: Session,
    *,
    category: Annotated[Line | None, Query()] = None,
    available: Annotated[bool | None, Query(description="More, or not more, in stock than the policy `safety_stock`.")] = None,
) -> Page[ProductOut]:
    """The store's products by sku, as its storefront listed them (INQ-10)."""
    safety_stock = (await policy_of(session, store_id)).safety_stock
    (after,) = paging.after(tuple[GivenId]) or (None,)
    rows = await catalogue.products(
        session,
        store_id,
        limit=paging.limit + 1,
        after_sku=after,
        category=category,
        above=safety_stock if available else None,
        at_most=safety_stock if available is False else None,
    )
    return paging.page(rows, key=lambda product: (product.sku,), item=lambda product: ProductOut.of(product, safety_stock))


@router.get("/products/{sku}", dependencies=[allow(*READERS)])
async def show_product(ref: ProductRef, session: Session) -> ProductOut:
    """One product; 404 while the storefront has not listed it, even where its stock is known."""
    product = await catalogue.product(session, ref.store_id, ref.sku)
    return ProductOut.of(product, (await policy_of(session, ref.store_id)).safety_stock)
