"""An inquiry's states, and which of them a message or a person may change (INQ-1, INQ-6, INQ-13).

waiting ──▶ open ──▶ closed ──▶ waiting or open again, when the customer writes soon enough
   └───────────────────▲
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from shared.errors import Conflict


class InquiryStatus(StrEnum):
    WAITING = "waiting"
    OPEN = "open"
    CLOSED = "closed"


class Outcome(StrEnum):
    WON = "won"
    LOST = "lost"
    RESOLVED = "resolved"
    ABANDONED = "abandoned"


class Arrival(StrEnum):
    """What a customer's message does to the newest inquiry of hers on its channel."""

    OPENS = "opens"
    JOINS = "joins"
    REOPENS = "reopens"


class InquiryNotOpen(Conflict):
    """It is closed, and only the customer's next message opens it again."""


class InquiryTaken(Conflict):
    """Somebody has it already."""


class InquiryNotTaken(Conflict):
    """Nobody has it."""


def arrival(closed_at: datetime | None, now: datetime, reopen_within: timedelta, *, known: bool) -> Arrival:
    """An open one is joined; one closed for less than `reopen_within` is opened again; else there is a new one (INQ-1)."""
    if not known:
        return Arrival.OPENS
    if closed_at is None:
        return Arrival.JOINS
    return Arrival.REOPENS if now - closed_at < reopen_within else Arrival.OPENS


def must_be_open(status: str) -> None:
    if status == InquiryStatus.CLOSED:
        raise InquiryNotOpen("it is closed")


def outcome_of(chosen: Outcome, *, linked: bool) -> Outcome:
    """Whoever bought was won, even if she never wrote again (INQ-13)."""
    return Outcome.WON if linked and chosen is Outcome.ABANDONED else chosen


def is_linked_by(placed_at: datetime, received_at: datetime, last_customer_at: datetime, link_within: timedelta) -> bool:
    """Placed after she asked, and not later than `link_within` after her last message (INQ-13)."""
    return received_at <= placed_at <= last_customer_at + link_within


def speaks(languages: Collection[str], language: str) -> bool:
    """`zh-CN` and `zh-TW` understand each other."""
    return _primary(language) in {_primary(each) for each in languages}


def _primary(language: str) -> str:
    return language.lower().partition("-")[0]
