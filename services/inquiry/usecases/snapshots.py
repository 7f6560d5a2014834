"""An inquiry as it is told to others."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.inquiry.models import InquiryRow
from shared.clock import new_id
from shared.events.base import Event, stamp
from shared.events.inquiries import InquiryClosed, InquiryReceived
from shared.events.parts import Guest
from shared.history import AUTO
from shared.messaging.outbox import publish
from shared.telling import Addressee

SOURCE = "/kefu/inquiry"


def touch(row: InquiryRow, now: datetime) -> None:
    """Every change is a version."""
    row.version += 1
    row.updated_at = now


def say(session: AsyncSession, row: InquiryRow, kind: type[InquiryReceived | InquiryClosed], *, caused_by: Event | None = None) -> None:
    """What is so since this version, which was made for it."""
    row.said_type, row.said_id, row.said_version = kind.name, new_id(), row.version
    say_again(session, row, caused_by=caused_by)


def say_again(session: AsyncSession, row: InquiryRow, *, caused_by: Event | None = None) -> None:
    """What was said last, with its id, type and version: who heard it ignores it."""
    content: dict[str, object] = {
        "inquiry_id": row.inquiry_id,
        "store_id": row.store_id,
        "channel": row.channel,
        "customer_id": row.customer_id,
        "guest": guest_of(row),
        "language": row.language,
        "topic": row.topic,
        "sku": row.sku,
        "order_id": row.order_id,
        "received_at": row.received_at,
        "version": row.said_version,
    }
    kind: type[InquiryReceived | InquiryClosed] = InquiryReceived
    if row.said_type == InquiryClosed.name:
        kind = InquiryClosed
        content |= {
            "outcome": row.outcome,
            "linked_order_id": row.linked_order_id,
            "closed_at": row.closed_at,
            "agent_id": row.agent_id or (None if row.closed_by == AUTO else row.closed_by),
            "first_response_seconds": row.first_seconds,
        }
    said = kind.model_validate(content)
    stamp(said, event_id=str(row.said_id), source=SOURCE, traceparent=None)
    publish(session, said, caused_by=caused_by)


def guest_of(row: InquiryRow) -> Guest | None:
    if row.customer_id is not None:
        return None
    return Guest(name=row.guest_name, email=row.guest_email, phone=row.guest_phone)


def addressee(row: InquiryRow) -> Addressee:
    """Who is told by us, by the channel she wrote on."""
    return Addressee(row.store_id, row.customer_id, guest_of(row), row.language, row.channel)
