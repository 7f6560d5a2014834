"""Lists of orders, and finding one by what a customer can tell (ORD-4)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.order import Order
from services.orders.domain.status import OrderStatus
from services.orders.repository.columns import READ, order_of, searched_email, searched_name, searched_phone

Position = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an order has to have; None where it does not matter."""

    order_id: str | None = None
    email: str | None = None
    phone: str | None = None
    customer_name: str | None = None
    customer_id: str | None = None
    status: OrderStatus | None = None

    @classmethod
    def by(cls, *, email: str | None, phone: str | None, name: str | None, customer_id: str | None, status: OrderStatus | None) -> "Wanted":
        """However the e-mail, the phone and the name are written."""
        return cls(
            email=searched_email(email) if email is not None else None,
            phone=searched_phone(phone) if phone is not None else None,
            customer_name=searched_name(name) if name is not None else None,
            customer_id=customer_id,
            status=status,
        )

    @property
    def is_search(self) -> bool:
        return any((self.order_id, self.email, self.phone, self.customer_name, self.customer_id))


async def orders(session: AsyncSession, store_id: str, wanted: Wanted, *, after: Position | None, limit: int) -> list[Order]:
    """Newest first; held ones oldest hold first."""
    given = {name: value for name in Wanted.__slots__ if (value := getattr(wanted, name)) is not None}
    held = wanted.status is OrderStatus.HELD
    sort, direction, follows = ("held_since", "asc", ">") if held else ("placed_at", "desc", "<")
    conditions = ["store_id = :store_id", f"{sort} is not null", *(f"{name} = :{name}" for name in given)]
    if after is not None:
        conditions.append(f"({sort}, orders.order_id) {follows} (:after_moment, :after_order_id)")
        given |= {"after_moment": after[0], "after_order_id": after[1]}
    statement = f"select {READ} from orders where {' and '.join(conditions)} order by {sort} {direction}, order_id {direction} limit :limit"  # noqa: S608
    rows = await session.execute(text(statement), {**given, "store_id": store_id, "limit": limit})
    return [order_of(row) for row in rows]


def position(order: Order, wanted: Wanted) -> Position:
    """Where a list goes on after this order."""
    held_since = order.held_since if wanted.status is OrderStatus.HELD else None
    return held_since or order.placed.placed_at, order.order_id
