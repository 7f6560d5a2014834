from dataclasses import dataclass
from datetime import timedelta

from shared.errors import FieldProblem, Unprocessable

_DAY = 24 * 60
_LONGEST = 3650 * _DAY


class PolicyOutOfRange(Unprocessable):
    """A number no store can mean."""


@dataclass(frozen=True, slots=True)
class SurveyPolicy:
    """When a store asks its customers, and what it takes for satisfied (SVY-2, SVY-5)."""

    inquiry_delay_minutes: int = 0
    delivery_delay_minutes: int = 3 * _DAY
    case_delay_minutes: int = _DAY
    quiet_minutes: int = 14 * _DAY
    valid_minutes: int = 30 * _DAY
    reminder_minutes: int = 3 * _DAY
    dissatisfied_csat: int = 2
    dissatisfied_nps: int = 6

    def __post_init__(self) -> None:
        """PolicyOutOfRange with every number that makes no sense."""
        bounds = {"dissatisfied_csat": (0, 3), "dissatisfied_nps": (0, 8), "valid_minutes": (1, _LONGEST)}
        wrong = []
        for name in self.__slots__:
            least, most = bounds.get(name, (0, _LONGEST))
            if not least <= getattr(self, name) <= most:
                wrong.append(FieldProblem(f"values.{name}", "range", f"must be between {least} and {most}"))
        if wrong:
            raise PolicyOutOfRange("; ".join(f"{problem.field} {problem.message}" for problem in wrong), wrong)

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
