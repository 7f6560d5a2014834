"""An order as columns: what a statement that writes many orders at once takes, and back from a row."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from uuid import UUID

import orjson
from sqlalchemy import RowMapping

from services.orders.domain.checks import FailedCheck, skus_in
from services.orders.domain.dues import Due
from services.orders.domain.order import Order
from services.orders.domain.parts import StandingOrder
from services.orders.models.facts import facts_json, facts_of_json
from shared.contact import normalised_email, normalised_phone
from shared.money import Money

SEPARATOR = "\n"  # no id given by a storefront holds one
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
}
_JSON = ("facts", "failed_checks", "waived", "dues")
_SEARCHED = {
    "placed_at": "timestamptz",
    "customer_id": "text",
    "customer_name": "text",
    "email": "text",
    "phone": "text",
    "total": "numeric",
    "currency": "text",
}
_LISTS = ("twin_keys", "waits_for")
_TYPES = (
    {"store_id": "text", "order_id": "text"}
    | _DECISIONS
    | dict.fromkeys(_JSON, "text")
    | {"status": "text"}
    | _SEARCHED
    | dict.fromkeys(_LISTS, "text")
)
_decisions: Callable[[Order], tuple[object, ...]] = attrgetter(*_DECISIONS)

KEY = ("store_id", "order_id")
COLUMNS = tuple(_TYPES)
READ = ", ".join((*KEY, *_DECISIONS, *(f"cast({name} as text) as {name}" for name in _JSON)))
UNNESTED = ", ".join(f"cast(:{name} as {kind}[])" for name, kind in _TYPES.items())


def expression(name: str) -> str:
    """The column's value from the text it travels as."""
    if name in _JSON:
        return f"cast(new.{name} as jsonb)"
    return f"string_to_array(new.{name}, E'\\n')" if name in _LISTS else f"new.{name}"


def columns_of(orders: Sequence[Order]) -> dict[str, list[object]]:
    """One list a column, all in the order of `orders`."""
    rows = [_row(order) for order in orders]
    return dict(zip(COLUMNS, map(list, zip(*rows, strict=True)), strict=True))


def order_of(row: RowMapping) -> Order:
    decisions = {name: row[name] for name in _DECISIONS}
    return Order(
        store_id=row["store_id"],
        order_id=row["order_id"],
        facts=facts_of_json(row["facts"]),
        failed_checks=_failed_checks(row["failed_checks"]),
        waived=_failed_checks(row["waived"]),
        dues=_dues(row["dues"]),
        **decisions,
    )


def _row(order: Order) -> tuple[object, ...]:
    standing = order.standing if order.facts.placed else None
    return (
        order.store_id,
        order.order_id,
        *_decisions(order),
        facts_json(order.facts).decode(),
        _failed_checks_json(order.failed_checks),
        _failed_checks_json(order.waived),
        _dues_json(order.dues),
        order.status.value,
        *(_searched(standing) if standing else _NOT_SEARCHED),
        SEPARATOR.join(order.twin_keys) if standing else "",
        SEPARATOR.join(waited_for(order, standing)) if standing and order.failed_checks else "",
    )


Searched = tuple[datetime | None, str | None, str | None, str | None, str | None, Decimal | None, str | None]
_NOT_SEARCHED: Searched = (None, None, None, None, None, None, None)


def _searched(order: StandingOrder) -> Searched:
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


def waited_for(order: Order, standing: StandingOrder) -> list[str]:
    """What the catalogue may learn that mends a failed check."""
    if order.confirmed_at is not None:
        return []
    names = skus_in(order.failed_checks, standing)
    if standing.offer_code and any(failure.check == "price" for failure in order.failed_checks):
        names.add(standing.offer_code)
    return sorted(f"{order.store_id}/{name}" for name in names)


def _failed_checks_json(failed: Sequence[FailedCheck]) -> str:
    return orjson.dumps([failure._asdict() for failure in failed]).decode() if failed else "[]"


def _failed_checks(raw: str) -> tuple[FailedCheck, ...]:
    return () if raw == "[]" else tuple(FailedCheck(**each) for each in orjson.loads(raw))


def _dues_json(dues: Sequence[Due]) -> str:
    told = [{"due_id": due.due_id, "direction": due.direction, "amount": due.amount.to_json(), "reason": due.reason} for due in dues]
    return orjson.dumps(told).decode()


def _dues(raw: str) -> tuple[Due, ...]:
    if raw == "[]":
        return ()
    return tuple(Due(UUID(each["due_id"]), each["direction"], Money.parse(**each["amount"]), each["reason"]) for each in orjson.loads(raw))
