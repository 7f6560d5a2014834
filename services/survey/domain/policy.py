from dataclasses import dataclass
from datetime import timedelta

from shared.bounds import check_bounds, number

_DAY = 24 * 60
_LONGEST = 3650 * _DAY


@dataclass(frozen=True, slots=True)
class SurveyPolicy:
    """When a store asks its customers, and what it takes for satisfied (SVY-2, SVY-5)."""

    inquiry_delay_minutes: int = number(0, most=_LONGEST)
    delivery_delay_minutes: int = number(3 * _DAY, most=_LONGEST)
    case_delay_minutes: int = number(_DAY, most=_LONGEST)
    quiet_minutes: int = number(14 * _DAY, most=_LONGEST)
    valid_minutes: int = number(30 * _DAY, 1, _LONGEST)
    reminder_minutes: int = number(3 * _DAY, most=_LONGEST)
    dissatisfied_csat: int = number(2, most=3)
    dissatisfied_nps: int = number(6, most=8)

    def __post_init__(self) -> None:
        """PolicyOutOfRange with every number that makes no sense."""
        check_bounds(self)

    def delay(self, kind: str) -> timedelta:
        """From the occasion until the customer is asked; one that an agent makes is not put off."""
        minutes = {
            "inquiry": self.inquiry_delay_minutes,
            "delivery": self.delivery_delay_minutes,
            "case": self.case_delay_minutes,
        }
        return timedelta(minutes=minutes.get(kind, 0))

    @property
    def quiet(self) -> timedelta:
        """A customer is asked at most once in this time."""
        return timedelta(minutes=self.quiet_minutes)

    @property
    def valid(self) -> timedelta:
        return timedelta(minutes=self.valid_minutes)

    @property
    def reminded_after(self) -> timedelta:
        return timedelta(minutes=self.reminder_minutes)
