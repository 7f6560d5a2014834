"""Notes on orders for the warehouse."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.notes import Flag, Gift, Note
from services.orders.repository.orders import Ref
from shared.errors import NotFound
from shared.http import Version

_COLUMNS = ("note_id", "text", "flags", "gift_sku", "gift_quantity", "carrier", "written_by", "written_at", "withdrawn_by",
            "withdrawn_at", "withdrawn_reason", "version")  # fmt: skip
_READ = f"select {', '.join(_COLUMNS)} from order_notes where store_id = :store_id and order_id = :order_id"  # noqa: S608
_PAGE = text(f"""
    {_READ} and (cast(:after as uuid) is null or note_id > :after) order by note_id limit :limit
""")
_STANDING = text(f"{_READ} and withdrawn_at is null order by note_id")
_COUNT = text("select count(*) from order_notes where store_id = :store_id and order_id = :order_id and withdrawn_at is null")
_LOCKED = text(f"{_READ} and note_id = :note_id for update")
_ADD = text(f"""
    insert into order_notes (store_id, order_id, {", ".join(_COLUMNS)})
    values (:store_id, :order_id, {", ".join(f":{name}" for name in _COLUMNS)})
""")  # noqa: S608
_WITHDRAW = text("""
    update order_notes set withdrawn_by = :withdrawn_by, withdrawn_at = :withdrawn_at, withdrawn_reason = :withdrawn_reason,
           version = :version
    where store_id = :store_id and order_id = :order_id and note_id = :note_id
""")


class UnknownNote(NotFound):
    """There is no such note on this order."""


async def notes(session: AsyncSession, ref: Ref, *, after: UUID | None, limit: int) -> list[Note]:
    """Oldest first, withdrawn ones too."""
    asked = {**ref._asdict(), "after": after, "limit": limit}
    return [_note(row) for row in await session.execute(_PAGE, asked)]


async def standing(session: AsyncSession, ref: Ref) -> list[Note]:
    """Those that were not withdrawn, oldest first."""
    return [_note(row) for row in await session.execute(_STANDING, ref._asdict())]


async def count_standing(session: AsyncSession, ref: Ref) -> int:
    return await session.scalar(_COUNT, ref._asdict()) or 0


async def note_for_update(session: AsyncSession, ref: Ref, note_id: UUID, version: Version) -> Note:
    """UnknownNote (404), VersionMissing (428), StaleVersion (412)."""
    row = (await session.execute(_LOCKED, {**ref._asdict(), "note_id": note_id})).one_or_none()
    if row is None:
        raise UnknownNote("there is no such note")
    version.check(row.version)
    return _note(row)


async def add(session: AsyncSession, ref: Ref, note: Note) -> None:
    own = {name: getattr(note, name) for name in _COLUMNS if hasattr(note, name)}
    gift = {"gift_sku": note.gift and note.gift.sku, "gift_quantity": note.gift and note.gift.quantity}
    await session.execute(_ADD, {**ref._asdict(), **own, **gift, "flags": [flag.value for flag in note.flags]})


async def save_withdrawn(session: AsyncSession, ref: Ref, note: Note) -> None:
    changed = ("note_id", "withdrawn_by", "withdrawn_at", "withdrawn_reason", "version")
    await session.execute(_WITHDRAW, {**ref._asdict(), **{name: getattr(note, name) for name in changed}})


def _note(row: Row[Any]) -> Note:
    return Note(
        note_id=row.note_id,
        text=row.text,
        flags=tuple(Flag(flag) for flag in row.flags),
        gift=None if row.gift_sku is None else Gift(row.gift_sku, row.gift_quantity),
        carrier=row.carrier,
        written_by=row.written_by,
        written_at=row.written_at,
        withdrawn_by=row.withdrawn_by,
        withdrawn_at=row.withdrawn_at,
        withdrawn_reason=row.withdrawn_reason,
        version=row.version,
    )
