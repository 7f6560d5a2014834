"""What is watched of an order without anybody asking (ORD-8), with the thresholds of ORD-7.

                      ┌─ no number ──▶ no-number: lost                 unshipped: of what no parcel holds yet
    dispatched ───────┤
                      └─ number ──▶ not-online ──▶ silent, on its way or there ──▶ unsigned ──▶ signed

A parcel is before one threshold at a time, or beyond it. Which is a function of the facts, so it does not matter in which order they came.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from services.orders.domain import checks
from services.orders.domain.decisions import AUTO
from services.orders.domain.facts import Facts
from services.orders.domain.order import Order
from services.orders.domain.parts import Dispatch, Tracking
from services.orders.domain.status import OrderStatus, delivered_at, is_all_dispatched
from services.orders.domain.watch_policy import WatchPolicy

_BEYOND = timedelta(microseconds=1)
_IN_COUNTRY = frozenset({"arrived-in-country", "out-for-delivery", "failed-attempt"})
_UNDER_WAY = frozenset({OrderStatus.CONFIRMED, OrderStatus.SHIPPED})


class Threshold(StrEnum):
    UNSHIPPED = "unshipped"
    NOT_ONLINE = "not-online"
    SILENT = "silent"
    NO_NUMBER = "no-number"
    DECLARED_LOST = "declared-lost"
    UNSIGNED = "unsigned"
    SIGNED = "signed"


LOST = (Threshold.NO_NUMBER, Threshold.DECLARED_LOST)
DELAYED = (Threshold.UNSHIPPED, Threshold.NOT_ONLINE, Threshold.SILENT)


class Watched(NamedTuple):
    """A threshold something is before, or beyond; `shipment_id` None: the order itself. Each `crossing_id` is crossed once."""

    crossing_id: str
    threshold: Threshold
    shipment_id: str | None
    since: datetime
    due_at: datetime

    @property
    def place(self) -> tuple[Threshold, str | None]:
        return self.threshold, self.shipment_id


def watched(order: Order, policy: WatchPolicy) -> list[Watched]:
    """By the facts as they are, crossed ones included as long as they hold."""
    if order.facts.placed is None or order.status is OrderStatus.CANCELLED:
        return []
    return [*_order(order, policy), *_parcels(order, policy)]


def next_due(order: Order, policy: WatchPolicy) -> datetime | None:
    """When the first threshold that is not crossed will be, if nothing happens."""
    return min((each.due_at for each in _ahead(order, policy)), default=None)


def crossed_by(order: Order, policy: WatchPolicy, now: datetime) -> list[Watched]:
    """The one that was due first comes first."""
    return sorted((each for each in _ahead(order, policy) if each.due_at <= now), key=lambda each: (each.due_at, each.crossing_id))


def over(order: Order, policy: WatchPolicy) -> frozenset[tuple[Threshold, str | None]]:
    """Delays that were crossed and hold no more, and lost parcels that have come: nobody needs an answer about them."""
    found = [(Threshold(each.threshold), each.shipment_id) for each in order.facts.crossed.values()]
    crossed = {(what, whose) for what, whose in found if what in DELAYED or (what in LOST and whose in order.facts.delivered)}
    if not crossed:
        return frozenset()
    hold = {each.place for each in watched(order, policy) if each.crossing_id in order.facts.crossed}
    return frozenset(crossed - hold)


def crossing_id(threshold: Threshold, shipment_id: str | None) -> str:
    return f"{shipment_id or ''}/{threshold}"


def is_lost(order: Order, shipment_id: str) -> bool:
    return any(crossing_id(threshold, shipment_id) in order.facts.crossed for threshold in LOST)


def was_delayed(order: Order, threshold: Threshold, shipment_id: str | None) -> bool:
    """Whether this delay was crossed before: it is told once, though a parcel may fall silent again."""
    return any(each.threshold == threshold and each.shipment_id == shipment_id for each in order.facts.crossed.values())


def is_paid(order: Order) -> bool:
    """What was confirmed by itself was paid by then (ORD-2)."""
    if order.confirmed_by == AUTO:
        return True
    standing = order.standing
    return standing.payment_terms == "on-delivery" or checks.paid_in(standing.total.currency, order.facts.payments) >= standing.total


def _ahead(order: Order, policy: WatchPolicy) -> list[Watched]:
    return [each for each in watched(order, policy) if each.crossing_id not in order.facts.crossed]


def _order(order: Order, policy: WatchPolicy) -> Iterator[Watched]:
    facts = order.facts
    if order.status is OrderStatus.SIGNED:
        signed_at = delivered_at(facts)
        yield Watched(crossing_id(Threshold.SIGNED, None), Threshold.SIGNED, None, signed_at, signed_at)
    elif order.status in _UNDER_WAY and order.confirmed_at and is_paid(order) and not is_all_dispatched(facts, order.standing.lines):
        yield _after(policy.young_order_days, Threshold.UNSHIPPED, None, order.placed.placed_at)


def _parcels(order: Order, policy: WatchPolicy) -> Iterator[Watched]:
    facts = order.facts
    for shipment_id, delivery in facts.delivered.items():
        if not delivery.signed_by and order.outcome is None:
            yield _after(policy.sign_reminder_days, Threshold.UNSIGNED, shipment_id, delivery.delivered_at)
    for shipment_id, dispatch in facts.dispatched.items():
        if shipment_id in facts.delivered or is_lost(order, shipment_id):
            continue
        if seen := sightings(order.facts, shipment_id):
            yield from _on_its_way(order, policy, shipment_id, seen)
        else:
            yield _out_of_sight(policy, shipment_id, dispatch)


def _out_of_sight(policy: WatchPolicy, shipment_id: str, dispatch: Dispatch) -> Watched:
    if not dispatch.tracking_number:
        return _after(policy.unnumbered_days, Threshold.NO_NUMBER, shipment_id, dispatch.dispatched_at)
    return _after(policy.not_online_days, Threshold.NOT_ONLINE, shipment_id, dispatch.dispatched_at)


def _on_its_way(order: Order, policy: WatchPolicy, shipment_id: str, known: list[Tracking]) -> Iterator[Watched]:
    """Each silence is crossed by itself: a parcel that was seen again may fall silent once more. The local post is given longer."""
    there = any(is_there(seen, order.standing.shipping_address.country) for seen in known)
    last = known[-1].tracked_at
    silence = _after(policy.silent_there_days if there else policy.silent_days, Threshold.SILENT, shipment_id, last)
    yield silence._replace(crossing_id=f"{silence.crossing_id}/{last.isoformat()}")


def sightings(facts: Facts, shipment_id: str) -> list[Tracking]:
    """The first and the last time that the parcel was seen."""
    return [seen for seen in (facts.first_tracked.get(shipment_id), facts.last_tracked.get(shipment_id)) if seen is not None]


def is_there(seen: Tracking, country: str | None) -> bool:
    """In the country it goes to (ORD-7)."""
    return seen.status in _IN_COUNTRY or (seen.country != "" and seen.country.casefold() == (country or "").strip().casefold())


def _after(days: int, threshold: Threshold, shipment_id: str | None, since: datetime) -> Watched:
    return Watched(crossing_id(threshold, shipment_id), threshold, shipment_id, since, since + timedelta(days=days) + _BEYOND)
