"""What an order's facts call for, and what is to be said of it (ORD-1, ORD-2)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from services.orders.domain import checks
from services.orders.domain.checks import Circumstances
from services.orders.domain.dues import Due, dues_of_cancelled
from services.orders.domain.order import Order
from services.orders.domain.records import changed
from services.orders.domain.status import OrderStatus, delivered_at

AUTO = "auto"


class Said(StrEnum):
    """What is said of an order; the values are the events' names."""

    CONFIRMED = "order-confirmed"
    HELD = "order-held"
    CLOSED = "order-closed"
    CHANGED = "order-changed"


def decide(order: Order, circumstances: Circumstances, now: datetime) -> Order:
    """A placed order with every decision its facts call for. Deciding again on the same changes nothing."""
    order = _checked(order, circumstances, now)
    status = order.status
    outcome = _outcome(order, status, circumstances.policy.delivered_after, now)
    if outcome != order.outcome:
        order = changed(order, outcome=outcome, closed_at=order.closed_at or now)
    if status is OrderStatus.CANCELLED:
        order = changed(order, dues=_dues(order))
    if status is OrderStatus.HELD and order.held_since is None:
        return changed(order, held_since=now)
    if status is not OrderStatus.HELD and order.held_since is not None:
        return changed(order, held_since=None, hold_due_at=None, taken_by=None, taken_at=None, escalated_at=None)
    return order


def announcements(before: Order, after: Order) -> Sequence[Said]:
    """What is to be said of the step from `before` to `after`, in this order; a first confirmation and a first closing exactly once."""
    if after.facts.placed is None:
        return ()
    said = []
    if before.confirmed_at is None and after.confirmed_at is not None:
        said.append(Said.CONFIRMED)
    if before.held_since is None and after.held_since is not None:
        said.append(Said.HELD)
    if before.closed_at is None and after.closed_at is not None:
        said.append(Said.CLOSED)
    if not said and before.said_type is not None and _shown(before) != _shown(after):
        said.append(Said.CHANGED)
    return said


def _checked(order: Order, circumstances: Circumstances, now: datetime) -> Order:
    if order.status is OrderStatus.CANCELLED:
        return changed(order, failed_checks=())
    standing, payments = order.standing, order.facts.payments
    if order.confirmed_at is not None:
        failed = checks.failed_address_checks(standing)
        return changed(order, failed_checks=tuple(failure for failure in failed if failure not in order.waived))
    failed = checks.failed_checks(standing, payments, circumstances)
    if not failed:
        return changed(order, failed_checks=(), confirmed_at=now, confirmed_by=AUTO)
    waits = checks.waits_for_payment_only(standing, payments, failed)
    return changed(order, failed_checks=() if waits else failed)


def _outcome(order: Order, status: OrderStatus, delivered_after: timedelta, now: datetime) -> str | None:
    """How it ended, so far; an unsigned delivery ends an order when it has waited long enough (§7)."""
    if status in (OrderStatus.CANCELLED, OrderStatus.SIGNED):
        return status.value
    if status is OrderStatus.DELIVERED and (order.outcome == status or delivered_at(order.facts) + delivered_after <= now):
        return status.value
    return None


def _dues(order: Order) -> tuple[Due, ...]:
    return (*order.dues, *dues_of_cancelled(order.standing, order.facts, order.dues).values())


def _shown(order: Order) -> tuple[object, ...]:
    """Everything a snapshot shows but its version."""
    facts, standing = order.facts, order.standing
    content = [getattr(standing, name) for name in _CONTENT]
    happened = (facts.payments, facts.dispatched, facts.last_tracked, facts.delivered)
    return (*content, *happened, order.status, order.failed_checks, order.dues, order.confirmed_at, order.confirmed_by, order.outcome)


_CONTENT = ("placed_at", "customer", "shipping_address", "lines", "discount", "shipping_fee", "tax", "total", "payment_terms", "offer_code",
            "customer_note", "wholesale", "dropship")  # fmt: skip
