"""An order as columns: what a statement that writes many orders at once takes, and back from a row."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from uuid import UUID

import orjson
from sqlalchemy import Row

from services.orders.domain.checks import FailedCheck, skus_in
from services.orders.domain.dues import Due
from services.orders.domain.order import Order
from services.orders.domain.parts import StandingOrder
from services.orders.domain.records import changed
from services.orders.models.facts import facts_json, facts_of_json
from shared.contact import normalised_email, normalised_phone
from shared.money import Money

SEPARATOR = "\n"  # no id given by a storefront holds one
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
}
_JSON = dict.fromkeys(("facts", "failed_checks", "waived", "dues"), "text")
_SEARCHED = {
    "placed_at": "timestamptz",
    "customer_id": "text",
    "customer_name": "text",
    "email": "text",
    "phone": "text",
    "total": "numeric",
    "currency": "text",
}
STATE = _KEY | _DECISIONS | _JSON | {"status": "text", "waits_for": "text"}
CONTENT = _KEY | _SEARCHED | {"twin_keys": "text"}
COLUMNS = (*STATE, *_SEARCHED, "twin_keys", "updated_at")
_READ = (*_KEY, *_DECISIONS, *_JSON)
READ = ", ".join(f"cast({name} as text) as {name}" if name in _JSON else name for name in _READ)


_key: Callable[[Order], tuple[object, ...]] = attrgetter(*_KEY)
_decisions: Callable[[Order], tuple[object, ...]] = attrgetter(*_DECISIONS)
_BLANK = Order("", "")


def updating(columns: Mapping[str, str]) -> str:
    """The statement that sets these columns of many orders; the arrays it takes are named as the columns are."""
    given = ", ".join(f"cast(:{name} as {kind}[])" for name, kind in columns.items())
    values = ", ".join(f"{name} = {_EXPRESSIONS.get(name, 'new.{0}').format(name)}" for name in columns if name not in _KEY)
    return f"""
        update orders set {values}, updated_at = :now from unnest({given}) as new ({", ".join(columns)})
        where orders.store_id = new.store_id and orders.order_id = new.order_id
    """  # noqa: S608


_EXPRESSIONS = {
    **dict.fromkeys(_JSON, "cast(new.{0} as jsonb)"),
    **dict.fromkeys(("twin_keys", "waits_for"), "string_to_array(new.{0}, E'\\n')"),
    "facts": "orders.facts || cast(new.facts as jsonb)",
}


def row_of(order: Order, now: datetime) -> tuple[object, ...]:
    """A new order's COLUMNS."""
    searched = (*_searched(order.standing), order.twin_keys) if order.facts.placed else _NOT_SEARCHED
    return (*_state(order, facts_json(order.facts)), waited_for(order), *searched, now)


def states(changes: Sequence[tuple[Order, Order]]) -> dict[str, list[object]]:
    """STATE of orders (as they were, as they are now); of their facts the new ones only."""
    rows = [(*_state(now, facts_json(now.facts, known=before.facts)), SEPARATOR.join(waited_for(now))) for before, now in changes]
    return _arrays(STATE, rows)


def contents(orders: Sequence[Order]) -> dict[str, list[object]]:
    """CONTENT of placed orders."""
    return _arrays(CONTENT, [(*_key(order), *_searched(order.standing), SEPARATOR.join(order.twin_keys)) for order in orders])


def order_of(row: Row[*tuple[object, ...]]) -> Order:
    """From what READ reads."""
    read = dict(zip(_READ, row, strict=True))
    for name, of_json in _OF_JSON.items():
        read[name] = of_json(str(read[name]))
    return changed(_BLANK, **read)


def _arrays(names: Iterable[str], rows: Iterable[tuple[object, ...]]) -> dict[str, list[object]]:
    """One list a column, all in the order of the rows."""
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def _state(order: Order, facts: bytes) -> tuple[object, ...]:
    """All of STATE but what it waits for."""
    return (
        *_key(order),
        *_decisions(order),
        facts.decode(),
        _failed_checks_json(order.failed_checks),
        _failed_checks_json(order.waived),
        _dues_json(order.dues),
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


def _failed_checks_json(failed: Sequence[FailedCheck]) -> str:
    return orjson.dumps([failure._asdict() for failure in failed]).decode() if failed else "[]"


def _failed_checks(raw: str) -> tuple[FailedCheck, ...]:
    return () if raw == "[]" else tuple(FailedCheck(**each) for each in orjson.loads(raw))


def _dues_json(dues: Sequence[Due]) -> str:
    if not dues:
        return "[]"
    told = [{"due_id": due.due_id, "direction": due.direction, "amount": due.amount.to_json(), "reason": due.reason} for due in dues]
    return orjson.dumps(told).decode()


def _dues(raw: str) -> tuple[Due, ...]:
    if raw == "[]":
        return ()
    return tuple(Due(UUID(each["due_id"]), each["direction"], Money.parse(**each["amount"]), each["reason"]) for each in orjson.loads(raw))


_OF_JSON: Mapping[str, Callable[[str], object]] = {
    "facts": facts_of_json,
    "failed_checks": _failed_checks,
    "waived": _failed_checks,
    "dues": _dues,
}
