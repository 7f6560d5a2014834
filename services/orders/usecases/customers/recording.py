"""Keeping up customers' records (CUS-1)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import blake2b

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.customers.sales import differences, sale_of
from services.orders.domain.order import Order
from services.orders.repository.customers import profiles, records
from services.orders.repository.customers.profiles import Profile, Voice
from services.orders.usecases.customers import clocks
from shared.events.cases import CaseOpened
from shared.events.refunds import RefundClosed
from shared.events.storefront import CustomerUpdated
from shared.events.surveys import SurveyCompleted

CASE, SURVEY = "case", "survey"
# money that has to move because an order changed is nothing a customer complains of
_NO_COMPLAINT = frozenset({"cancellation", "price-difference"})
_DIGEST_BYTES = 16


async def count_sales(session: AsyncSession, changes: Iterable[tuple[Order, Order]], now: datetime) -> None:
    """What orders that were written now add to their customers' records, and take from them; a guest has none."""
    moved = [difference for before, after in changes for difference in differences(before, after)]
    if moved:
        await clocks.start(session, await records.count_sales(session, moved), now)


async def count_refund(session: AsyncSession, settled: RefundClosed, order: Order) -> None:
    """It makes the sale of its order, which is locked, smaller, in the month that was placed."""
    await records.count_refunds(session, [(settled, sale_of(order))])


async def learn_profiles(session: AsyncSession, told: Sequence[CustomerUpdated], now: datetime) -> None:
    """What the storefront knows of its customers; the newest counts, at equal times the same one whatever came first."""
    newest: dict[tuple[str, str], Profile] = {}
    for each in told:
        profile = Profile(each, blake2b(each.json_bytes(), digest_size=_DIGEST_BYTES).hexdigest())
        key = (each.store_id, each.customer_id)
        if key not in newest or _rank(profile) > _rank(newest[key]):
            newest[key] = profile
    await clocks.start(session, await profiles.remember(session, list(newest.values())), now)


async def count_complaints(session: AsyncSession, told: Sequence[CaseOpened], now: datetime) -> None:
    """Every case a customer opened, but those that only move money."""
    await _hear(
        session,
        [
            Voice(case.store_id, CASE, case.case_id, case.customer_id, case.opened_at)
            for case in told
            if case.customer_id is not None and case.type not in _NO_COMPLAINT
        ],
        now,
    )


async def count_answers(session: AsyncSession, told: Sequence[SurveyCompleted], now: datetime) -> None:
    """Answers that tell whether the customer is satisfied."""
    await _hear(
        session,
        [
            Voice(survey.store_id, SURVEY, survey.survey_id, survey.customer_id, survey.completed_at, survey.satisfied)
            for survey in told
            if survey.customer_id is not None and survey.satisfied is not None
        ],
        now,
    )


async def _hear(session: AsyncSession, voices: Sequence[Voice], now: datetime) -> None:
    if voices:
        await clocks.start(session, await profiles.hear(session, voices), now)


def _rank(profile: Profile) -> tuple[datetime, str]:
    return profile.told.updated_at, profile.digest
