"""Everything the checks of a chunk's orders ask, loaded at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.catalogue import OfferFact, ProductFact
from services.orders.domain.checks import Circumstances
from services.orders.domain.order import Order
from services.orders.domain.parts import StandingOrder
from services.orders.domain.policy import OrderPolicy
from services.orders.domain.status import OrderStatus
from services.orders.domain.twins import Twin
from services.orders.repository import catalogue, offers, twins
from services.orders.repository.catalogue import PricedAt
from services.orders.repository.offers import OfferWanted
from services.orders.repository.orders import Ref
from services.orders.repository.twins import TwinKey
from shared import policies


@dataclass(slots=True)
class Surroundings:
    policies: Mapping[str, OrderPolicy]
    products: Mapping[PricedAt, ProductFact] = field(default_factory=dict)
    offers: Mapping[OfferWanted, list[OfferFact]] = field(default_factory=dict)
    twins: Mapping[TwinKey, list[Twin]] = field(default_factory=dict)
    keys: Mapping[Ref, list[TwinKey]] = field(default_factory=dict)
    at_hand: dict[TwinKey, dict[Ref, Order]] = field(default_factory=dict)

    def of(self, order: Order) -> Circumstances:
        policy = self.policies[order.store_id]
        if not order.is_checked_anew:
            return Circumstances(policy, {})
        standing = order.standing
        asked = {line.sku: (order.store_id, line.sku, standing.placed_at) for line in standing.lines}
        return Circumstances(
            policy=policy,
            products={sku: self.products[priced] for sku, priced in asked.items() if priced in self.products},
            offers=self.offers.get(_offer(standing), ()),
            twins=self._twins(order),
        )

    def decided(self, order: Order) -> None:
        """The orders of the chunk that come after are compared with it as it is now."""
        ref = Ref(order.store_id, order.order_id)
        for key in self.keys.get(ref, ()):
            self.at_hand[key][ref] = order

    def _twins(self, order: Order) -> Sequence[Twin]:
        found: dict[str, Twin] = {}
        keys = self.keys[Ref(order.store_id, order.order_id)]
        for key in keys:
            found |= {twin.order_id: twin for twin in self.twins.get(key, ())}
        for key in keys:
            found |= {other.order_id: _twin(other) for other in self.at_hand[key].values() if other is not order}
        found.pop(order.order_id, None)
        return sorted(found.values(), key=lambda twin: (twin.placed_at, twin.order_id))


async def surroundings(session: AsyncSession, orders: Sequence[Order]) -> Surroundings:
    """For placed orders. Locks the twins of those whose checks run, and of those that are cancelled: they see each other's decisions."""
    found = Surroundings(await policies.load(session, OrderPolicy, sorted({order.store_id for order in orders})))
    checked = [(order, order.standing) for order in orders if order.is_checked_anew]
    found.products = await catalogue.facts_of_products(
        session, ((order.store_id, line.sku, standing.placed_at) for order, standing in checked for line in standing.lines)
    )
    wanted = {_offer(standing) for _, standing in checked if standing.offer_code}
    if wanted:
        found.offers = await offers.offers_for(session, wanted)
    found.keys = {Ref(order.store_id, order.order_id): _twin_keys(order) for order in orders if _is_compared(order)}
    for order in orders:
        ref = Ref(order.store_id, order.order_id)
        for key in found.keys.get(ref, ()):
            found.at_hand.setdefault(key, {})[ref] = order
    if found.at_hand:
        found.twins = await twins.lock_and_read(session, {key: list(alike.values()) for key, alike in found.at_hand.items()})
    return found


def _is_compared(order: Order) -> bool:
    return order.is_checked_anew or order.status is OrderStatus.CANCELLED


def _twin_keys(order: Order) -> list[TwinKey]:
    return [(order.store_id, key) for key in order.twin_keys]


def _offer(order: StandingOrder) -> OfferWanted:
    return OfferWanted(order.store_id, order.offer_code, order.customer.customer_id)


def _twin(order: Order) -> Twin:
    return Twin(order.order_id, order.placed.placed_at, order.confirmed_at is not None, order.status is OrderStatus.CANCELLED)
