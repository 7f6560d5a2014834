"""From what became known of some orders to what is decided, written and said. Every use case that changes orders ends here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders import metrics
from services.orders.domain.decisions import AUTO, Said, announcements, decide
from services.orders.domain.facts import Facts
from services.orders.domain.order import Order
from services.orders.domain.policy import OrderPolicy
from services.orders.domain.records import changed
from services.orders.repository import history, orders
from services.orders.repository.history import NumberedStep, Step
from services.orders.usecases import agreeing, clocks, counting, snapshots
from services.orders.usecases.customers import recording
from services.orders.usecases.surroundings import Surroundings, surroundings
from shared import stores
from shared.calendar import BusinessCalendar, NeverOpen
from shared.clock import new_id
from shared.counting import on_commit
from shared.events.base import Event

_NOT_PLACED = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Change:
    """One order's way from `before` to `order`; `cause` is the event whose trace goes on in what is said."""

    before: Order
    order: Order
    steps: list[Step] = field(default_factory=list)
    cause: Event | None = None
    is_noted: bool = False

    def learn(self, told: Facts, step: Step) -> bool:
        """False where nothing of it is new."""
        known = self.order.facts.merged(told)
        if known is self.order.facts:
            return False
        self.order = changed(self.order, facts=known)
        self.steps.append(step)
        return True

    def note(self, step: Step) -> None:
        """What somebody did is kept though it changes nothing of the order."""
        self.steps.append(step)
        self.is_noted = True

    @property
    def is_new(self) -> bool:
        return self.before.version == 0


async def settle(session: AsyncSession, changes: Sequence[Change], now: datetime) -> None:
    """Decides what the facts call for, then records it."""
    if not changes:
        return
    for change in changes:
        if change.order.facts.agreed and change.order.facts.placed:
            await agreeing.take_up(session, change, now)
    found = await surroundings(session, [change.order for change in changes if change.order.facts.placed])
    for change in sorted(changes, key=_first_placed_first):
        change.order = _decided(change.order, found, now)
    await _date(session, changes)
    await _start_hold_clocks(session, changes, found)
    await record(session, changes, now)
    await clocks.set_clocks(session, [(change.before, change.order) for change in changes], found, now)


async def record(session: AsyncSession, changes: Sequence[Change], now: datetime) -> None:
    """Writes the orders that changed or were noted, with their steps, and says what is to be said of them; the others stay as they are."""
    moved = [change for change in changes if change.is_noted or change.order != change.before]
    steps: list[NumberedStep] = []
    for change in moved:
        _announce(session, change)
        steps += _number_steps(change, now)
    await orders.add(session, [change.order for change in moved if change.is_new], now)
    await orders.save(session, [(change.before, change.order) for change in moved if not change.is_new], now)
    await history.add_steps(session, steps)
    steps_of = [(change.before, change.order) for change in moved]
    await counting.count(session, steps_of, now)
    await recording.count_sales(session, steps_of, now)


def _first_placed_first(change: Change) -> tuple[datetime, str]:
    """Of twins in one chunk the first one placed is decided first."""
    placed = change.order.facts.placed
    return placed.placed_at if placed else _NOT_PLACED, change.order.order_id


def _decided(order: Order, found: Surroundings, now: datetime) -> Order:
    if order.facts.placed is None:
        return order
    decided = decide(order, found.of(order), now)
    found.decided(decided)
    return decided


async def _date(session: AsyncSession, changes: Sequence[Change]) -> None:
    undated = [change for change in changes if counting.is_undated(change.before, change.order)]
    for change, order in zip(undated, await counting.dated(session, [each.order for each in undated]), strict=True):
        change.order = order


async def _start_hold_clocks(session: AsyncSession, changes: Sequence[Change], found: Surroundings) -> None:
    starting = [change for change in changes if change.order.held_since and not change.order.hold_due_at]
    if starting:
        calendars = await stores.calendars(session, {change.order.store_id for change in starting})
        for change in starting:
            order = change.order
            change.order = changed(order, hold_due_at=_hold_due_at(order, calendars[order.store_id], found.policies[order.store_id]))


def _hold_due_at(order: Order, calendar: BusinessCalendar, policy: OrderPolicy) -> datetime:
    """A shop that never opens has no business time to wait for: the clock on the wall counts."""
    since = order.held_since or order.placed.placed_at
    try:
        return calendar.add_business_time(since, policy.hold_for)
    except NeverOpen:
        return since + policy.hold_for


def _announce(session: AsyncSession, change: Change) -> None:
    """Every event takes its own version; a change that is not said takes one too."""
    said, version = announcements(change.before, change.order), change.before.version
    change.steps += _decisions(change, said)
    _count(session, change.order, said)
    change.order = changed(change.order, version=version + max(1, len(said)), steps=change.before.steps + len(change.steps))
    for event in said:
        version += 1
        change.order = changed(change.order, said_type=event.value, said_id=new_id(), said_version=version)
        snapshots.say(session, change.order, caused_by=change.cause)


def _count(session: AsyncSession, order: Order, said: Sequence[Said]) -> None:
    if Said.CONFIRMED in said:
        on_commit(session, metrics.confirmed.labels(metrics.AUTO if order.confirmed_by == AUTO else metrics.AUDITOR).inc)
    if Said.HELD in said:
        for check in {failure.check for failure in order.failed_checks}:
            on_commit(session, metrics.held_for.labels(check).inc)
    if Said.CLOSED in said:
        on_commit(session, metrics.closed.labels(order.outcome).inc)


def _decisions(change: Change, said: Sequence[Said]) -> list[Step]:
    """The steps nobody took but the rules; what a person did is among the steps already."""
    steps, order = [], change.order
    if Said.CONFIRMED in said and order.confirmed_by == AUTO:
        steps.append(Step("confirmed", AUTO))
    if Said.HELD in said:
        steps.append(Step("held", AUTO, detail=_failures(order)))
    if Said.CLOSED in said:
        steps.append(Step("closed", AUTO, detail={"outcome": order.outcome}))
    if not steps and not change.steps:
        steps.append(Step("checked-anew", AUTO, detail=_failures(order)))
    return steps


def _failures(order: Order) -> dict[str, object]:
    return {"failed_checks": [failure._asdict() for failure in order.failed_checks]}


def _number_steps(change: Change, now: datetime) -> list[NumberedStep]:
    order = change.order
    first = change.before.steps + 1
    return [NumberedStep(order.store_id, order.order_id, number, now, step) for number, step in enumerate(change.steps, first)]
