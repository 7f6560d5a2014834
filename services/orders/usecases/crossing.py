"""What a crossed threshold leads to: a step of the order, an event, a message to the customer, a reward (ORD-8)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders import metrics
from services.orders.domain import watch
from services.orders.domain.facts import Facts
from services.orders.domain.order import Order
from services.orders.domain.policy import OrderPolicy
from services.orders.domain.records import changed
from services.orders.domain.watch import Threshold, Watched
from services.orders.models.facts import Crossed
from services.orders.repository import history, orders
from services.orders.repository.history import NumberedStep, Step
from services.orders.usecases import parcels, watch_tellings
from shared.clock import new_id
from shared.counting import on_commit
from shared.events.parts import About
from shared.events.rewards import RewardGranted
from shared.history import AUTO
from shared.messaging.outbox import publish


def crossed(order: Order, thresholds: Sequence[Watched], now: datetime) -> Order:
    """The order with the crossings among its facts; every event that will be said of them has a version of its own."""
    version, known = order.version, dict(order.facts.crossed)
    for each in thresholds:
        said = parcels.is_said(order, each)
        version += 1 if said else 0
        known[each.crossing_id] = Crossed(
            crossing_id=each.crossing_id,
            threshold=each.threshold.value,
            shipment_id=each.shipment_id,
            since=each.since,
            crossed_at=now,
            said_id=new_id() if said or each.threshold is Threshold.SIGNED else None,
            version=version if said else None,
        )
    if not thresholds:
        return order
    facts: Facts = changed(order.facts, crossed=known)
    return changed(order, facts=facts, version=max(version, order.version + 1), steps=order.steps + len(thresholds))


Crossings = Sequence[tuple[Order, Order, Sequence[Watched]]]


async def record(session: AsyncSession, crossings: Crossings, rules: Mapping[str, OrderPolicy], now: datetime) -> None:
    """Writes (order before, order after, thresholds), says and tells what came of each."""
    await orders.save(session, [(before, after) for before, after, _ in crossings], now)
    await history.add_steps(session, [step for each in crossings for step in _steps(*each, now)])
    for before, after, thresholds in crossings:
        for each in thresholds:
            on_commit(session, metrics.crossed.labels(each.threshold).inc)
            parcels.say(session, after, after.facts.crossed[each.crossing_id])
            _tell(session, before, after, each, rules[after.store_id], now)


def _steps(before: Order, after: Order, thresholds: Sequence[Watched], now: datetime) -> list[NumberedStep]:
    numbered = enumerate(thresholds, before.steps + 1)
    return [
        NumberedStep(after.store_id, after.order_id, number, now, Step(f"crossed-{each.threshold}", AUTO, None, _detail(each)))
        for number, each in numbered
    ]


def _detail(each: Watched) -> dict[str, object]:
    return {"shipment_id": each.shipment_id, "since": each.since}


def _tell(session: AsyncSession, before: Order, order: Order, each: Watched, policy: OrderPolicy, now: datetime) -> None:
    if each.threshold is Threshold.SIGNED:
        reward_id = order.facts.crossed[each.crossing_id].said_id
        assert reward_id is not None
        _thank(session, order, reward_id, policy, now)
    elif not watch.was_delayed(before, each.threshold, each.shipment_id):
        watch_tellings.tell_of_crossing(session, order, each, now)


def _thank(session: AsyncSession, order: Order, reward_id: UUID, policy: OrderPolicy, now: datetime) -> None:
    customer_id = order.standing.customer.customer_id
    reward = None if customer_id is None else _reward(policy)
    if reward is not None:
        told = {
            "reward_id": reward_id,
            "store_id": order.store_id,
            "customer_id": customer_id,
            "reason": watch_tellings.reason_of_reward(order),
            "about": About(kind="order", id=order.order_id),
            "granted_at": now,
        }
        publish(session, RewardGranted.model_validate(told | reward))
    watch_tellings.thank(session, order, reward or {}, now)


def _reward(policy: OrderPolicy) -> dict[str, object] | None:
    if policy.reward_coupon:
        return {"kind": "coupon", "coupon_code": policy.reward_coupon}
    return {"kind": "points", "points": policy.reward_points} if policy.reward_points else None
