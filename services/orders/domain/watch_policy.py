from dataclasses import dataclass
from datetime import timedelta

from services.orders.domain.lateness_policy import LatenessPolicy
from shared.bounds import number
from shared.errors import FieldProblem

_A_YEAR = 365
_LONGEST_CODE = 64


@dataclass(frozen=True)
class WatchPolicy(LatenessPolicy):
    """What an arrival calls for (ORD-8), and how far ahead a storefront's clock may be.

    A parcel in the destination country is the local post's (ORD-7); if nothing is heard of it for `silent_there_days`, it is searched for.
    A signed order earns the coupon `reward_coupon` where there is one, else `reward_points` points, else thanks only.
    """

    silent_there_days: int = number(30, 0, _A_YEAR)
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
