from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.inquiry.domain.conversation import InquiryStatus
from services.inquiry.models import InquiryRow
from services.inquiry.repository import desk, inquiries
from services.inquiry.repository.inquiries import Ref
from services.inquiry.usecases import clocks, snapshots
from shared.events.base import Event
from shared.events.inquiries import InquiryClosed, InquiryReceived, InquirySnapshot, OfferMade
from shared.history import AUTO, add_step

BATCH = 500


async def republish(session: AsyncSession, since: datetime, after: str | None) -> str | None:
    """Says of each inquiry that changed since what was said last: those who heard it ignore it."""
    found = await inquiries.changed_since(session, since, clocks.ref_of(after) if after else None, BATCH)
    for row in found:
        snapshots.say_again(session, row)
    return clocks.key_of(found[-1]) if len(found) == BATCH else None


async def reconcile(session: AsyncSession, said: Sequence[Event], now: datetime) -> Sequence[Event]:
    """Of each inquiry whose last word is not ours any more says how it stands, above the version that everybody heard."""
    heard = {Ref(each.store_id, each.inquiry_id): each for each in said if isinstance(each, InquirySnapshot)}
    known = await inquiries.inquiries_for_update(session, heard)
    for ref, row in known.items():
        if str(row.said_id) != heard[ref].event_id and row.said_version <= heard[ref].version:
            await _outdo(session, row, heard[ref], now)
    offers = {(each.store_id, each.offer_id): each for each in said if isinstance(each, OfferMade)}
    granted = await desk.offers_known(session, offers)
    return [*(each for ref, each in heard.items() if ref not in known), *(each for ref, each in offers.items() if ref not in granted)]


async def _outdo(session: AsyncSession, row: InquiryRow, heard: InquirySnapshot, now: datetime) -> None:
    row.version = max(row.version, heard.version)
    snapshots.touch(row, now)
    snapshots.say(session, row, InquiryClosed if row.status == InquiryStatus.CLOSED else InquiryReceived)
    await add_step(session, row.store_id, inquiries.about(Ref(row.store_id, row.inquiry_id)), "reconciled", by=AUTO, now=now)
