"""Everything the checks of a chunk's orders ask, loaded at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.catalogue import OfferFact, PricedProduct
from services.orders.domain.checks import Circumstances
from services.orders.domain.order import Order
from services.orders.domain.parts import StandingOrder
from services.orders.domain.policy import OrderPolicy
from services.orders.domain.status import OrderStatus
from services.orders.domain.twins import Twin
from services.orders.repository import catalogue, offers, twins
from services.orders.repository.catalogue import Sku
from services.orders.repository.offers import OfferWanted
from services.orders.repository.orders import Ref
from services.orders.repository.twins import TwinKey
from shared import policies


@dataclass(slots=True)
class Surroundings:
    policies: Mapping[str, OrderPolicy]
    products: Mapping[Sku, PricedProduct] = field(default_factory=dict)
    offers: Mapping[OfferWanted, list[OfferFact]] = field(default_factory=dict)
    twins: Mapping[TwinKey, list[Twin]] = field(default_factory=dict)
    keys: Mapping[Ref, list[TwinKey]] = field(default_factory=dict)
    at_hand: Mapping[TwinKey, dict[Ref, Order]] = field(default_factory=dict)

    def of(self, order: Order) -> Circumstances:
        store_id, standing = order.store_id, order.standing
        if not order.is_checked_anew:
            return Circumstances(self.policies[store_id], {})
        priced = [(line.sku, self.products.get((store_id, line.sku))) for line in standing.lines]
        return Circumstances(
            self.policies[store_id],
            {sku: product.at(standing.placed_at) for sku, product in priced if product is not None},
            self.offers.get(_offer(standing), ()) if self.offers else (),
            self._twins(order) if self.twins or self.at_hand else (),
        )

    def decided(self, order: Order) -> None:
        """The orders of the chunk that come after are compared with it as it is now."""
        if not self.at_hand:
            return
        ref = Ref(order.store_id, order.order_id)
        for key in self.keys.get(ref, ()):
            if key in self.at_hand:
                self.at_hand[key][ref] = order

    def _twins(self, order: Order) -> Sequence[Twin]:
        found: dict[str, Twin] = {}
        keys = self.keys[Ref(order.store_id, order.order_id)]
        for key in keys:
            found |= {twin.order_id: twin for twin in self.twins.get(key, ())}
        for key in keys:
            found |= {other.order_id: _twin(other) for other in self.at_hand.get(key, {}).values() if other is not order}
        found.pop(order.order_id, None)
        return sorted(found.values(), key=lambda twin: (twin.placed_at, twin.order_id))


async def surroundings(session: AsyncSession, orders: Sequence[Order]) -> Surroundings:
    """For placed orders. Locks the twins of those whose checks run, and of those that are cancelled: they see each other's decisions."""
    found = Surroundings(await policies.load(session, OrderPolicy, sorted({order.store_id for order in orders})))
    checked = [order.standing for order in orders if order.is_checked_anew]
    found.products = await catalogue.priced_products(session, _wanted_products(checked))
    wanted = {_offer(standing) for standing in checked if standing.offer_code}
    if wanted:
        found.offers = await offers.offers_for(session, wanted)
    compared = [order for order in orders if _is_compared(order)]
    alike: dict[TwinKey, list[Order]] = {}
    for order in compared:
        for key in _twin_keys(order):
            alike.setdefault(key, []).append(order)
    found.keys = {Ref(order.store_id, order.order_id): _twin_keys(order) for order in compared}
    found.at_hand = {key: {Ref(each.store_id, each.order_id): each for each in some} for key, some in alike.items() if len(some) > 1}
    if alike:
        found.twins = await twins.lock_and_read(session, alike)
    return found


def _wanted_products(orders: Iterable[StandingOrder]) -> dict[Sku, datetime]:
    """Each with the time of the oldest order that has it."""
    wanted: dict[Sku, datetime] = {}
    for order in orders:
        placed_at = order.placed_at
        for line in order.lines:
            sku = (order.store_id, line.sku)
            if wanted.setdefault(sku, placed_at) > placed_at:
                wanted[sku] = placed_at
    return wanted


def _is_compared(order: Order) -> bool:
    return order.is_checked_anew or order.status is OrderStatus.CANCELLED


def _twin_keys(order: Order) -> list[TwinKey]:
    return [(order.store_id, key) for key in order.twin_keys]


def _offer(order: StandingOrder) -> OfferWanted:
    return OfferWanted(order.store_id, order.offer_code, order.customer.customer_id)


def _twin(order: Order) -> Twin:
    return Twin(order.order_id, order.placed.placed_at, order.confirmed_at is not None, order.status is OrderStatus.CANCELLED)
