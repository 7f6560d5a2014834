"""What departments are asked about orders that are late (ORD-8, ORD-9)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain import questions
from services.orders.domain.order import Order
from services.orders.domain.packing import packed_lines
from services.orders.domain.parts import Line
from services.orders.domain.policy import OrderPolicy
from services.orders.domain.watch import Threshold, Watched
from services.orders.repository import catalogue
from services.orders.repository.orders import Ref
from shared.calendar import NeverOpen
from shared.stores import Store
from shared.tasks import About, Asked
from shared.telling import ENGLISH, spoken

GOODS_LATE = "goods-late"
DISPATCH_LATE = "dispatch-late"
PARCEL_NOT_ONLINE = "parcel-not-online"
PARCEL_SILENT = "parcel-silent"
PARCEL_LOST = "parcel-lost"

KINDS: Mapping[Threshold, tuple[str, ...]] = {
    Threshold.UNSHIPPED: (GOODS_LATE, DISPATCH_LATE),
    Threshold.NOT_ONLINE: (PARCEL_NOT_ONLINE,),
    Threshold.SILENT: (PARCEL_SILENT,),
    Threshold.NO_NUMBER: (PARCEL_LOST,),
    Threshold.DECLARED_LOST: (PARCEL_LOST,),
}
_FORWARDERS = (Threshold.NOT_ONLINE, Threshold.SILENT)


def about(ref: Ref, shipment_id: str | None) -> About:
    """A parcel is known by its order and its own id: `shipment`, `10001/s-1`."""
    return About("order", ref.order_id) if shipment_id is None else About("shipment", f"{ref.order_id}/{shipment_id}")


def order_of(store_id: str, thing: About) -> Ref:
    return Ref(store_id, thing.id.partition("/")[0])


def kind_of(crossed: Watched, *, is_missing: bool) -> str:
    """Of what is not dispatched purchasing is asked where goods are not in, else the warehouse (ORD-7)."""
    if crossed.threshold is Threshold.UNSHIPPED:
        return GOODS_LATE if is_missing else DISPATCH_LATE
    return KINDS[crossed.threshold][0]


def question(order: Order, crossed: Watched, kind: str, store: Store, policy: OrderPolicy, now: datetime) -> Asked:
    ref = Ref(order.store_id, order.order_id)
    return Asked(
        store_id=order.store_id,
        about=about(ref, crossed.shipment_id),
        question=worded(kind, store, order, crossed.shipment_id, order.standing.lines, now),
        context=_context(order, crossed),
        due_at=_due_at(crossed, store, policy, now),
    )


def worded(kind: str, store: Store, order: Order, shipment_id: str | None, lines: Sequence[Line], now: datetime) -> str:
    """In the language that is the store's first."""
    language = spoken(store.languages[0]) if store.languages else ENGLISH
    return questions.question(kind, language, order, shipment_id, lines, now)


def lines_told(lines: Sequence[Line]) -> JsonValue:
    return [{"line_id": line.line_id, "sku": line.sku, "quantity": line.quantity} for line in lines]


async def missing_goods(session: AsyncSession, orders: Iterable[Order]) -> frozenset[Ref]:
    """The orders that wait for something the store has none of; what is in a parcel they do not wait for."""
    wanted = {Ref(order.store_id, order.order_id): _unsent(order) for order in orders}
    out = await catalogue.out_of_stock(session, set().union(*wanted.values()))
    return frozenset(ref for ref, skus in wanted.items() if not skus.isdisjoint(out))


def _unsent(order: Order) -> set[tuple[str, str]]:
    return {(order.store_id, each.line.sku) for each in packed_lines(order) if each.to_pack}


def _due_at(crossed: Watched, store: Store, policy: OrderPolicy, now: datetime) -> datetime:
    """A forwarder has days to find a parcel; who is in the house answers by a business day."""
    if crossed.threshold in _FORWARDERS:
        return now + timedelta(days=policy.forwarder_days)
    try:
        return store.calendar.add_business_days(now, policy.answer_business_days)
    except NeverOpen:
        return now + timedelta(days=policy.answer_business_days)


def _context(order: Order, crossed: Watched) -> dict[str, JsonValue]:
    standing, told = order.standing, order.facts.dispatched.get(crossed.shipment_id or "")
    context: dict[str, JsonValue] = {
        "order_id": order.order_id,
        "placed_at": standing.placed_at.isoformat(),
        "country": standing.shipping_address.country,
        "lines": lines_told(standing.lines),
        "since": crossed.since.isoformat(),
    }
    if told is None:
        return context
    seen = order.facts.last_tracked.get(told.shipment_id)
    parcel: dict[str, JsonValue] = {
        "shipment_id": told.shipment_id,
        "dispatched_at": told.dispatched_at.isoformat(),
        "tracking_number": told.tracking_number,
        "seen_at": None if seen is None else seen.tracked_at.isoformat(),
        "seen_in": None if seen is None else seen.country,
    }
    return context | parcel
