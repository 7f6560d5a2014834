"""What was written in conversations."""

from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.inquiry.models import MessageRow
from services.inquiry.repository.inquiries import Ref
from shared.errors import Overtaken
from shared.rows import as_json, told


class ChannelMessage(NamedTuple):
    """What tells a repetition."""

    store_id: str
    channel: str
    channel_message_id: str


@dataclass(frozen=True, slots=True)
class Written:
    """`direction` is in, out or internal; `kind` text or note; `delivery` stored or sent."""

    store_id: str
    inquiry_id: UUID
    message_id: UUID
    direction: str
    kind: str
    author: str
    text: str
    channel: str
    channel_message_id: str | None
    posted_at: datetime
    received_at: datetime
    delivery: str


_TYPES = {"inquiry_id": "uuid", "message_id": "uuid", "posted_at": "timestamptz", "received_at": "timestamptz"}
_COLUMNS = {field.name: _TYPES.get(field.name, "text") for field in fields(Written)}
_ADD = text(f"insert into messages ({', '.join(_COLUMNS)}) select * from {told(_COLUMNS)} on conflict do nothing returning true")  # noqa: S608
_IDENTITY = {"store_id": "text", "channel": "text", "channel_message_id": "text"}
_KNOWN = text(f"""
    select store_id, channel, channel_message_id, inquiry_id, message_id
    from messages join {told(_IDENTITY)} using (store_id, channel, channel_message_id)
    where channel_message_id is not null
""")  # noqa: S608


async def known(session: AsyncSession, wanted: Collection[ChannelMessage]) -> dict[ChannelMessage, tuple[UUID, UUID]]:
    """Of those that came before, the inquiry's and the message's id."""
    if not wanted:
        return {}
    rows = await session.execute(_KNOWN, {"rows": as_json(_IDENTITY, wanted)})
    return {ChannelMessage(row.store_id, row.channel, row.channel_message_id): (row.inquiry_id, row.message_id) for row in rows}


async def add(session: AsyncSession, written: Sequence[Written]) -> None:
    """Overtaken where one of them was stored by another transaction meanwhile."""
    if written:
        added = await session.execute(_ADD, {"rows": as_json(_COLUMNS, [astuple(message) for message in written])})
        if len(added.all()) < len(written):
            raise Overtaken("a message was stored by another transaction")


async def message(session: AsyncSession, ref: Ref, message_id: UUID) -> MessageRow:
    return await session.get_one(MessageRow, (*ref, message_id))


async def conversation(
    session: AsyncSession, ref: Ref, *, with_notes: bool, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[MessageRow]:
    """Oldest first, by when it was written."""
    found = select(MessageRow).where(MessageRow.store_id == ref.store_id, MessageRow.inquiry_id == ref.inquiry_id)
    if not with_notes:
        found = found.where(MessageRow.kind != "note")
    if after is not None:
        found = found.where(tuple_(MessageRow.posted_at, MessageRow.message_id) > after)
    return (await session.scalars(found.order_by(MessageRow.posted_at, MessageRow.message_id).limit(limit))).all()
