from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Query

from services.orders.domain.customers.segments import Dimension
from services.orders.domain.policy import OrderPolicy
from services.orders.schemas.customers import CustomerFiguresOut, SegmentOut, WordOfMouthOut
from services.orders.usecases.customers import figures
from services.orders.usecases.customers.figures import WHOLE, SegmentWorth
from shared import policies
from shared.auth import Role
from shared.errors import FieldProblem, Unprocessable
from shared.events.fields import Moment, StoreId
from shared.http import Now, Router, Session, allow

router = Router(tags=["Customers"])

_YEAR = timedelta(days=365)
_LONGEST = timedelta(days=3660)


class MalformedPeriod(Unprocessable):
    """It ends before it begins, or is longer than ten years."""


@router.get("/figures/customers", dependencies=[allow(Role.SUPERVISOR, Role.OPERATIONS, Role.FINANCE)])
async def show_customer_figures(
    store_id: StoreId,
    session: Session,
    now: Now,
    *,
    by: Dimension = Dimension.TIER,
    since: Annotated[Moment | None, Query(alias="from", description="Of the word of mouth; a year before `to` where left out.")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="Now where left out.")] = None,
) -> CustomerFiguresOut:
    """Purchase figures and worth per tier or segment (CUS-3, CUS-6), and the word of mouth of a period (CUS-4)."""
    start, end = _period(since, until, now)
    current = await policies.current(session, OrderPolicy, store_id)
    whole = next(iter(await figures.segment_worths(session, store_id, WHOLE, current.values)), None)
    segments = await figures.segment_worths(session, store_id, by, current.values)
    return CustomerFiguresOut(
        as_of=None if whole is None else whole.row["at"],
        currency=None if whole is None else whole.row["currency"],
        by=by,
        whole=None if whole is None else _segment(whole),
        segments=[_segment(each) for each in segments],
        word_of_mouth=None if whole is None else await _word_of_mouth(session, store_id, whole, start, end, current.values),
        policy_version=current.version,
    )


async def _word_of_mouth(
    session: Session, store_id: str, whole: SegmentWorth, start: datetime, end: datetime, policy: OrderPolicy
) -> WordOfMouthOut:
    voices, worth = await figures.word_of_mouth(session, store_id, whole.simple_value, start, end, policy)
    return WordOfMouthOut(
        since=start,
        until=end,
        satisfied=voices.satisfied,
        dissatisfied=voices.dissatisfied,
        customer_value=whole.simple_value,
        value=worth.value,
        brought=worth.brought,
        lost=worth.lost,
        dynamic_value=worth.dynamic,
    )


def _period(since: datetime | None, until: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    end = until or now
    try:
        start = since or end - _YEAR
    except OverflowError:
        start = end
    if not timedelta(0) < end - start <= _LONGEST:
        raise MalformedPeriod("the period is malformed", [FieldProblem("to", "period", "must be after from, and at most ten years later")])
    return start, end


def _segment(each: SegmentWorth) -> SegmentOut:
    row = each.row
    named = {name: row[name] for name in ("segment", "customers", "buyers", "orders", "other_currencies", "satisfied", "dissatisfied")}
    return SegmentOut(
        **named,
        worth=each.worth,
        order_value=each.order_value,
        retention=round(each.retention.rate, 4),
        retention_of="policy" if each.retention.dimension == "policy" else "segment",
        retained_value=each.retained_value,
        simple_value=each.simple_value,
    )
