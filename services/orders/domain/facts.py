"""An order is its facts. They may come in any order and any number of times: what is known in the end is the same (ORD-1)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import attrgetter
from typing import TypeVar

from services.orders.domain.parts import (
    AddressChange,
    AgreedChange,
    CallingOff,
    Cancellation,
    Correction,
    Crossing,
    Delivery,
    Dispatch,
    Fact,
    Payment,
    Placed,
    StandingOrder,
    Tracking,
)
from services.orders.domain.records import changed, worked_out
from services.orders.domain.standing import standing
from services.orders.domain.twins import twin_keys

F = TypeVar("F", bound=Fact)
_THE_END = datetime.max.replace(tzinfo=UTC)


class NotPlaced(ValueError):
    """Something happened to an order that nobody has placed yet."""


@dataclass(frozen=True)
class Facts:
    """What is known of one order. Of a shipment's sightings the first tells since when it is under way, the last where it is."""

    placed: Placed | None = None
    address_changed: AddressChange | None = None
    cancelled: Cancellation | None = None
    called_off: CallingOff | None = None
    payments: Mapping[str, Payment] = field(default_factory=dict)
    dispatched: Mapping[str, Dispatch] = field(default_factory=dict)
    first_tracked: Mapping[str, Tracking] = field(default_factory=dict)
    last_tracked: Mapping[str, Tracking] = field(default_factory=dict)
    delivered: Mapping[str, Delivery] = field(default_factory=dict)
    corrections: Mapping[str, Correction] = field(default_factory=dict)
    crossed: Mapping[str, Crossing] = field(default_factory=dict)
    agreed: Mapping[str, AgreedChange] = field(default_factory=dict)

    @worked_out("placed", "address_changed", "corrections", "agreed")
    def standing(self) -> StandingOrder:
        """The order as it stands; NotPlaced for a skeleton."""
        if self.placed is None:
            raise NotPlaced
        return standing(self.placed, self)

    @worked_out("placed", "address_changed", "corrections", "agreed")
    def twin_keys(self) -> tuple[str, ...]:
        return twin_keys(self.standing)

    def merged(self, told: "Facts") -> "Facts":
        """Commutative, associative and idempotent; itself where nothing told is new."""
        news = {}
        for name, choose in _CHOICES.items():
            heard = getattr(told, name)
            if heard:
                known = getattr(self, name)
                best = choose(known, heard)
                if best is not known:
                    news[name] = best
        return changed(self, **news) if news else self


NOTHING = Facts()


def _best(rank: Callable[[F], tuple[object, ...]]) -> Callable[[F | None, F], F]:
    """Of two facts that claim one identity the one of the smaller rank counts; between equals their content decides."""

    def choose(known: F | None, told: F) -> F:
        if known is None or known is told:
            return told
        ours, theirs = rank(known), rank(told)
        if ours == theirs:
            ours, theirs = (known.json_bytes(),), (told.json_bytes(),)
        return told if theirs < ours else known

    return choose


def _earliest(moment: str) -> Callable[[F | None, F], F]:
    when = attrgetter(moment)
    return _best(lambda fact: (when(fact),))


def _latest(moment: str) -> Callable[[F | None, F], F]:
    when = attrgetter(moment)
    return _best(lambda fact: (_THE_END - when(fact),))


def _each(choose: Callable[[F | None, F], F]) -> Callable[[Mapping[str, F], Mapping[str, F]], Mapping[str, F]]:
    """The same for every identity; what is known comes back itself where nothing is new."""

    def choose_each(known: Mapping[str, F], told: Mapping[str, F]) -> Mapping[str, F]:
        best = {identity: choose(known.get(identity), fact) for identity, fact in told.items()}
        news = {identity: fact for identity, fact in best.items() if fact is not known.get(identity)}
        return {**known, **news} if news else known

    return choose_each


def _payment(fact: Payment) -> tuple[object, ...]:
    """The larger amount: what was paid in full stays so whatever is told later."""
    return -fact.amount.amount, fact.paid_at


def _dispatch(fact: Dispatch) -> tuple[object, ...]:
    return fact.dispatched_at, fact.tracking_number is None


def _delivery(fact: Delivery) -> tuple[object, ...]:
    return not fact.signed_by, fact.delivered_at


def _agreed(fact: AgreedChange) -> tuple[object, ...]:
    return fact.ended is None, fact.ended_at or _THE_END


_CHOICES: Mapping[str, Callable[..., object]] = {
    "placed": _earliest("placed_at"),
    "address_changed": _latest("changed_at"),
    "cancelled": _earliest("cancelled_at"),
    "called_off": _earliest("cancelled_at"),
    "payments": _each(_best(_payment)),
    "dispatched": _each(_best(_dispatch)),
    "first_tracked": _each(_earliest("tracked_at")),
    "last_tracked": _each(_latest("tracked_at")),
    "delivered": _each(_best(_delivery)),
    "corrections": _each(_earliest("corrected_at")),
    "crossed": _each(_earliest("crossed_at")),
    "agreed": _each(_best(_agreed)),
}
