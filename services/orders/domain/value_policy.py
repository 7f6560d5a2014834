"""The numbers of customer value (CUS-1 to CUS-6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from shared.bounds import amounts, number
from shared.errors import FieldProblem

_A_DAY = 23  # the last hour of it


@dataclass(frozen=True)
class ValuePolicy:
    """What a store decides for itself about the worth of its customers.

    Shares are parts of one. Windows are whole calendar months (UTC), the running one among them. What a customer cost to win, and costs
    to serve a year, are amounts by currency; a currency that is missing counts as nothing.
    """

    value_months: int = number(12, 1, 60)
    key_share: Decimal = number(Decimal("0.70"), 0, 1)
    potential_share: Decimal = number(Decimal("0.90"), 0, 1)
    growth_months: int = number(3, 1, 30)
    growth_factor: Decimal = number(Decimal(2), 1, 100)
    lost_temporarily_after: Decimal = number(Decimal(2), 1, 100)
    lost_permanently_after: Decimal = number(Decimal(4), 1, 100)
    usual_interval_days: int = number(90, 1, 3650)
    shortest_interval_days: int = number(1, 1, 3650)
    horizon_years: int = number(5, 1, 50)
    margin: Decimal = number(Decimal("0.30"), 0, 1)
    discount_rate: Decimal = number(Decimal("0.10"), 0, 10)
    acquisition_cost: dict[str, Decimal] = amounts(dict)
    service_cost: dict[str, Decimal] = amounts(dict)
    usual_retention: Decimal = number(Decimal("0.50"), 0, 1)
    retention_sample: int = number(30, 1)
    satisfied_tells: int = number(5, 0, 1000)
    dissatisfied_tells: int = number(10, 0, 1000)
    told_converted: Decimal = number(Decimal("0.20"), 0, 1)
    age_band_2_from: int = number(18, 1, 120)
    age_band_3_from: int = number(25, 1, 120)
    age_band_4_from: int = number(35, 1, 120)
    age_band_5_from: int = number(45, 1, 120)
    age_band_6_from: int = number(55, 1, 120)
    classify_hour: int = number(3, 0, _A_DAY)
    care_hour: int = number(10, 0, _A_DAY)
    quiet_from_hour: int = number(22, 0, _A_DAY)
    quiet_until_hour: int = number(8, 0, _A_DAY)
    birthday_care: bool = True
    holiday_care: bool = True

    @property
    def age_edges(self) -> tuple[int, ...]:
        return self.age_band_2_from, self.age_band_3_from, self.age_band_4_from, self.age_band_5_from, self.age_band_6_from

    def is_quiet(self, hour: int) -> bool:
        """At night nobody is written to; equal hours mean that there is no night."""
        start, end = self.quiet_from_hour, self.quiet_until_hour
        return start <= hour < end if start <= end else hour >= start or hour < end

    def contradictions(self) -> Iterator[FieldProblem]:
        """Numbers that are each allowed and mean nothing together."""
        if self.key_share > self.potential_share:
            yield FieldProblem("values.potential_share", "order", "must not be less than key_share")
        if self.lost_temporarily_after > self.lost_permanently_after:
            yield FieldProblem("values.lost_permanently_after", "order", "must not be less than lost_temporarily_after")
        if list(self.age_edges) != sorted(set(self.age_edges)):
            yield FieldProblem("values.age_band_2_from", "order", "age bands must begin one after another")
        if self.is_quiet(self.care_hour):
            yield FieldProblem("values.care_hour", "night", "must not lie in the quiet hours")
