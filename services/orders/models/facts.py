"""What the column `facts` of an order holds: the events as they came, and what our own people did."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from services.orders.domain.facts import NOTHING, Facts
from services.orders.domain.records import changed
from shared.events.base import Part
from shared.events.fields import Moment
from shared.events.parts import Customer, OrderLine, ShippingAddress
from shared.events.storefront import (
    OrderAddressChanged,
    OrderCancelled,
    OrderPaid,
    OrderPlaced,
    ShipmentDelivered,
    ShipmentDispatched,
    ShipmentTracked,
    StorefrontOrderEvent,
)
from shared.money import Money


class _OwnFact(Part):
    def json_bytes(self) -> bytes:
        return self.__pydantic_serializer__.to_json(self)


class CorrectedByAuditor(_OwnFact):
    """What was put right; null where it was left as it is."""

    correction_id: str
    corrected_at: Moment
    by: str
    reason: str
    customer: Customer | None = None
    shipping_address: ShippingAddress | None = None
    lines: tuple[OrderLine, ...] | None = None
    discount: Money | None = None
    shipping_fee: Money | None = None
    tax: Money | None = None
    total: Money | None = None


class CalledOff(_OwnFact):
    """One of our people cancelled the order."""

    cancelled_at: Moment
    by: str
    reason: str
    withheld: Money | None = None


class ChangeAgreed(_OwnFact):
    """The customer and one of our people agreed on other lines."""

    change_id: str
    agreed_at: Moment
    by: str
    reason: str
    lines: tuple[OrderLine, ...]
    total: Money
    difference: Money
    needed: Money | None = None
    pay_by: Moment | None = None
    ended: Literal["applied", "lapsed"] | None = None
    ended_at: Moment | None = None

    def ending(self, how: Literal["applied", "lapsed"], at: datetime) -> Self:
        return self.model_copy(update={"ended": how, "ended_at": at})


class Crossed(_OwnFact):
    """A threshold of the watch; `said_id` is the id of what was said of it, `version` the order's then (ORD-8)."""

    crossing_id: str
    threshold: str
    shipment_id: str | None
    since: Moment
    crossed_at: Moment
    said_id: UUID | None
    version: int | None


class _Stored(TypedDict, total=False):
    placed: OrderPlaced
    address_changed: OrderAddressChanged
    cancelled: OrderCancelled
    called_off: CalledOff
    payments: tuple[OrderPaid, ...]
    dispatched: tuple[ShipmentDispatched, ...]
    first_tracked: tuple[ShipmentTracked, ...]
    last_tracked: tuple[ShipmentTracked, ...]
    delivered: tuple[ShipmentDelivered, ...]
    corrections: tuple[CorrectedByAuditor, ...]
    crossed: tuple[Crossed, ...]
    agreed: tuple[ChangeAgreed, ...]


_STORED = TypeAdapter(_Stored)
_IDENTITIES = {
    "payments": "payment_id",
    "dispatched": "shipment_id",
    "first_tracked": "shipment_id",
    "last_tracked": "shipment_id",
    "delivered": "shipment_id",
    "corrections": "correction_id",
    "crossed": "crossing_id",
    "agreed": "change_id",
}
_SINGLE = ("placed", "address_changed", "cancelled", "called_off")


def facts_json(facts: Facts, *, known: Facts = NOTHING) -> bytes:
    """Without those that are as in `known`, from which `facts` came."""
    stored: dict[str, object] = {name: fact for name in _SINGLE if (fact := getattr(facts, name)) is not getattr(known, name)}
    for name in _IDENTITIES:
        many: Mapping[str, object] = getattr(facts, name)
        if many and many is not getattr(known, name):
            stored[name] = tuple([many[identity] for identity in sorted(many)])
    return _STORED.dump_json(stored)  # type: ignore[arg-type]


def facts_of_json(raw: str | bytes) -> Facts:
    stored: dict[str, object] = dict(_STORED.validate_json(raw))
    for name, identity in _IDENTITIES.items():
        many = stored.get(name)
        if isinstance(many, Sequence):
            stored[name] = {getattr(fact, identity): fact for fact in many}
    return changed(NOTHING, **stored)


def facts_told(event: StorefrontOrderEvent) -> Facts:
    """The one fact an event is."""
    return _TELLS[type(event)](event)


_TELLS: Mapping[type[StorefrontOrderEvent], Callable[..., Facts]] = {
    OrderPlaced: lambda event: changed(NOTHING, placed=event),
    OrderPaid: lambda event: changed(NOTHING, payments={event.payment_id: event}),
    OrderAddressChanged: lambda event: changed(NOTHING, address_changed=event),
    OrderCancelled: lambda event: changed(NOTHING, cancelled=event),
    ShipmentDispatched: lambda event: changed(NOTHING, dispatched={event.shipment_id: event}),
    ShipmentTracked: lambda event: changed(NOTHING, first_tracked={event.shipment_id: event}, last_tracked={event.shipment_id: event}),
    ShipmentDelivered: lambda event: changed(NOTHING, delivered={event.shipment_id: event}),
}
