from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Response

from services.orders.api.exports import csv_of
from services.orders.domain.figures import Kind
from services.orders.domain.periods import Period, period
from services.orders.domain.policy import OrderPolicy
from services.orders.repository import conversions, figures
from services.orders.schemas.figures import ConversionOut, FigureOut, SalesOut, with_day_before, with_period_before
from shared import policies, stores
from shared.auth import Role
from shared.events.fields import Currency, Day, StoreId
from shared.http import Now, Router, Session, allow
from shared.http.accept import JSON, accepting
from shared.spreadsheets import MEDIA_TYPE, csv_file

router = Router(tags=["Figures"])

READERS = (Role.SUPERVISOR, Role.OPERATIONS, Role.FINANCE)
MOST = 10_000
By = Literal["day", "product", "agent", "store"]
Form = Annotated[str, Depends(accepting(JSON, MEDIA_TYPE))]
AS_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}}
_DAY = timedelta(days=1)


@router.get("/figures/sales", dependencies=[allow(*READERS)], response_model=SalesOut, responses=AS_CSV)
async def show_sales(
    store_id: StoreId,
    form: Form,
    session: Session,
    now: Now,
    *,
    from_: Annotated[
        Day | None, Query(alias="from", description="The first of the store's days; 30 days (a policy) where left out.")
    ] = None,
    to: Annotated[Day | None, Query(description="The last one, at most 400 days; today where left out.")] = None,
    by: By = "day",
    currency: Annotated[Currency | None, Query(description="Only what was sold in it.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many of a currency, those with most revenue.")] = 200,
) -> SalesOut | Response:
    """What was sold on these days, in JSON, or with `Accept: text/csv` as one file (ORD-11)."""
    zone = (await stores.store(session, store_id)).calendar.zone
    policy = (await policies.load(session, OrderPolicy, [store_id]))[store_id]
    wanted = period(from_, to, now.astimezone(zone).date(), default_days=policy.figures_days)
    some, whole = await conversions.of_period(session, store_id, by, wanted, limit=limit)
    items = await _items(session, store_id, by, wanted, currency, limit)
    sold = SalesOut(
        **{"from": wanted.since},
        to=wanted.until,
        by=by,
        time_zone=str(zone),
        items=items,
        totals=items if by == "store" else await _items(session, store_id, "store", wanted, currency, limit),
        conversions=[ConversionOut.of(each) for each in some],
        conversion=ConversionOut.of(whole),
    )
    return sold if form == JSON else csv_file("sales.csv", csv_of(sold))


async def _items(session: Session, store_id: str, by: By, wanted: Period, currency: str | None, limit: int) -> list[FigureOut]:
    if by == "day":
        return await _days(session, store_id, wanted, currency)
    found = await figures.of_period(session, store_id, Kind(by), wanted, currency=currency, limit=limit)
    return [with_period_before(each) for each in found]


async def _days(session: Session, store_id: str, wanted: Period, currency: str | None) -> list[FigureOut]:
    """All of them, with the one before the first, which that is compared with."""
    asked = Period(wanted.since - _DAY, wanted.until)
    found = await figures.of_days(session, store_id, asked, currency=currency, limit=asked.days)
    known = {(each.day, each.currency): each.sales for each in found}
    return [with_day_before(each, known, each.day - _DAY) for each in found if each.day and each.day >= wanted.since]
