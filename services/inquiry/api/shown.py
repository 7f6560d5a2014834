"""Inquiries with what belongs to them, however many, in four statements."""

from collections.abc import Sequence

from services.inquiry.models import InquiryRow
from services.inquiry.repository import catalogue, customers
from services.inquiry.schemas.inquiries import InquiryOut
from services.inquiry.schemas.products import ProductOut
from services.inquiry.usecases.surroundings import policy_of
from shared.http import Session


async def shown(session: Session, row: InquiryRow) -> InquiryOut:
    (one,) = await all_shown(session, row.store_id, [row])
    return one


async def all_shown(session: Session, store_id: str, rows: Sequence[InquiryRow]) -> list[InquiryOut]:
    orders = await catalogue.orders_of(session, store_id, rows)
    products = await catalogue.products_named(session, store_id, {row.sku for row in rows if row.sku is not None})
    people = await customers.known(session, {(store_id, row.customer_id) for row in rows if row.customer_id is not None})
    safety_stock = (await policy_of(session, store_id)).safety_stock if products else 0
    known = {sku: ProductOut.of(product, safety_stock) for sku, product in products.items()}
    return [
        InquiryOut.of(row, orders[row.inquiry_id], known.get(row.sku or ""), people.get((store_id, row.customer_id or ""))) for row in rows
    ]
