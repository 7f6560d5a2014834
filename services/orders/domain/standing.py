"""The order as it stands: as placed, with the newest of what its customer changed, an auditor corrected, and both agreed on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from services.orders.domain.parts import Address, Correction, Customer, Line, Placed, StandingOrder
from shared.money import Money

if TYPE_CHECKING:
    from services.orders.domain.facts import Facts

CORRECTABLE = ("customer", "shipping_address", "lines", "discount", "shipping_fee", "tax", "total")


@dataclass(frozen=True, slots=True)
class Amended:
    """A placed order of which something was changed since."""

    store_id: str
    order_id: str
    placed_at: datetime
    customer: Customer
    shipping_address: Address
    lines: Sequence[Line]
    discount: Money | None
    shipping_fee: Money
    tax: Money | None
    total: Money
    payment_terms: str
    offer_code: str | None
    customer_note: str | None
    wholesale: bool
    dropship: bool


CONTENT = Amended.__slots__


def standing(placed: Placed, facts: "Facts") -> StandingOrder:
    if facts.address_changed is None and not facts.corrections and not facts.agreed:
        return placed
    content = {name: getattr(placed, name) for name in CONTENT}
    for amendment in _amendments(facts):
        content |= amendment
    return Amended(**content)


def _amendments(facts: "Facts") -> list[dict[str, object]]:
    """Oldest first; at the same moment the auditor's word comes after the customer's."""
    told: list[tuple[datetime, str, dict[str, object]]] = [
        (correction.corrected_at, correction.correction_id, _corrected(correction)) for correction in facts.corrections.values()
    ]
    told += [
        (agreed.ended_at or agreed.agreed_at, agreed.change_id, {"lines": agreed.lines, "total": agreed.total})
        for agreed in facts.agreed.values()
        if agreed.ended == "applied"
    ]
    if change := facts.address_changed:
        told.append((change.changed_at, "", {"shipping_address": change.shipping_address}))
    return [amendment for _, _, amendment in sorted(told, key=lambda each: each[:2])]


def _corrected(correction: Correction) -> dict[str, object]:
    return {name: value for name in CORRECTABLE if (value := getattr(correction, name)) is not None}
