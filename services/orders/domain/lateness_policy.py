from dataclasses import dataclass
from datetime import timedelta

from shared.bounds import number

_A_YEAR = 365


@dataclass(frozen=True)
class LatenessPolicy:
    """From when on an order or a parcel is late, whether somebody asks (ORD-7) or nobody does (ORD-8).

    Days are days on the clock on the wall: beyond so many of them, to the second, a threshold is crossed.
    """

    young_order_days: int = number(5, 0, _A_YEAR)
    unnumbered_days: int = number(50, 0, _A_YEAR)
    not_online_days: int = number(5, 0, _A_YEAR)
    forwarder_days: int = number(5, 1, _A_YEAR)
    silent_days: int = number(15, 0, _A_YEAR)
    answer_business_days: int = number(1, 0, _A_YEAR)

    @property
    def young_order_for(self) -> timedelta:
        return timedelta(days=self.young_order_days)

    @property
    def unnumbered_for(self) -> timedelta:
        """How long a parcel without a number is waited for before it is presumed lost."""
        return timedelta(days=self.unnumbered_days)

    @property
    def not_online_for(self) -> timedelta:
        return timedelta(days=self.not_online_days)

    @property
    def silent_for(self) -> timedelta:
        return timedelta(days=self.silent_days)

    @property
    def forwarder_answers_within(self) -> timedelta:
        return timedelta(days=self.forwarder_days)
