"""What an order adds to its customer's record, and takes from it again when it stops counting (CUS-1)."""

from datetime import datetime
from typing import NamedTuple

from services.orders.domain.order import Order
from services.orders.domain.status import OrderStatus
from shared.money import Money


class Sale(NamedTuple):
    """An order that counts: placed by a known customer, and not cancelled."""

    store_id: str
    order_id: str
    customer_id: str
    placed_at: datetime
    total: Money


class Difference(NamedTuple):
    """`times` is 1 for a sale that came, -1 for one that went."""

    times: int
    sale: Sale


def sale_of(order: Order) -> Sale | None:
    """None for a skeleton, a guest's order and a cancelled one."""
    if order.facts.placed is None or order.status is OrderStatus.CANCELLED:
        return None
    standing = order.standing
    customer_id = standing.customer.customer_id
    return None if customer_id is None else Sale(order.store_id, order.order_id, customer_id, standing.placed_at, standing.total)


def differences(before: Order, after: Order) -> list[Difference]:
    """Added up over any history of an order they leave exactly the sale it is in the end."""
    was, now = sale_of(before), sale_of(after)
    if was == now:
        return []
    return [Difference(times, sale) for times, sale in ((-1, was), (1, now)) if sale is not None]
