"""Keeping the service's own copy of who customers are (INQ-1)."""

from collections.abc import Sequence
from hashlib import blake2b

from sqlalchemy.ext.asyncio import AsyncSession

from services.inquiry.repository import customers
from services.inquiry.repository.customers import CustomerKey, ToldCustomer
from shared.events.storefront import CustomerUpdated

_DIGEST_BYTES = 16


async def remember_customers(session: AsyncSession, told: Sequence[CustomerUpdated]) -> None:
    """The newest word about each, whole: what it leaves out nobody knows any more. At equal times the same one wins."""
    newest: dict[CustomerKey, ToldCustomer] = {}
    for row in sorted(map(_row, told), key=lambda row: (row.updated_at, row.digest)):
        newest[row.store_id, row.customer_id] = row
    await customers.remember(session, list(newest.values()))


def _row(told: CustomerUpdated) -> ToldCustomer:
    return ToldCustomer(
        store_id=told.store_id,
        customer_id=told.customer_id,
        updated_at=told.updated_at,
        digest=blake2b(told.json_bytes(), digest_size=_DIGEST_BYTES).hexdigest(),
        name=told.customer_name,
        email=told.email,
        phone=told.phone,
        language=told.language,
    )
