from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.decisions import AUTO, Said
from services.orders.domain.order import Order
from services.orders.domain.records import changed
from services.orders.repository import history, orders
from services.orders.repository.history import NumberedStep, Step
from services.orders.repository.orders import Ref
from services.orders.usecases import parcels, snapshots
from shared.clock import new_id
from shared.events.base import Event
from shared.events.orders import OrderSnapshot, ShipmentEvent

BATCH = 200
RECONCILED = Step("reconciled", AUTO)


async def republish(session: AsyncSession, since: datetime, after: str | None) -> str | None:
    """Says of each order that changed since what was said last, and of its parcels, with id and version: those who heard it ignore it."""
    store_id, _, order_id = (after or "").partition("/")
    found = await orders.announced_since(session, since, Ref(store_id, order_id), BATCH)
    for order in found:
        for crossing in order.facts.crossed.values():
            parcels.say(session, order, crossing)
        snapshots.say(session, order)
    return f"{found[-1].store_id}/{found[-1].order_id}" if len(found) == BATCH else None


async def reconcile(session: AsyncSession, said: Sequence[Event], now: datetime) -> Sequence[Event]:
    """Of each order whose last word is not ours any more says how it stands, above the version that everybody heard."""
    heard = {Ref(each.store_id, each.order_id): each for each in said if isinstance(each, OrderSnapshot | ShipmentEvent)}
    known = {ref: order for ref, order in (await orders.orders_for_update(session, heard)).items() if order.facts.placed}
    outdone = [(order, heard[ref]) for ref, order in known.items() if _is_outdone(order, heard[ref])]
    changes = [(order, _above(order, by)) for order, by in outdone]
    await orders.save(session, changes, now)
    await history.add_steps(session, [NumberedStep(each.store_id, each.order_id, each.steps, now, RECONCILED) for _, each in changes])
    for _, order in changes:
        snapshots.say(session, order)
    return [each for ref, each in heard.items() if ref not in known]


def _is_outdone(order: Order, by: OrderSnapshot | ShipmentEvent) -> bool:
    if isinstance(by, ShipmentEvent):
        return order.version < by.version
    return str(order.said_id) != by.event_id and (order.said_version or 0) <= by.version


def _above(order: Order, by: OrderSnapshot | ShipmentEvent) -> Order:
    """As a change: that it was confirmed, or closed, was said once already."""
    version = max(order.version, by.version) + 1
    return changed(order, version=version, steps=order.steps + 1, said_type=Said.CHANGED.value, said_id=new_id(), said_version=version)
