from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import Depends

from services.orders.api.refs import OrderRef
from services.orders.repository import notes, orders
from services.orders.repository.orders import Ref
from services.orders.schemas.notes import NoteIn, NoteOut
from services.orders.usecases import noting
from shared.auth import Role
from shared.http import Caller, IfMatch, Now, Page, Paging, Reason, Router, Session, allow, path_ref

router = Router(tags=["Notes"])

WRITERS = (Role.AGENT, Role.SUPERVISOR, Role.WAREHOUSE)
READERS = (*WRITERS, Role.AUDITOR, Role.OPERATIONS)


class _Note(NamedTuple):
    store_id: str
    order_id: str
    note_id: UUID


NoteRef = Annotated[_Note, Depends(path_ref(_Note))]


@router.get("/orders/{order_id}/notes", dependencies=[allow(*READERS)])
async def list_notes(ref: OrderRef, paging: Paging, session: Session) -> Page[NoteOut]:
    """Oldest first, with who wrote them and when; withdrawn ones too (ORD-10). Customers never see them."""
    await orders.order(session, ref)
    (after,) = paging.after(tuple[UUID]) or (None,)
    found = await notes.notes(session, ref, after=after, limit=paging.limit + 1)
    return paging.page(found, key=lambda note: (note.note_id,), item=lambda note: NoteOut.of(note, ref.order_id))


@router.post("/orders/{order_id}/notes", dependencies=[allow(*WRITERS)], status_code=201)
async def write_note(ref: OrderRef, body: NoteIn, caller: Caller, session: Session, now: Now) -> NoteOut:
    """For the warehouse to read when it packs. 409 for flags, gifts and wishes once all of the order has gone out, or was cancelled."""
    note = await noting.write(
        session, ref, text=body.text, flags=tuple(body.flags), gift=body.gift_noted, carrier=body.carrier, by=caller, now=now
    )
    return NoteOut.of(note, ref.order_id)


@router.post("/orders/{order_id}/notes/{note_id}/withdraw", dependencies=[allow(*WRITERS)])
async def withdraw_note(ref: NoteRef, version: IfMatch, body: Reason, caller: Caller, session: Session, now: Now) -> NoteOut:
    """It does not hold any more; it stays in the list, with who withdrew it and why. 409 the second time."""
    order = Ref(ref.store_id, ref.order_id)
    note = await noting.withdraw(session, order, ref.note_id, version, by=caller, reason=body.reason, now=now)
    return NoteOut.of(note, ref.order_id)
