from typing import Annotated, NamedTuple

from fastapi import Depends, Query

from services.orders.domain.policy import OrderPolicy
from services.orders.repository import catalogue
from services.orders.schemas.products import ProductOut
from shared import policies
from shared.auth.actor import STAFF, Role
from shared.events.fields import GivenId, Line, StoreId
from shared.http import Page, Paging, Router, Session, allow, path_ref

router = Router(tags=["Products"])


class _Product(NamedTuple):
    store_id: StoreId
    sku: GivenId


ProductRef = Annotated[_Product, Depends(path_ref(_Product))]


@router.get("/products", dependencies=[allow(*STAFF, Role.STOREFRONT)])
async def list_products(
    store_id: StoreId,
    paging: Paging,
    session: Session,
    *,
    sku: GivenId | None = None,
    category: Annotated[Line | None, Query()] = None,
    available: Annotated[bool | None, Query(description="More, or not more, in stock than the policy `safety_stock`.")] = None,
) -> Page[ProductOut]:
    """The store's products by sku, as its storefront listed them (INQ-10)."""
    safety_stock = await _safety_stock(session, store_id)
    rows = await catalogue.products(
        session,
        store_id,
        limit=paging.limit + 1,
        after_sku=_last_seen(paging.after(tuple[GivenId])),
        sku=sku,
        category=category,
        stock_above=safety_stock if available else None,
        stock_at_most=safety_stock if available is False else None,
    )
    return paging.page(rows, key=lambda product: (product.sku,), item=lambda product: ProductOut.of(product, safety_stock))


@router.get("/products/{sku}", dependencies=[allow(*STAFF, Role.STOREFRONT)])
async def show_product(ref: ProductRef, session: Session) -> ProductOut:
    """One product; 404 while the storefront has not listed it, even where its stock is known."""
    product = await catalogue.product(session, ref.store_id, ref.sku)
    return ProductOut.of(product, await _safety_stock(session, ref.store_id))


async def _safety_stock(session: Session, store_id: str) -> int:
    return (await policies.load(session, OrderPolicy, [store_id]))[store_id].safety_stock


def _last_seen(key: tuple[str, ...] | None) -> str | None:
    return None if key is None else key[0]
