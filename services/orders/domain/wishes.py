"""What was asked of an order, and the advice that was given: as it was told, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.orders.domain.advice import Advice
from services.orders.domain.amending import WantedLine
from shared.errors import Conflict
from shared.money import Money


class AdviceKind(StrEnum):
    CANCEL = "cancel"
    CHANGE = "change"
    LOGISTICS = "logistics"


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"


class AdviceChanged(Conflict):
    """What was advised is not what the rules advise now."""


class AdviceWaits(Conflict):
    """A department has not answered yet."""


class AdviceAccepted(Conflict):
    """It was carried out already."""


class NothingToCarryOut(Conflict):
    """The advice is something to tell the customer, and nothing to do."""


@dataclass(frozen=True, slots=True)
class Wish:
    """`lines` are those wanted in a change, `shipment_id` the parcel that is asked for; None: the one longest on its way."""

    kind: AdviceKind
    lines: tuple[WantedLine, ...] = ()
    shipment_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenTask:
    """`task_id` is there where the department was asked already."""

    kind: str
    department: str
    due_at: datetime
    waits: bool
    task_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAdvice:
    """`task_id` and `waits_until` of the department's answer it waits for; `policy_version` is that of the store's numbers it used."""

    store_id: str
    advice_id: UUID
    order_id: str
    wish: Wish
    action: str
    reason: str
    rules: tuple[str, ...]
    reply: Mapping[str, str]
    tasks: tuple[GivenTask, ...]
    choices: tuple[str, ...]
    refund: Money | None
    withheld: Money | None
    payment: Money | None
    policy_version: int
    given_at: datetime
    given_by: str
    task_id: UUID | None = None
    waits_until: datetime | None = None
    outcome: Outcome | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None

    def is_still(self, now: Advice) -> bool:
        """The same is to be done, and the same money moves, whatever day it names."""
        return now.is_the_same(self.action, self.refund, self.withheld, self.payment)

    def says_the_same(self, now: Advice, policy_version: int) -> bool:
        return self.is_still(now) and self.reply == now.reply and self.policy_version == policy_version


def must_be_as_given(given: GivenAdvice | None, now: Advice) -> None:
    """AdviceWaits, AdviceChanged, AdviceAccepted (409). Where nothing was asked before, what the rules say now is carried out."""
    if now.waits is not None:
        raise AdviceWaits(f"the advice is {now.action}: {now.waits.errand.department} has not answered yet")
    if given is None:
        return
    if not given.is_still(now):
        raise AdviceChanged(f"the advice is {now.action} by now: {now.reason}")
    if given.outcome is Outcome.ACCEPTED:
        raise AdviceAccepted(f"the advice {now.action} was carried out already")
