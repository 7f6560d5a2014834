"""Customers who stopped ordering (CUS-5)."""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from services.orders.domain.value_policy import ValuePolicy

_TICK = timedelta(microseconds=1)


class Loss(StrEnum):
    TEMPORARY = "temporary"
    PERMANENT = "permanent"


def own_interval(orders: int, first_at: datetime, last_at: datetime, policy: ValuePolicy) -> timedelta:
    """The mean time between her orders, at least `shortest_interval_days`; of one who ordered once, what is usual in the store."""
    if orders <= 1:
        return timedelta(days=policy.usual_interval_days)
    return max((last_at - first_at) / (orders - 1), timedelta(days=policy.shortest_interval_days))


def loss_of(interval: timedelta, last_at: datetime, now: datetime, policy: ValuePolicy) -> Loss | None:
    """Lost from the moment on at which twice, or four times, her interval has passed."""
    if _has_passed(now - last_at, interval, policy.lost_permanently_after):
        return Loss.PERMANENT
    return Loss.TEMPORARY if _has_passed(now - last_at, interval, policy.lost_temporarily_after) else None


def _has_passed(passed: timedelta, interval: timedelta, times: Decimal) -> bool:
    """Numbers are compared, not times: four times a long interval may lie beyond the calendar."""
    return Decimal(passed // _TICK) >= Decimal(interval // _TICK) * times
