"""The copy of orders. An order's lock goes before those of its cases and refunds."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.aftersales.domain.refunds import HOLDING, Payment
from shared.errors import Conflict
from shared.money import Money
from shared.rows import as_json, told

Key = tuple[str, str]

_KEY = {"store_id": "text", "order_id": "text"}
_LOCK = text(f"""
    select store_id, order_id, version from orders join {told(_KEY)} using (store_id, order_id)
    order by store_id, order_id for update of orders
""")  # noqa: S608
_ORDER = _KEY | {
    "version": "bigint",
    "status": "text",
    "customer_id": "text",
    "guest": "jsonb",
    "language": "text",
    "line_ids": "text[]",
    "payments": "jsonb",
    "placed_at": "timestamptz",
}
_REMEMBER = text(f"""
    insert into orders ({", ".join(_ORDER)})
    select {", ".join(_ORDER)} from {told(_ORDER)} order by store_id, order_id
    on conflict (store_id, order_id) do update set version = excluded.version, status = excluded.status,
        customer_id = excluded.customer_id, guest = excluded.guest, language = excluded.language, line_ids = excluded.line_ids,
        payments = excluded.payments, placed_at = excluded.placed_at
    where excluded.version > orders.version
    returning store_id, order_id
""")  # noqa: S608
_MONEY = _KEY | {"currency": "text", "paid": "numeric"}
_REMEMBER_PAID = text(f"""
    insert into order_money (store_id, order_id, currency, paid, returned)
    select store_id, order_id, currency, paid, 0 from {told(_MONEY)} order by store_id, order_id, currency
    on conflict (store_id, order_id, currency) do update set paid = excluded.paid
""")  # noqa: S608
_RETURNED = text(f"""
    select store_id, order_id, currency, returned from order_money join {told(_KEY)} using (store_id, order_id) where returned > 0
""")  # noqa: S608
_LOST = _KEY | {"shipment_id": "text"}
_NOTE_LOST = text(f"""
    insert into lost_shipments (store_id, order_id, shipment_id)
    select distinct store_id, order_id, shipment_id from {told(_LOST)} order by store_id, order_id, shipment_id
    on conflict do nothing
""")  # noqa: S608
_TAKE_LOST = text(f"""
    update lost_shipments set acted_at = :now from orders join {told(_KEY)} using (store_id, order_id)
    where lost_shipments.store_id = orders.store_id and lost_shipments.order_id = orders.order_id and lost_shipments.acted_at is null
    returning lost_shipments.store_id, lost_shipments.order_id, lost_shipments.shipment_id
""")  # noqa: S608
_READ = "select store_id, order_id, status, customer_id, guest, language, line_ids, payments from orders where store_id = :store_id"
_FOR_UPDATE = text(f"{_READ} and order_id = :order_id for update")
_NEWEST_OF_CUSTOMER = text(f"{_READ} and customer_id = :customer_id order by placed_at desc limit 1")
_MONEY_OF = text("""
    select paid, returned from order_money where store_id = :store_id and order_id = :order_id and currency = :currency
""")
_HOLD = text("""
    update order_money set returned = returned + :amount where store_id = :store_id and order_id = :order_id and currency = :currency
""")
_GONE = text("""
    select payment_id, currency, sum(amount) as returned from refunds
    where store_id = :store_id and order_id = :order_id and status = any(:holding) group by payment_id, currency
""")
_TAKE_DUE = text("""
    insert into dues (store_id, due_id, order_id, acted_at) values (:store_id, :due_id, :order_id, :now)
    on conflict do nothing returning true
