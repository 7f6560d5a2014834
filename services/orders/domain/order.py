"""The order: its facts, and what was decided on them."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from services.orders.domain.checks import FailedCheck
from services.orders.domain.dues import Due
from services.orders.domain.facts import Facts, NotPlaced
from services.orders.domain.parts import Placed, StandingOrder
from services.orders.domain.records import changed, worked_out
from services.orders.domain.status import OrderStatus, status_of
from shared.money import Money


@dataclass(frozen=True)
class Order:
    """`confirmed_at` and `closed_at` are set once and never cleared: they say whether order-confirmed and order-closed were said.

    `sold_on` is the store's day it was placed on, kept whatever zone the store moves to; `sold_by` the agent whose inquiry led to it;
    `refunded` what finance settled, one amount a currency.
    """

    store_id: str
    order_id: str
    version: int = 0
    steps: int = 0
    facts: Facts = field(default_factory=Facts)
    failed_checks: tuple[FailedCheck, ...] = ()
    waived: tuple[FailedCheck, ...] = ()
    dues: tuple[Due, ...] = ()
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None
    closed_at: datetime | None = None
    outcome: str | None = None
    held_since: datetime | None = None
    hold_due_at: datetime | None = None
    taken_by: str | None = None
    taken_at: datetime | None = None
    escalated_at: datetime | None = None
    said_type: str | None = None
    said_id: UUID | None = None
    said_version: int | None = None
    sold_on: date | None = None
    sold_by: str | None = None
    refunded: tuple[Money, ...] = ()

    @property
    def placed(self) -> Placed:
        if self.facts.placed is None:
            raise NotPlaced
        return self.facts.placed

    @property
    def standing(self) -> StandingOrder:
        return self.facts.standing

    @property
    def twin_keys(self) -> tuple[str, ...]:
        return self.facts.twin_keys

    @worked_out("facts", "confirmed_at", "failed_checks")
    def status(self) -> OrderStatus:
        lines = self.standing.lines if self.facts.placed else ()
        return status_of(self.facts, lines, confirmed=self.confirmed_at is not None, held=bool(self.failed_checks))

    @property
    def is_checked_anew(self) -> bool:
        """Until it is confirmed every check runs on each event."""
        return self.facts.placed is not None and self.confirmed_at is None and self.status is not OrderStatus.CANCELLED


_BLANK = Order("", "")


def new_order(store_id: str, order_id: str) -> Order:
    """One that nothing is known of yet."""
    return changed(_BLANK, store_id=store_id, order_id=order_id)
