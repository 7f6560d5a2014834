"""What this service learns from orders and surveys, and the cases and refunds that come of it (AFS-1)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.aftersales.repository import orders
from services.aftersales.repository.orders import KnownOrder
from services.aftersales.usecases.intake import Report, open_or_join
from services.aftersales.usecases.refunding import Asked, add
from services.aftersales.usecases.steps import case_step
from shared.errors import Refused
from shared.events.orders import Due, OrderSnapshot, ShipmentLost
from shared.events.surveys import SurveyCompleted
from shared.history import AUTO
from shared.money import Money, total

_LOST = "A parcel of the order was lost"


class LessPaidThanReturned(Refused):
    """What went back cannot have been more than was paid."""


class NobodyAnswered(Refused):
    """The survey names neither customer nor guest who could be called."""


async def remember_orders(session: AsyncSession, told: Sequence[OrderSnapshot | ShipmentLost], *, now: datetime) -> None:
    """The newest version counts, whatever comes first; each refund due and each lost parcel is acted on once for ever.

    A parcel of an order that is not known yet is remembered until the order is. LessPaidThanReturned.
    """
    newest: dict[orders.Key, OrderSnapshot] = {}
    lost = [each for each in told if isinstance(each, ShipmentLost)]
    for each in told:
        key = each.store_id, each.order_id
        if isinstance(each, OrderSnapshot) and (key not in newest or each.version > newest[key].version):
            newest[key] = each
    await orders.note_lost(session, [(each.store_id, each.order_id, each.shipment_id) for each in lost])
    known = await orders.lock(session, [(each.store_id, each.order_id) for each in told])
    newer = {key: each for key, each in newest.items() if each.version > known.get(key, 0)}
    paid = {key: _paid(each) for key, each in newer.items()}
    for key, sum_returned in await orders.returned(session, known.keys() & newer.keys()):
        if paid[key].get(sum_returned.currency, Money.zero(sum_returned.currency)) < sum_returned:
            raise LessPaidThanReturned("less was paid than went back (AFS-6)")
    taken = await orders.remember(session, {key: (_row(each), paid[key]) for key, each in newer.items()})
    for key in sorted(taken):
        await _return_dues(session, newer[key], now)
    for key, shipment_id in await orders.take_lost(session, taken | known.keys(), now):
        order = await orders.known_for_update(session, *key)
        report = Report(store_id=order.store_id, type="lost", description=f"{_LOST}: {shipment_id}", order_id=order.order_id)
        await open_or_join(session, report, order, by=AUTO, now=now)


async def call_back(session: AsyncSession, told: SurveyCompleted, *, now: datetime) -> None:
    """Somebody who is not satisfied, or wants a call, gets one (SVY-5)."""
    if told.satisfied is not False and not told.callback_wanted:
        return
    guest = told.guest
    if told.customer_id is None and not (guest and (guest.email or guest.phone)):
        raise NobodyAnswered("the survey names nobody who could be called")
    wish = "wants to be called back" if told.callback_wanted else "is not satisfied"
    description = told.comment or f"The customer {wish}, by a survey about {told.occasion.kind} {told.occasion.id}"
    language = await _language_of(session, told)
    report = Report(
        store_id=told.store_id,
        type="service",
        description=description,
        order_id=told.order_id,
        customer_id=told.customer_id,
        guest=guest,
        language=language,
        inquiry_id=told.inquiry_id,
        joins_by_customer=True,
    )
    case, _ = await open_or_join(session, report, None, by=AUTO, now=now, cause=told)
    case.order_id = case.order_id or told.order_id
    await case_step(session, case, "survey", by=AUTO, now=now, survey_id=told.survey_id, order_id=told.order_id, case_id=told.case_id)


async def _language_of(session: AsyncSession, told: SurveyCompleted) -> str | None:
    order = None if told.order_id is None else await orders.for_update(session, told.store_id, told.order_id)
    return None if order is None else order.language


async def _return_dues(session: AsyncSession, told: OrderSnapshot, now: datetime) -> None:
    for due in told.dues:
        if due.direction == "refund" and await orders.take_due(session, told.store_id, due.due_id, told.order_id, now):
            order = await orders.known_for_update(session, told.store_id, told.order_id)
            await _return(session, order, due, told, now)


async def _return(session: AsyncSession, order: KnownOrder, due: Due, told: OrderSnapshot, now: datetime) -> None:
    """What of the due is not on its way back already."""
    cancelled = told.status == "cancelled"
    kind = "cancellation" if cancelled else "price-difference"
    report = Report(store_id=order.store_id, type=kind, description=due.reason, order_id=order.order_id)
    case, _ = await open_or_join(session, report, order, by=AUTO, now=now, cause=told)
    paid, returned = await orders.money_of(session, order, due.amount.currency)
    left = min(due.amount, paid - returned)
    if left.amount <= 0:
        await case_step(session, case, "refund-not-needed", by=AUTO, now=now, reason="what was paid is on its way back", due_id=due.due_id)
        return
    refund_kind = "price-difference" if not cancelled else "full" if left == paid else "partial"
    asked = Asked(amount=left, kind=refund_kind, reason=due.reason, refund_id=due.due_id)
    refund = await add(session, case, order, asked, by=AUTO, now=now, due=told)
    await case_step(session, case, "refund-asked", by=AUTO, now=now, due_id=due.due_id, refund_id=refund.refund_id)


def _paid(told: OrderSnapshot) -> dict[str, Money]:
    currencies = {payment.amount.currency for payment in told.payments}
    by_currency = {currency: [each.amount for each in told.payments if each.amount.currency == currency] for currency in currencies}
    return {currency: total(amounts, currency) for currency, amounts in by_currency.items()}


def _row(told: OrderSnapshot) -> dict[str, object]:
    customer = told.customer
    guest = {"name": customer.name, "email": customer.email, "phone": customer.phone}
    payments = sorted(told.payments, key=lambda each: (each.paid_at, each.payment_id))
    return {
        "store_id": told.store_id,
        "order_id": told.order_id,
        "version": told.version,
        "status": told.status,
        "customer_id": customer.customer_id,
        "guest": None if customer.customer_id is not None else guest,
        "language": customer.language,
        "line_ids": [line.line_id for line in told.lines],
        "payments": [
            {"payment_id": each.payment_id, "method": each.method, "paid_at": each.paid_at.isoformat(), **each.amount.to_json()}
            for each in payments
        ],
        "placed_at": told.placed_at,
    }
