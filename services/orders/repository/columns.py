"""An order as columns: what a statement that writes many orders at once takes, and back from a row."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

import orjson
from orjson import Fragment
from sqlalchemy import Row

from services.orders.domain.checks import FailedCheck, skus_in
from services.orders.domain.dues import Due
from services.orders.domain.order import Order
from services.orders.domain.parts import StandingOrder
from services.orders.domain.records import changed, with_known
from services.orders.models.facts import facts_json, facts_of_json
from shared.contact import normalised_email, normalised_phone
from shared.money import Money
from shared.rows import told

_KEY = {"store_id": "text", "order_id": "text"}
_DECISIONS = {
    "version": "bigint",
    "steps": "integer",
    "confirmed_at": "timestamptz",
    "confirmed_by": "text",
    "closed_at": "timestamptz",
    "outcome": "text",
    "held_since": "timestamptz",
    "hold_due_at": "timestamptz",
    "taken_by": "text",
    "taken_at": "timestamptz",
    "escalated_at": "timestamptz",
    "said_type": "text",
    "said_id": "uuid",
    "said_version": "bigint",
    "sold_on": "date",
    "sold_by": "text",
}
_JSON = dict.fromkeys(("facts", "failed_checks", "waived", "dues", "refunded"), "jsonb")
_SEARCHED = {
    "placed_at": "timestamptz",
    "customer_id": "text",
    "customer_name": "text",
    "email": "text",
    "phone": "text",
    "total": "numeric",
    "currency": "text",
}
STATE = _KEY | _DECISIONS | _JSON | {"status": "text", "waits_for": "text[]"}
CONTENT = _KEY | _SEARCHED | {"twin_keys": "text[]"}
COLUMNS = STATE | CONTENT | {"updated_at": "timestamptz"}
_READ = (*_KEY, *_DECISIONS, *_JSON, "twin_keys")
READ = ", ".join(f"cast({name} as text) as {name}" if name in _JSON else name for name in _READ)


_key: Callable[[Order], tuple[object, ...]] = attrgetter(*_KEY)
_decisions: Callable[[Order], tuple[object, ...]] = attrgetter(*_DECISIONS)
_BLANK = Order("", "")


def updating(columns: Mapping[str, str]) -> str:
    """The statement that sets these columns of many orders; of their facts those that are new."""
    new = {name: f"new.{name}" for name in columns if name not in _KEY}
    if "facts" in new:
        new["facts"] = "orders.facts || new.facts"
    values = ", ".join(f"{name} = {value}" for name, value in new.items())
    return f"""
        update orders set {values}, updated_at = :now from {told(columns, "new")}
        where orders.store_id = new.store_id and orders.order_id = new.order_id
    """  # noqa: S608


def row_of(order: Order, now: datetime) -> tuple[object, ...]:
    """A new order's COLUMNS."""
    searched = (*_searched(order.standing), order.twin_keys) if order.facts.placed else _NOT_SEARCHED
    return (*_state(order, facts_json(order.facts)), waited_for(order), *searched, now)


def states(changes: Sequence[tuple[Order, Order]]) -> list[tuple[object, ...]]:
    """STATE of orders (as they were, as they are now); of their facts the new ones only."""
    return [(*_state(now, facts_json(now.facts, known=before.facts)), waited_for(now)) for before, now in changes]


def contents(orders: Sequence[Order]) -> list[tuple[object, ...]]:
    """CONTENT of placed orders."""
    return [(*_key(order), *_searched(order.standing), order.twin_keys) for order in orders]


def order_of(row: Row[*tuple[object, ...]]) -> Order:
    """From what READ reads."""
    read: dict[str, Any] = dict(zip(_READ, row, strict=True))
    twin_keys: list[str] = read.pop("twin_keys")
    for name, of_json in _OF_JSON.items():
        read[name] = of_json(str(read[name]))
    order = changed(_BLANK, **read)
    with_known(order.facts, twin_keys=tuple(twin_keys))
    return order


def _state(order: Order, facts: bytes) -> tuple[object, ...]:
    """All of STATE but what it waits for."""
    return (
        *_key(order),
        *_decisions(order),
        Fragment(facts),
        [failure._asdict() for failure in order.failed_checks],
        [failure._asdict() for failure in order.waived],
        [_due_json(due) for due in order.dues],
        [money.to_json() for money in order.refunded],
        order.status.value,
    )


_NOT_SEARCHED = (*[None] * len(_SEARCHED), ())


def _searched(order: StandingOrder) -> tuple[object, ...]:
    customer = order.customer
    phone = customer.phone or order.shipping_address.phone
    return (
        order.placed_at,
        customer.customer_id,
        searched_name(customer.name),
        searched_email(customer.email) if customer.email else None,
        searched_phone(phone, order.shipping_address.country) if phone else None,
        order.total.amount,
        order.total.currency,
    )


def searched_name(text: str) -> str:
    """However it is spaced and in whatever case."""
    return " ".join(text.casefold().split())


def searched_email(text: str) -> str:
    return normalised_email(text) or text.strip().casefold()


def searched_phone(text: str, country: str | None = None) -> str:
    return normalised_phone(text) or normalised_phone(text, country) or "".join(text.split())


def waited_for(order: Order) -> list[str]:
    """What the catalogue may learn that mends a failed check."""
    if order.confirmed_at is not None or not order.failed_checks:
        return []
    standing = order.standing
    names = skus_in(order.failed_checks, standing)
    if standing.offer_code and any(failure.check == "price" for failure in order.failed_checks):
        names.add(standing.offer_code)
    return sorted(f"{order.store_id}/{name}" for name in names)


def _failed_checks(raw: str) -> tuple[FailedCheck, ...]:
    return () if raw == "[]" else tuple(FailedCheck(**each) for each in orjson.loads(raw))


def _due_json(due: Due) -> Mapping[str, object]:
    return {"due_id": due.due_id, "direction": due.direction, "amount": due.amount.to_json(), "reason": due.reason}


def _dues(raw: str) -> tuple[Due, ...]:
    if raw == "[]":
        return ()
    return tuple(Due(UUID(each["due_id"]), each["direction"], Money.parse(**each["amount"]), each["reason"]) for each in orjson.loads(raw))


def _refunded(raw: str) -> tuple[Money, ...]:
    return () if raw == "[]" else tuple(Money.parse(**each) for each in orjson.loads(raw))


_OF_JSON: Mapping[str, Callable[[str], object]] = {
    "facts": facts_of_json,
    "failed_checks": _failed_checks,
    "waived": _failed_checks,
    "dues": _dues,
    "refunded": _refunded,
}