""")


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """What this service knows of an order. Only what orders announce changes it."""

    store_id: str
    order_id: str
    status: str
    customer_id: str | None
    guest: dict[str, str | None] | None
    language: str
    line_ids: Sequence[str]
    payments: Sequence[Mapping[str, JsonValue]]


class OrderNotKnownYet(Conflict):
    """Nobody has told this service of the order, or not yet."""


async def lock(session: AsyncSession, keys: Collection[Key]) -> dict[Key, int]:
    """The versions of those that are known; nobody else changes them, their cases or refunds until the transaction ends."""
    if not keys:
        return {}
    rows = await session.execute(_LOCK, {"rows": as_json(_KEY, sorted(set(keys)))})
    return {(row.store_id, row.order_id): row.version for row in rows}


async def remember(session: AsyncSession, orders: Mapping[Key, tuple[dict[str, object], dict[str, Money]]]) -> set[Key]:
    """Each with what was paid of it. Those that were newer than what is known; they are locked from now on."""
    if not orders:
        return set()
    rows = [[order[column] for column in _ORDER] for order, _ in orders.values()]
    taken = {(row.store_id, row.order_id) for row in await session.execute(_REMEMBER, {"rows": as_json(_ORDER, rows)})}
    paid = [(*key, currency, money.amount) for key in taken for currency, money in orders[key][1].items()]
    if paid:
        await session.execute(_REMEMBER_PAID, {"rows": as_json(_MONEY, paid)})
    return taken


async def for_update(session: AsyncSession, store_id: str, order_id: str) -> KnownOrder | None:
    row = (await session.execute(_FOR_UPDATE, {"store_id": store_id, "order_id": order_id})).one_or_none()
    return None if row is None else KnownOrder(*row)


async def known_for_update(session: AsyncSession, store_id: str, order_id: str) -> KnownOrder:
    """OrderNotKnownYet (409)."""
    order = await for_update(session, store_id, order_id)
    if order is None:
        raise OrderNotKnownYet("the order is not known here yet; try again when it was announced (AFS-1)")
    return order


async def newest_of_customer(session: AsyncSession, store_id: str, customer_id: str) -> KnownOrder | None:
    row = (await session.execute(_NEWEST_OF_CUSTOMER, {"store_id": store_id, "customer_id": customer_id})).one_or_none()
    return None if row is None else KnownOrder(*row)


async def money_of(session: AsyncSession, order: KnownOrder, currency: str) -> tuple[Money, Money]:
    """What was paid, and what went back or is about to; of a locked order."""
    asked = {"store_id": order.store_id, "order_id": order.order_id, "currency": currency}
    row = (await session.execute(_MONEY_OF, asked)).one_or_none()
    if row is None:
        return Money.zero(currency), Money.zero(currency)
    return Money(row.paid, currency), Money(row.returned, currency)


async def returned(session: AsyncSession, keys: Collection[Key]) -> list[tuple[Key, Money]]:
    """What went back of each order or is about to, by currency."""
    if not keys:
        return []
    rows = await session.execute(_RETURNED, {"rows": as_json(_KEY, keys)})
    return [((row.store_id, row.order_id), Money(row.returned, row.currency)) for row in rows]


async def hold(session: AsyncSession, order_key: Key, amount: Money) -> None:
    """Takes the amount away from what may still go back; a negative one sets it free. The database refuses more than was paid."""
    store_id, order_id = order_key
    held = {"store_id": store_id, "order_id": order_id, "currency": amount.currency, "amount": amount.amount}
    await session.execute(_HOLD, held)


async def payments_of(session: AsyncSession, order: KnownOrder) -> Sequence[Payment]:
    """Oldest first, with what of each is left."""
    asked = {"store_id": order.store_id, "order_id": order.order_id, "holding": sorted(HOLDING)}
    returned = {(row.payment_id, row.currency): Money(row.returned, row.currency) for row in await session.execute(_GONE, asked)}
    return [_payment(told, returned) for told in order.payments]


def _payment(told: Mapping[str, object], returned: Mapping[tuple[str, str], Money]) -> Payment:
    amount = Money.parse(str(told["amount"]), str(told["currency"]))
    payment_id = str(told["payment_id"])
    gone = returned.get((payment_id, amount.currency), Money.zero(amount.currency))
    return Payment(payment_id, str(told["method"]), amount, amount - gone)


async def take_due(session: AsyncSession, store_id: str, due_id: UUID, order_id: str, now: datetime) -> bool:
    """False where it was acted on before."""
    due = {"store_id": store_id, "due_id": due_id, "order_id": order_id, "now": now}
    return await session.scalar(_TAKE_DUE, due) is not None


async def note_lost(session: AsyncSession, parcels: Collection[tuple[str, str, str]]) -> None:
    """Store, order and shipment of each."""
    if parcels:
        await session.execute(_NOTE_LOST, {"rows": as_json(_LOST, parcels)})


async def take_lost(session: AsyncSession, keys: Collection[Key], now: datetime) -> list[tuple[Key, str]]:
    """The lost parcels of these orders that were not acted on yet, as far as the orders are known."""
    if not keys:
        return []
    rows = await session.execute(_TAKE_LOST, {"rows": as_json(_KEY, keys), "now": now})
    return sorted(((row.store_id, row.order_id), row.shipment_id) for row in rows)
