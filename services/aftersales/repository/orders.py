"""The copy of orders. An order's lock goes before those of its cases and refunds."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.aftersales.domain.refunds import HOLDING, Payment
from services.aftersales.models import DueRow, LostShipmentRow, OrderMoneyRow, OrderRow, RefundRow
from shared.errors import Conflict
from shared.money import Money
from shared.rows import as_json, told

Key = tuple[str, str]

_REMEMBER = text("""
    insert into orders (store_id, order_id, version, status, customer_id, guest, language, line_ids, payments, placed_at)
    values (:store_id, :order_id, :version, :status, :customer_id, cast(:guest as jsonb), :language, :line_ids,
            cast(:payments as jsonb), :placed_at)
    on conflict (store_id, order_id) do update set version = excluded.version, status = excluded.status,
        customer_id = excluded.customer_id, guest = excluded.guest, language = excluded.language, line_ids = excluded.line_ids,
        payments = excluded.payments, placed_at = excluded.placed_at
    where excluded.version > orders.version
    returning order_id
""")
_MONEY = {"store_id": "text", "order_id": "text", "currency": "text", "paid": "numeric"}
_REMEMBER_PAID = text(f"""
    insert into order_money (store_id, order_id, currency, paid, returned)
    select store_id, order_id, currency, paid, 0 from {told(_MONEY)}
    on conflict (store_id, order_id, currency) do update set paid = excluded.paid
""")  # noqa: S608


class OrderNotKnownYet(Conflict):
    """Nobody has told this service of the order, or not yet."""


async def remember(session: AsyncSession, order: dict[str, object], paid: dict[str, Money]) -> bool:
    """False where a newer version is known; else the order is locked from now on."""
    row = order | {name: orjson.dumps(order[name]).decode() for name in ("guest", "payments")}
    if (await session.execute(_REMEMBER, row)).one_or_none() is None:
        return False
    rows = [(order["store_id"], order["order_id"], currency, sum_paid.amount) for currency, sum_paid in sorted(paid.items())]
    await session.execute(_REMEMBER_PAID, {"rows": as_json(_MONEY, rows)})
    return True


async def for_update(session: AsyncSession, store_id: str, order_id: str) -> OrderRow | None:
    found = select(OrderRow).where(OrderRow.store_id == store_id, OrderRow.order_id == order_id)
    return await session.scalar(found.with_for_update().execution_options(populate_existing=True))


async def known_for_update(session: AsyncSession, store_id: str, order_id: str) -> OrderRow:
    """OrderNotKnownYet (409)."""
    order = await for_update(session, store_id, order_id)
    if order is None:
        raise OrderNotKnownYet("the order is not known here yet; try again when it was announced (AFS-1)")
    return order


async def lock_all(session: AsyncSession, keys: Collection[Key]) -> None:
    for store_id, order_id in sorted(set(keys)):
        await for_update(session, store_id, order_id)


async def newest_of_customer(session: AsyncSession, store_id: str, customer_id: str) -> OrderRow | None:
    found = select(OrderRow).where(OrderRow.store_id == store_id, OrderRow.customer_id == customer_id)
    return await session.scalar(found.order_by(OrderRow.placed_at.desc()).limit(1))


async def money_of(session: AsyncSession, order: OrderRow, currency: str) -> tuple[Money, Money]:
    """What was paid, and what went back or is about to; of a locked order."""
    asked = select(OrderMoneyRow.paid, OrderMoneyRow.returned).where(
        OrderMoneyRow.store_id == order.store_id, OrderMoneyRow.order_id == order.order_id, OrderMoneyRow.currency == currency
    )
    row = (await session.execute(asked)).one_or_none()
    if row is None:
        return Money.zero(currency), Money.zero(currency)
    return Money(row.paid, currency), Money(row.returned, currency)


async def returned_by_currency(session: AsyncSession, order: OrderRow) -> dict[str, Money]:
    asked = select(OrderMoneyRow.currency, OrderMoneyRow.returned).where(
        OrderMoneyRow.store_id == order.store_id, OrderMoneyRow.order_id == order.order_id
    )
    return {row.currency: Money(row.returned, row.currency) for row in await session.execute(asked)}


async def hold(session: AsyncSession, order_key: Key, amount: Money) -> None:
    """Takes the amount away from what may still go back; a negative one sets it free. The database refuses more than was paid."""
    store_id, order_id = order_key
    await session.execute(
        update(OrderMoneyRow)
        .where(OrderMoneyRow.store_id == store_id, OrderMoneyRow.order_id == order_id, OrderMoneyRow.currency == amount.currency)
        .values(returned=OrderMoneyRow.returned + amount.amount)
        .execution_options(synchronize_session=False)
    )


async def payments_of(session: AsyncSession, order: OrderRow) -> Sequence[Payment]:
    """Oldest first, with what of each is left."""
    asked = (
        select(RefundRow.payment_id, RefundRow.currency, func.sum(RefundRow.amount).label("returned"))
        .where(RefundRow.store_id == order.store_id, RefundRow.order_id == order.order_id, RefundRow.status.in_(HOLDING))
        .group_by(RefundRow.payment_id, RefundRow.currency)
    )
    returned = {(row.payment_id, row.currency): Money(row.returned, row.currency) for row in await session.execute(asked)}
    return [_payment(told, returned) for told in order.payments]


def _payment(told: Mapping[str, object], returned: Mapping[tuple[str, str], Money]) -> Payment:
    amount = Money.parse(str(told["amount"]), str(told["currency"]))
    payment_id = str(told["payment_id"])
    gone = returned.get((payment_id, amount.currency), Money.zero(amount.currency))
    return Payment(payment_id, str(told["method"]), amount, amount - gone)


async def take_due(session: AsyncSession, store_id: str, due_id: UUID, order_id: str, now: datetime) -> bool:
    """False where it was acted on before."""
    row = {"store_id": store_id, "due_id": due_id, "order_id": order_id, "acted_at": now}
    return await session.scalar(insert(DueRow).values(row).on_conflict_do_nothing().returning(DueRow.due_id)) is not None


async def note_lost(session: AsyncSession, store_id: str, order_id: str, shipment_id: str) -> None:
    row = {"store_id": store_id, "order_id": order_id, "shipment_id": shipment_id}
    await session.execute(insert(LostShipmentRow).values(row).on_conflict_do_nothing())


async def take_lost(session: AsyncSession, order: OrderRow, now: datetime) -> list[str]:
    """The lost parcels of a known, locked order that were not acted on yet."""
    taken = (
        update(LostShipmentRow)
        .where(LostShipmentRow.store_id == order.store_id, LostShipmentRow.order_id == order.order_id, LostShipmentRow.acted_at.is_(None))
        .values(acted_at=now)
        .returning(LostShipmentRow.shipment_id)
    )
    return sorted(await session.scalars(taken))
