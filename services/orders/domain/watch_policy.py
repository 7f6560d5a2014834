from dataclasses import dataclass
from datetime import timedelta

from shared.bounds import number
from shared.errors import FieldProblem

_A_YEAR = 365
_LONGEST_CODE = 64


@dataclass(frozen=True)
class WatchPolicy:
    """When an order or a parcel is too late (ORD-7, ORD-8), what a signature earns, and how far ahead a storefront's clock may be.

    Days are days on the clock on the wall: beyond so many of them, to the second, a threshold is crossed. A signed order earns the coupon
    `reward_coupon` where there is one, else `reward_points` points, else thanks only.
    """

    young_order_days: int = number(5, 0, _A_YEAR)
    unnumbered_days: int = number(50, 0, _A_YEAR)
    not_online_days: int = number(5, 0, _A_YEAR)
    forwarder_days: int = number(5, 1, _A_YEAR)
    silent_days: int = number(15, 0, _A_YEAR)
    answer_business_days: int = number(1, 0, _A_YEAR)
    sign_reminder_days: int = number(3, 0, _A_YEAR)
    reward_points: int = number(10)
    reward_coupon: str = ""
    clock_ahead_minutes: int = number(5, 0, 24 * 60)

    @property
    def clock_ahead(self) -> timedelta:
        return timedelta(minutes=self.clock_ahead_minutes)


def reward_problems(policy: WatchPolicy) -> list[FieldProblem]:
    if len(policy.reward_coupon) <= _LONGEST_CODE:
        return []
    return [FieldProblem("values.reward_coupon", "length", f"must not be longer than {_LONGEST_CODE}")]
