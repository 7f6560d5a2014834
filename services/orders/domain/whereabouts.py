"""What is known of where an order, or one of its parcels, is (ORD-7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.orders.domain.advice import business_days_later, day_of, must_know
from services.orders.domain.advice_policy import AdvicePolicy
from services.orders.domain.dues import kept
from services.orders.domain.facts import Facts
from services.orders.domain.order import Order
from services.orders.domain.parts import StandingOrder
from services.orders.domain.status import OrderStatus, under_way_at
from services.orders.domain.watch import LOST, is_there, sightings
from shared.calendar import BusinessCalendar
from shared.errors import FieldProblem, Unprocessable
from shared.money import Money, total_of

_KNOWN = frozenset({OrderStatus.PLACED, OrderStatus.HELD, OrderStatus.CONFIRMED, OrderStatus.SHIPPED})
_ON_ITS_WAY = {"zh-CN": "包裹正在途中", "en": "it is on its way"}
_LOCAL_POST = {"zh-CN": "当地邮政", "en": "the local post"}


class UnknownShipment(Unprocessable):
    """The order has no such parcel on its way."""


@dataclass(frozen=True, slots=True)
class Delay:
    """The warehouse's answer: why the order has not left, and when it will."""

    reason: str
    ships_on: date


@dataclass(frozen=True, slots=True)
class Trace:
    """The forwarder's answer: where the parcel is and when it will arrive, as far as is known, or that it is lost; `holds_until` a day."""

    whereabouts: str
    expected_on: date | None
    lost: bool
    holds_until: date


