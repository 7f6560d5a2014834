"""Of the customers who asked, how many ordered (ORD-11), in numbers that add up.

Customers of two days do not add up: who asked on both is one. So a day counts each by the day on which she had asked the time before. Over
any period a sum is then exact, for on just one of its days had she not asked in it before.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from services.orders.domain.figures import NOBODY, Kind

NEVER = date.min


class Inquiry(NamedTuple):
    """As it was told last. `asked_on` is by the store's zone when it was told first; `open_since`, when she asked, None once closed."""

    store_id: str
    inquiry_id: UUID
    version: int
    person: str
    asked_on: date
    sku: str | None
    open_since: datetime | None = None
    agent_id: str | None = None
    linked_order_id: str | None = None
    closed_at: datetime | None = None

    def followed_by(self, told: "Inquiry") -> "Inquiry":
        """The newest version counts; one that is opened again keeps its agent and its order until it is closed again."""
        if told.version <= self.version:
            return self
        if told.open_since is None:
            return told._replace(asked_on=self.asked_on)
        kept = told._replace(agent_id=self.agent_id, linked_order_id=self.linked_order_id, closed_at=self.closed_at)
        return kept._replace(asked_on=self.asked_on)

    @property
    def names(self) -> Iterator[tuple[Kind, str]]:
        """What it counts for."""
        yield Kind.STORE, NOBODY
        yield Kind.PRODUCT, self.sku or NOBODY
        yield Kind.AGENT, self.agent_id or NOBODY


class Turn(NamedTuple):
    """Where a customer counts who asked on a day; `before` is the day on which she had asked last, NEVER where she had not."""

    store_id: str
    kind: Kind
    name: str
    day: date
    before: date


class Asked(NamedTuple):
    """How many customers asked, and how many ordered by it; of those `before` is the day of the last inquiry that led to an order."""

    asked: int = 0
    ordered: int = 0


NOT_ASKED = Asked()


def differences(before: Collection[Inquiry], after: Collection[Inquiry]) -> dict[Turn, Asked]:
    """What all inquiries of some customers count as they are now less what they counted as they were."""
    found: dict[Turn, Asked] = defaultdict(Asked)
    for inquiries, times in ((after, 1), (before, -1)):
        for turn in _turns(inquiries):
            found[turn] = found[turn]._replace(asked=found[turn].asked + times)
        for turn in _turns(each for each in inquiries if each.linked_order_id is not None):
            found[turn] = found[turn]._replace(ordered=found[turn].ordered + times)
    return {turn: asked for turn, asked in found.items() if asked != NOT_ASKED}


def _turns(inquiries: Iterable[Inquiry]) -> Iterator[Turn]:
    days: dict[tuple[str, str, Kind, str], set[date]] = defaultdict(set)
    for each in inquiries:
        for kind, name in each.names:
            days[each.store_id, each.person, kind, name].add(each.asked_on)
    for (store_id, _, kind, name), known in days.items():
        for earlier, day in pairwise([NEVER, *sorted(known)]):
            yield Turn(store_id, kind, name, day, earlier)
