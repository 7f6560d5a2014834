from dataclasses import dataclass, fields
from datetime import timedelta

from shared.errors import FieldProblem, Unprocessable

_MOST = 100_000_000
_HUNDRED = 100


class PolicyOutOfRange(Unprocessable):
    """A number no store can mean."""


@dataclass(frozen=True, slots=True)
class InquiryPolicy:
    """What a store decides for itself about its conversations (INQ-1, INQ-5, INQ-10, INQ-12, INQ-13).

    First responses are due in business time: chat warns before it breaches; every channel that is not chat, e-mail or phone is social.
    """

    chat_warn_seconds: int = 10
    chat_breach_seconds: int = 30
    social_breach_seconds: int = 15 * 60
    email_breach_seconds: int = 4 * 3600
    chat_reply_seconds: int = 120
    reopen_seconds: int = 24 * 3600
    abandon_seconds: int = 48 * 3600
    link_seconds: int = 7 * 86_400
    safety_stock: int = 3
    offer_days: int = 7
    agent_percent: int = 10

    def __post_init__(self) -> None:
        """PolicyOutOfRange with every number that makes no sense."""
        most = {"agent_percent": _HUNDRED, "offer_days": 3650}
        wrong = [
            FieldProblem(f"values.{field.name}", "range", f"must be between 0 and {most.get(field.name, _MOST)}")
            for field in fields(self)
            if not 0 <= getattr(self, field.name) <= most.get(field.name, _MOST)
        ]
        if self.chat_warn_seconds > self.chat_breach_seconds and not wrong:
            wrong.append(FieldProblem("values.chat_warn_seconds", "order", "must not be more than chat_breach_seconds"))
        if wrong:
            raise PolicyOutOfRange("; ".join(f"{problem.field} {problem.message}" for problem in wrong), wrong)

    @property
    def reopen_within(self) -> timedelta:
        return timedelta(seconds=self.reopen_seconds)

    @property
    def abandon_after(self) -> timedelta:
        return timedelta(seconds=self.abandon_seconds)

    @property
    def link_within(self) -> timedelta:
        return timedelta(seconds=self.link_seconds)