@dataclass(frozen=True, slots=True)
class Answers:
    """What departments answered about the order and its parcel; purchasing tells the day that goods come."""

    goods_expected_on: date | None = None
    delay: Delay | None = None
    trace: Trace | None = None

    def holding(self, today: date) -> "Answers":
        """An answer whose day has passed is none any more: what it promised has not come. What is lost stays lost."""
        goods, delay, trace = self.goods_expected_on, self.delay, self.trace
        return Answers(
            goods if goods and goods >= today else None,
            delay if delay and delay.ships_on >= today else None,
            trace if trace and (trace.lost or trace.holds_until >= today) else None,
        )


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Of a parcel, or of an order that has not shipped. `age` is since the placement, `under_way` since the dispatch, `silent` since it was
    last seen; `value` is what its content cost the customer."""

    order_id: str
    placed_at: datetime
    shipped: bool
    age: timedelta
    value: Money
    country: str
    shipment_id: str | None = None
    tracking_number: str | None = None
    numbered: bool = False
    online: bool = False
    in_destination_country: bool = False
    dispatched_at: datetime | None = None
    seen_at: datetime | None = None
    under_way: timedelta = timedelta(0)
    silent: timedelta = timedelta(0)
    goods_missing: bool = False
    goods_expected_on: date | None = None
    delay: Delay | None = None
    trace: Trace | None = None

    def values(self, policy: AdvicePolicy, calendar: BusinessCalendar) -> dict[str, object]:
        """What replies name."""
        return {
            "order_id": self.order_id,
            "from_days": policy.ships_from_business_days,
            "to_days": policy.ships_to_business_days,
            "ship_by": day_of(business_days_later(calendar, self.placed_at, policy.ships_to_business_days), calendar),
            "refund": self.value,
            "tracking_number": self.tracking_number or "—",
            "post": policy.local_posts.get(self.country, _LOCAL_POST),
            **self._dates(policy, calendar),
            **self._answered(),
        }

    def _dates(self, policy: AdvicePolicy, calendar: BusinessCalendar) -> dict[str, object]:
        """A parcel that should have arrived is expected when it would be presumed lost otherwise."""
        dispatched_at = self.dispatched_at or self.placed_at
        now, latest = dispatched_at + self.under_way, dispatched_at + policy.unnumbered_for
        eta = dispatched_at + policy.transit(self.country)
        moments = {
            "dispatched_on": dispatched_at,
            "online_by": dispatched_at + policy.not_online_for,
            "seen_on": self.seen_at or dispatched_at,
            "latest": latest,
            "eta": eta if eta > now else max(latest, now),
        }
        return {name: day_of(moment, calendar) for name, moment in moments.items()}

    def _answered(self) -> Mapping[str, object]:
        delay, trace = self.delay, self.trace
        return {
            "expected_on": (trace and trace.expected_on) or self.goods_expected_on,
            "delay": delay and delay.reason,
            "ships_on": delay and delay.ships_on,
            "whereabouts": (trace and trace.whereabouts) or _ON_ITS_WAY,
        }


def parcel_asked_about(order: Order, shipment_id: str | None) -> str | None:
    """The one named, else the one longest on its way, unless it was lost and sent again; None where nothing is.

    UnknownShipment (422), StateUnknownToRule (409).
    """
    must_know("ORD-7", order.status, _KNOWN)
    facts = order.facts
    on_the_way = (facts.dispatched.keys() | facts.last_tracked.keys()) - facts.delivered.keys()
    if shipment_id is None:
        wanted = {each for each in on_the_way if not _was_sent_again(facts, each)} or on_the_way
        return min(wanted, key=lambda each: (under_way_at(facts, each), each), default=None)
    if shipment_id not in on_the_way:
        raise UnknownShipment("there is no such parcel", [FieldProblem("shipment_id", "on-its-way", "must be a parcel on its way")])
    return shipment_id


def _was_sent_again(facts: Facts, shipment_id: str) -> bool:
    """Something left after it was known to be lost."""
    lost_at = [each.crossed_at for each in facts.crossed.values() if each.shipment_id == shipment_id and each.threshold in LOST]
    return bool(lost_at) and any(dispatch.dispatched_at > min(lost_at) for dispatch in facts.dispatched.values())


def whereabouts(
    order: Order,
    shipment_id: str | None,
    answers: Answers,
    calendar: BusinessCalendar,
    now: datetime,
    *,
    goods_missing: bool = False,
) -> Whereabouts:
    """`shipment_id` is as `parcel_asked_about` tells it."""
    standing, holding = order.standing, answers.holding(day_of(now, calendar))
    known: dict[str, object] = {} if shipment_id is None else _parcel(order.facts, standing, shipment_id, now)
    return Whereabouts(
        order_id=order.order_id,
        placed_at=standing.placed_at,
        shipped=shipment_id is not None,
        age=now - standing.placed_at,
        value=value_of(order, shipment_id),
        country=standing.shipping_address.country or "",
        goods_missing=goods_missing,
        goods_expected_on=holding.goods_expected_on,
        delay=holding.delay,
        trace=holding.trace,
        **known,  # type: ignore[arg-type]
    )


def value_of(order: Order, shipment_id: str | None) -> Money:
    """What was paid for what is in the parcel, or in none yet; for the whole order all of it, never what is due back already."""
    standing, most = order.standing, kept(order.standing, order.facts, order.dues)
    inside = _inside(order, shipment_id)
    if all(inside.get(line.line_id, 0) >= line.quantity for line in standing.lines):
        return most
    parts = [(line.unit_price, min(inside.get(line.line_id, 0), line.quantity)) for line in standing.lines]
    parts += [(line.discount, -1) for line in standing.lines if line.discount and inside.get(line.line_id, 0) >= line.quantity]
    return min(most, max(total_of(parts, standing.total.currency), Money.zero(standing.total.currency)))


def _inside(order: Order, shipment_id: str | None) -> dict[str, int]:
    """Quantities by line; a parcel that names no lines holds the whole order."""
    whole = {line.line_id: line.quantity for line in order.standing.lines}
    if shipment_id is not None:
        dispatch = order.facts.dispatched.get(shipment_id)
        return {each.line_id: each.quantity for each in dispatch.lines} if dispatch and dispatch.lines else whole
    for dispatch in order.facts.dispatched.values():
        for each in dispatch.lines:
            whole[each.line_id] = max(0, whole.get(each.line_id, 0) - each.quantity)
    return whole


def _parcel(facts: Facts, order: StandingOrder, shipment_id: str, now: datetime) -> dict[str, object]:
    dispatched_at = under_way_at(facts, shipment_id)
    dispatch, seen = facts.dispatched.get(shipment_id), facts.last_tracked.get(shipment_id)
    number = (dispatch.tracking_number or None) if dispatch else None
    return {
        "shipment_id": shipment_id,
        "tracking_number": number,
        "numbered": number is not None or seen is not None,
        "online": seen is not None,
        "in_destination_country": any(is_there(each, order.shipping_address.country) for each in sightings(facts, shipment_id)),
        "dispatched_at": dispatched_at,
        "seen_at": seen and seen.tracked_at,
        "under_way": now - dispatched_at,
        "silent": now - seen.tracked_at if seen else timedelta(0),
    }
