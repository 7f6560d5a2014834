"""What finance settled, by order; `customers.records.count_refunds` writes it."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.repository.orders import Ref
from shared.money import Money

_REFUNDED = text("""
    select currency, sum(amount) as amount from order_refunds where store_id = :store_id and order_id = :order_id
    group by currency having sum(amount) > 0 order by currency
""")


async def refunded(session: AsyncSession, ref: Ref) -> tuple[Money, ...]:
    """One amount a currency."""
    return tuple([Money(row.amount, row.currency) for row in await session.execute(_REFUNDED, ref._asdict())])
