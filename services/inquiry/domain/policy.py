from dataclasses import dataclass
from datetime import timedelta

from shared.bounds import check_bounds, number
from shared.errors import FieldProblem

_LONGEST = 100_000_000
_HUNDRED = 100


@dataclass(frozen=True, slots=True)
class InquiryPolicy:
    """What a store decides for itself about its conversations (INQ-1, INQ-5, INQ-10, INQ-12, INQ-13).

    First responses are due in business time: chat warns before it breaches; every channel that is not chat, e-mail or phone is social.
    """

    chat_warn_seconds: int = number(10, most=_LONGEST)
    chat_breach_seconds: int = number(30, most=_LONGEST)
    social_breach_seconds: int = number(15 * 60, most=_LONGEST)
    email_breach_seconds: int = number(4 * 3600, most=_LONGEST)
    chat_reply_seconds: int = number(120, most=_LONGEST)
    reopen_seconds: int = number(24 * 3600, most=_LONGEST)
    abandon_seconds: int = number(48 * 3600, most=_LONGEST)
    link_seconds: int = number(7 * 86_400, most=_LONGEST)
    safety_stock: int = number(3)
    offer_days: int = number(7, most=3650)
    agent_percent: int = number(10, most=_HUNDRED)

    def __post_init__(self) -> None:
        """PolicyOutOfRange with every number that makes no sense."""
        problem = FieldProblem("values.chat_warn_seconds", "order", "must not be more than chat_breach_seconds")
        check_bounds(self, *([problem] if self.chat_warn_seconds > self.chat_breach_seconds else []))

    @property
    def reopen_within(self) -> timedelta:
        return timedelta(seconds=self.reopen_seconds)

    @property
    def abandon_after(self) -> timedelta:
        return timedelta(seconds=self.abandon_seconds)

    @property
    def link_within(self) -> timedelta:
        return timedelta(seconds=self.link_seconds)
