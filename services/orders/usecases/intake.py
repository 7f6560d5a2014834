"""What storefronts say of orders (ORD-1)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.order import Order, new_order
from services.orders.domain.policy import OrderPolicy
from services.orders.domain.records import changed
from services.orders.models.facts import facts_told
from services.orders.repository import orders
from services.orders.repository.history import Step
from services.orders.repository.orders import Ref
from services.orders.usecases.changes import Change, settle
from shared import policies
from shared.errors import ClockAhead
from shared.events.storefront import (
    CustomerUpdated,
    OrderAddressChanged,
    OrderCancelled,
    OrderPaid,
    OrderPlaced,
    ShipmentDelivered,
    ShipmentDispatched,
    ShipmentTracked,
    StockChanged,
    StorefrontEvent,
    StorefrontOrderEvent,
)

BY_STOREFRONT = "storefront"
_HAPPENED: Mapping[type[StorefrontEvent], str] = {
    CustomerUpdated: "updated_at",
    StockChanged: "updated_at",
    OrderPlaced: "placed_at",
    OrderPaid: "paid_at",
    OrderAddressChanged: "changed_at",
    OrderCancelled: "cancelled_at",
    ShipmentDispatched: "dispatched_at",
    ShipmentTracked: "tracked_at",
    ShipmentDelivered: "delivered_at",
}
_TELLING: Mapping[type[StorefrontOrderEvent], tuple[str, ...]] = {
    OrderPaid: ("payment_id", "amount"),
    OrderCancelled: ("reason",),
    ShipmentDispatched: ("shipment_id",),
    ShipmentTracked: ("shipment_id", "status"),
    ShipmentDelivered: ("shipment_id",),
}


async def must_have_happened(session: AsyncSession, told: Sequence[StorefrontEvent], now: datetime) -> None:
    """ClockAhead for the first event of a time further ahead than the store's policy allows."""
    ahead = [(event, field, at) for event in told if (at := getattr(event, field := _HAPPENED[type(event)])) > now]
    if not ahead:
        return
    rules = await policies.load(session, OrderPolicy, sorted({event.store_id for event, _, _ in ahead}))
    for event, field, at in ahead:
        if at > now + rules[event.store_id].clock_ahead:
            raise ClockAhead.of(field, rules[event.store_id].clock_ahead_minutes)


async def take_facts(session: AsyncSession, told: Sequence[StorefrontOrderEvent], now: datetime) -> Mapping[Ref, Change]:
    """Adds facts to what is known; any order of arrival ends in the same. Answers with the orders as they were and as they are now."""
    by_order: dict[Ref, list[StorefrontOrderEvent]] = {}
    for event in told:
        by_order.setdefault(Ref(event.store_id, event.order_id), []).append(event)
    refs = sorted(by_order)
    known = await orders.orders_for_update(session, refs)
    changes = {ref: _learn(known.get(ref) or new_order(*ref), by_order[ref]) for ref in refs}
    await settle(session, [change for change in changes.values() if change.steps], now)
    return changes


def _learn(order: Order, told: Sequence[StorefrontOrderEvent]) -> Change:
    change, facts = Change(order, order), order.facts
    for event in told:
        known = facts.merged(facts_told(event))
        if known is not facts:
            facts, change.cause = known, event
            change.steps.append(Step(event.name, BY_STOREFRONT, detail=_detail(event)))
    change.order = changed(order, facts=facts)
    return change


def _detail(event: StorefrontOrderEvent) -> dict[str, str]:
    return {name: str(getattr(event, name)) for name in _TELLING.get(type(event), ())}
