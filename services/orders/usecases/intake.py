"""What storefronts say of orders (ORD-1)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.order import Order, new_order
from services.orders.domain.records import changed
from services.orders.models.facts import facts_told
from services.orders.repository import orders
from services.orders.repository.history import Step
from services.orders.repository.orders import Ref
from services.orders.usecases.changes import Change, settle
from shared.events.storefront import OrderCancelled, OrderPaid, ShipmentDelivered, ShipmentDispatched, ShipmentTracked, StorefrontOrderEvent

BY_STOREFRONT = "storefront"
_TELLING: Mapping[type[StorefrontOrderEvent], tuple[str, ...]] = {
    OrderPaid: ("payment_id", "amount"),
    OrderCancelled: ("reason",),
    ShipmentDispatched: ("shipment_id",),
    ShipmentTracked: ("shipment_id", "status"),
    ShipmentDelivered: ("shipment_id",),
}


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
