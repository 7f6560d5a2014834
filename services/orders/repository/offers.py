"""Discounts that were promised to customers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.catalogue import OfferFact
from shared.money import Money


@dataclass(frozen=True, slots=True)
class OfferWanted:
    """The offer an order names, or, where it names none, those its customer was made."""

    store_id: str
    code: str | None
    customer_id: str | None


_OFFER = text("""
    insert into offers (store_id, offer_id, code, customer_id, sku, category, percent, amount, currency, quantity_from,
                        expires_at, decided_by)
    values (:store_id, :offer_id, :code, :customer_id, :sku, :category, :percent, :amount, :currency, :quantity_from,
            :expires_at, :decided_by)
    on conflict (store_id, offer_id) do nothing
""")
_OFFERS_WANTED = text("""
    with wanted as (
        select * from unnest(cast(:store_id as text[]), cast(:code as text[]), cast(:customer_id as text[]))
        as given (store_id, code, customer_id))
    select wanted.code as wanted_code, wanted.customer_id as wanted_customer_id, offers.*
    from wanted join offers on offers.store_id = wanted.store_id and offers.code = wanted.code
    union all
    select wanted.code, wanted.customer_id, offers.*
    from wanted join offers on offers.store_id = wanted.store_id and wanted.code is null and offers.customer_id = wanted.customer_id
""")


async def remember_offer(session: AsyncSession, offer: Mapping[str, object]) -> None:
    await session.execute(_OFFER, dict(offer))


async def offers_for(session: AsyncSession, wanted: Iterable[OfferWanted]) -> dict[OfferWanted, list[OfferFact]]:
    """Expired ones included: whether an offer covers an order's line is a rule's to say."""
    asked = sorted(set(wanted), key=lambda offer: (offer.store_id, offer.code or "", offer.customer_id or ""))
    found: dict[OfferWanted, list[OfferFact]] = {offer: [] for offer in asked}
    if asked:
        columns = {name: [getattr(offer, name) for offer in asked] for name in ("store_id", "code", "customer_id")}
        for row in await session.execute(_OFFERS_WANTED, columns):
            found[OfferWanted(row.store_id, row.wanted_code, row.wanted_customer_id)].append(_offer_fact(row))
    return found


def _offer_fact(row: Row[*tuple[object, ...]]) -> OfferFact:
    return OfferFact(
        offer_id=row.offer_id,
        code=row.code,
        customer_id=row.customer_id,
        sku=row.sku,
        category=row.category,
        percent=row.percent,
        amount=None if row.amount is None else Money(row.amount, row.currency),
        quantity_from=row.quantity_from,
        expires_at=row.expires_at,
    )
