"""Discounts promised in a conversation (INQ-12)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from services.inquiry.domain.conversation import must_be_open
from services.inquiry.domain.offers import check_limit, expiry, percent_of
from services.inquiry.models import OfferRow
from services.inquiry.repository import catalogue, desk, inquiries
from services.inquiry.repository.inquiries import Ref
from services.inquiry.usecases.desk import SUPERVISORS
from services.inquiry.usecases.surroundings import policy_of
from shared.auth import Actor
from shared.clock import new_id
from shared.errors import Conflict
from shared.events.inquiries import OfferMade
from shared.history import add_step
from shared.messaging.outbox import publish
from shared.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What is promised: a percent or an amount off, of a product or a category."""

    code: str
    sku: str | None
    category: str | None
    percent: Decimal | None
    amount: Money | None
    quantity_from: int
    expires_days: int | None


class OfferCodeTaken(Conflict):
    """The store has an offer of this code already."""


async def offer(session: AsyncSession, ref: Ref, promise: Promise, *, by: Actor, reason: str, now: datetime) -> OfferRow:
    """Recorded once, and said for the storefront to grant."""
    inquiry = await inquiries.inquiry_for_update(session, ref)
    policy = await policy_of(session, ref.store_id)
    off = percent_of(await _price(session, ref.store_id, promise), promise.percent, promise.amount)
    check_limit(off, policy.agent_percent, supervises=by.may_act_as(SUPERVISORS))
    must_be_open(inquiry.status)
    row = OfferRow(
        store_id=ref.store_id,
        offer_id=new_id(),
        inquiry_id=ref.inquiry_id,
        code=promise.code,
        customer_id=inquiry.customer_id,
        sku=promise.sku,
        category=promise.category,
        percent=promise.percent,
        amount=promise.amount.amount if promise.amount else None,
        currency=promise.amount.currency if promise.amount else None,
        quantity_from=promise.quantity_from,
        expires_at=expiry(now, policy.offer_days if promise.expires_days is None else promise.expires_days),
        decided_by=by.sub,
        reason=reason,
        made_at=now,
    )
    if not await desk.add_offer(session, row):
        raise OfferCodeTaken("there is an offer of this code already")
    about = inquiries.about(ref)
    await add_step(session, ref.store_id, about, "offer-made", by=by.sub, now=now, reason=reason, detail={"offer_id": row.offer_id})
    publish(session, _made(row, promise.amount))
    return row


async def _price(session: AsyncSession, store_id: str, promise: Promise) -> Money | None:
    if promise.sku is None:
        return None
    found = await catalogue.products_named(session, store_id, [promise.sku])
    return found[promise.sku].price if promise.sku in found else None


def _made(row: OfferRow, amount: Money | None) -> OfferMade:
    return OfferMade(
        offer_id=row.offer_id,
        inquiry_id=row.inquiry_id,
        store_id=row.store_id,
        code=row.code,
        customer_id=row.customer_id,
        sku=row.sku,
        category=row.category,
        percent=row.percent,
        amount=amount,
        quantity_from=row.quantity_from,
        expires_at=row.expires_at,
        decided_by=row.decided_by,
    )
