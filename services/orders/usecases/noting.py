"""What people tell the warehouse about an order (ORD-10)."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.catalogue import UnknownProduct
from services.orders.domain.notes import Flag, Gift, Note, NoteWithdrawn, must_have_room
from services.orders.domain.policy import OrderPolicy
from services.orders.repository import catalogue, notes, orders
from services.orders.repository.orders import Ref
from shared import policies
from shared.auth import Actor
from shared.clock import new_id
from shared.errors import FieldProblem, Unprocessable
from shared.http import Version

_WHATEVER = Version(frozenset("*"))


class GiftNotThere(Unprocessable):
    """The store has no such product, or nobody gives away so many."""


async def write(
    session: AsyncSession, ref: Ref, *, text: str | None, flags: tuple[Flag, ...], gift: Gift | None, carrier: str | None, by: Actor,
    now: datetime,
) -> Note:  # fmt: skip
    """UnknownOrder (404), GiftNotThere (422), NothingLeftToPack and TooManyNotes (409)."""
    order = await orders.order_for_update(session, ref, _WHATEVER)
    policy = (await policies.load(session, OrderPolicy, [ref.store_id]))[ref.store_id]
    if gift is not None:
        await _must_be_there(session, ref.store_id, gift, policy.gift_pieces)
    note = Note(new_id(), text, tuple(flag for flag in Flag if flag in flags), gift, carrier, by.sub, now)
    must_have_room(order, note, await notes.count_standing(session, ref), policy.notes_per_order)
    await notes.add(session, ref, note)
    return note


async def withdraw(session: AsyncSession, ref: Ref, note_id: UUID, version: Version, *, by: Actor, reason: str, now: datetime) -> Note:
    """NoteWithdrawn (409) for whoever comes second."""
    await orders.order(session, ref)
    note = await notes.note_for_update(session, ref, note_id, version)
    if not note.stands:
        raise NoteWithdrawn("it was withdrawn already")
    gone = replace(note, withdrawn_by=by.sub, withdrawn_at=now, withdrawn_reason=reason, version=note.version + 1)
    await notes.save_withdrawn(session, ref, gone)
    return gone


async def _must_be_there(session: AsyncSession, store_id: str, gift: Gift, most: int) -> None:
    try:
        await catalogue.product(session, store_id, gift.sku)
    except UnknownProduct:
        raise GiftNotThere(
            "the store has no such product", [FieldProblem("gift.sku", "product", "must be a product of the store")]
        ) from None
    if gift.quantity > most:
        raise GiftNotThere("nobody gives away so many", [FieldProblem("gift.quantity", "range", f"must be at most {most}")])
