"""What our own people tell the warehouse about an order (ORD-10). No customer and no other service ever hears of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.orders.domain.order import Order
from services.orders.domain.packing import is_all_sent
from services.orders.domain.status import OrderStatus
from shared.errors import Conflict


class NothingLeftToPack(Conflict):
    """The whole order has gone out, or never will: a text may still be noted, but nothing that is to be packed."""


class TooManyNotes(Conflict):
    """The store's policy allows no more on one order."""


class NoteWithdrawn(Conflict):
    """Somebody took it back already."""


class Flag(StrEnum):
    """What the warehouse is to mind; in the order of the list it packs by."""

    CHECK_ADDRESS = "check-address"
    HOLD_FOR_PICKUP = "hold-for-pickup"
    FRAGILE = "fragile"
    GIFT_WRAP = "gift-wrap"
    NO_INVOICE = "no-invoice"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class Gift:
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Note:
    """Written once and never changed; what does not hold any more is withdrawn."""

    note_id: UUID
    text: str | None
    flags: tuple[Flag, ...]
    gift: Gift | None
    carrier: str | None
    written_by: str
    written_at: datetime
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None
    withdrawn_reason: str | None = None
    version: int = 1

    @property
    def stands(self) -> bool:
        return self.withdrawn_at is None

    @property
    def is_for_packing(self) -> bool:
        return bool(self.flags or self.gift or self.carrier)


@dataclass(frozen=True, slots=True)
class Instructions:
    """All notes that stand, as one: every flag and gift, and of the wishes for a carrier the last."""

    flags: tuple[Flag, ...]
    gifts: tuple[Gift, ...]
    carrier: str | None
    notes: tuple[Note, ...]


def must_have_room(order: Order, note: Note, standing: int, most: int) -> None:
    """NothingLeftToPack, TooManyNotes."""
    if note.is_for_packing and (order.status is OrderStatus.CANCELLED or is_all_sent(order)):
        raise NothingLeftToPack("the order is cancelled" if order.status is OrderStatus.CANCELLED else "all of it has been sent")
    if standing >= most:
        raise TooManyNotes(f"there are {most} notes on the order")


def instructions(notes: Sequence[Note]) -> Instructions:
    """Of notes in the order they were written in."""
    standing = tuple(note for note in notes if note.stands)
    flags = {flag for note in standing for flag in note.flags}
    pieces: dict[str, int] = {}
    for gift in (note.gift for note in standing if note.gift):
        pieces[gift.sku] = pieces.get(gift.sku, 0) + gift.quantity
    return Instructions(
        tuple(flag for flag in Flag if flag in flags),
        tuple(Gift(sku, quantity) for sku, quantity in pieces.items()),
        next((note.carrier for note in reversed(standing) if note.carrier), None),
        standing,
    )
