"""What a rule may refuse. Four kinds of business error, two preconditions, and what an event's handler may say."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing wrong with one field; never carries the value that was sent."""

    field: str
    rule: str
    message: str


class BusinessError(Exception):
    """Refused for a reason a person can act on; `detail` is that reason."""

    status: ClassVar[int]

    def __init__(self, detail: str, fields: Sequence[FieldProblem] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.fields = tuple(fields)

    @classmethod
    def type(cls) -> str:
        """The class name in kebab case: `OrderNotHeld` is told as `order-not-held`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()


class NotFound(BusinessError):
    """There is no such thing, or none the caller may know of."""

    status = 404


class Conflict(BusinessError):
    """The thing is not in a state that allows this, or somebody else was first."""

    status = 409


class Forbidden(BusinessError):
    """The caller may see the thing but not do this."""

    status = 403


class Unprocessable(BusinessError):
    """Understood, and wrong: `fields` names what and why."""

    status = 422


class StaleVersion(BusinessError):
    """The caller decided on a version that is not the newest any more."""

    status = 412


class VersionMissing(BusinessError):
    """A change must say which version it was decided on (`If-Match`)."""

    status = 428


class Refused(BusinessError):
    """A handler refuses this event: it alone is set aside, its key flows on."""

    status = 422


class ClockAhead(Refused):
    """What is told has not happened yet: the sender's clock is wrong, or its date."""

    @classmethod
    def of(cls, field: str, minutes: int) -> Self:
        told = f"must not be more than {minutes} minutes in the future"
        return cls(f"{field} is more than {minutes} minutes in the future", [FieldProblem(field, "clock", told)])


class Overtaken(Exception):
    """Another transaction created the same row first; doing the work again finds it there."""
