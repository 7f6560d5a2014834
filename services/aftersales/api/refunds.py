from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from services.aftersales import usecases
from services.aftersales.api.exports import csv_of
from services.aftersales.api.refs import HANDLERS, RefundRef
from services.aftersales.domain.refunds import RefundStatus
from services.aftersales.repository import refunds
from services.aftersales.schemas.cases import StepOut
from services.aftersales.schemas.refunds import ApprovalIn, RefundOut, TotalOut, TotalsOut
from shared import history, stores
from shared.auth import Role
from shared.errors import FieldProblem, Unprocessable
from shared.events.fields import Day, Moment, StoreId
from shared.http import Caller, IfMatch, Now, Page, Paging, Reason, Router, Session, allow
from shared.money import Money
from shared.spreadsheets import csv_file

router = Router(tags=["Refunds"])

READERS = (*HANDLERS, Role.FINANCE)
APPROVERS = (Role.SUPERVISOR, Role.FINANCE)
MOST_EXPORTED = 10_000
_LAST_YEAR = 9000
AS_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


class TooManyRows(Unprocessable):
    """More refunds than one file holds."""


class DayOutOfRange(Unprocessable):
    """No day a refund can have been asked on."""


async def _days(
    from_: Annotated[Day | None, Query(alias="from", description="The first of the store's days on which they were asked for.")] = None,
    to: Annotated[Day | None, Query(description="The last one.")] = None,
) -> tuple[date | None, date | None]:
    for name, day in (("from", from_), ("to", to)):
        if day is not None and not 1 < day.year < _LAST_YEAR:
            raise DayOutOfRange("no refund was asked then", [FieldProblem(name, "range", "must be a day refunds were asked on")])
    return from_, to


Days = Annotated[tuple[date | None, date | None], Depends(_days)]


@router.get("/refunds", dependencies=[allow(*READERS)], response_model=Page[RefundOut], responses=AS_CSV)
async def list_refunds(
    store_id: StoreId,
    request: Request,
    paging: Paging,
    days: Days,
    session: Session,
    *,
    status: RefundStatus | None = None,
    overdue: bool | None = None,
) -> Page[RefundOut] | Response:
    """Newest first. `Accept: text/csv`: all of them in one file, with daily totals; 422 for more than 10,000."""
    zone = (await stores.store(session, store_id)).calendar.zone
    wanted = _wanted(days, zone, status, overdue=overdue)
    if "text/csv" in request.headers.get("accept", ""):
        return await _file(session, store_id, wanted, zone)
    found = await refunds.refunds(session, store_id, wanted, after=paging.after(tuple[Moment, UUID]), limit=paging.limit + 1)
    return paging.page(found, key=refunds.position, item=RefundOut.of)


@router.get("/refunds/totals", dependencies=[allow(*READERS)])
async def total_refunds(store_id: StoreId, days: Days, session: Session) -> TotalsOut:
    """By the store's day, payment method and currency; denied ones do not count."""
    zone = (await stores.store(session, store_id)).calendar.zone
    return TotalsOut(items=await _totals(session, store_id, _wanted(days, zone), zone))


@router.get("/refunds/{refund_id}", dependencies=[allow(*READERS)])
async def show_refund(ref: RefundRef, session: Session) -> RefundOut:
    """The refund as it is now."""
    return RefundOut.of(await refunds.refund(session, ref))


@router.get("/refunds/{refund_id}/history", dependencies=[allow(*READERS)])
async def list_steps(ref: RefundRef, paging: Paging, session: Session) -> Page[StepOut]:
    """Every step of the refund: what, when, who, why; oldest first."""
    await refunds.refund(session, ref)
    (after,) = paging.after(tuple[int]) or (0,)
    steps = await history.steps(session, ref.store_id, ref.about, after=after, limit=paging.limit + 1)
    return paging.page(steps, key=lambda step: (step["number"],), item=StepOut.model_validate)


@router.post("/refunds/{refund_id}/approve", dependencies=[allow(*APPROVERS)])
async def approve_refund(ref: RefundRef, version: IfMatch, body: ApprovalIn, caller: Caller, session: Session, now: Now) -> RefundOut:
    """With the last approval it is requested. 403 for whoever decided it, 409 for whoever, or whose role, approved already (AFS-6)."""
    refund = await usecases.approve(session, ref, version, by=caller, reason=body.reason, payee=body.payee, now=now)
    return RefundOut.of(refund)


@router.post("/refunds/{refund_id}/deny", dependencies=[allow(*APPROVERS)])
async def deny_refund(ref: RefundRef, version: IfMatch, body: Reason, caller: Caller, session: Session, now: Now) -> RefundOut:
    """The amount is free again. 409 when it does not await approval."""
    return RefundOut.of(await usecases.deny(session, ref, version, by=caller, reason=body.reason, now=now))


def _wanted(
    days: tuple[date | None, date | None], zone: ZoneInfo, status: RefundStatus | None = None, *, overdue: bool | None = None
) -> refunds.Wanted:
    since, until = days
    return refunds.Wanted(
        status=status,
        overdue=overdue,
        since=None if since is None else _midnight(since, zone),
        until=None if until is None else _midnight(until + timedelta(days=1), zone),
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


async def _file(session: AsyncSession, store_id: str, wanted: refunds.Wanted, zone: ZoneInfo) -> Response:
    found = await refunds.refunds(session, store_id, wanted, after=None, limit=MOST_EXPORTED + 1)
    if len(found) > MOST_EXPORTED:
        raise TooManyRows("narrow it by from and to", [FieldProblem("from", "rows", f"must leave at most {MOST_EXPORTED} refunds")])
    text = csv_of([RefundOut.of(row) for row in found], await _totals(session, store_id, wanted, zone))
    return csv_file("refunds.csv", text)


async def _totals(session: AsyncSession, store_id: str, wanted: refunds.Wanted, zone: ZoneInfo) -> list[TotalOut]:
    rows = [TotalOut.model_validate(row) for row in await refunds.totals(session, store_id, wanted, str(zone))]
    for row in rows:
        row.amount = Money(row.amount, row.currency).amount
        row.settled_amount = Money(row.settled_amount, row.currency).amount
    return rows
