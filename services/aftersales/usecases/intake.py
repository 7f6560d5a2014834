"""Cases come from people, from orders and from surveys; a second report of the same joins the open one (AFS-1)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.aftersales.domain.cases import CaseStatus
from services.aftersales.models import CaseRow
from services.aftersales.repository import cases, orders
from services.aftersales.repository.orders import KnownOrder
from services.aftersales.usecases import clocks, saying, tellings
from services.aftersales.usecases.steps import case_step
from shared import stores
from shared.clock import new_id
from shared.errors import FieldProblem, Overtaken, Unprocessable
from shared.events.base import Event
from shared.events.parts import Guest
from shared.history import add_step

_TRIES = 3


class UnknownLine(Unprocessable):
    """The order has no such line."""


class NobodyToAnswer(Unprocessable):
    """A case without order says who its customer is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A problem as it was reported. Of an order its customer and language are the order's."""

    store_id: str
    type: str
    description: str
    order_id: str | None = None
    line_id: str | None = None
    customer_id: str | None = None
    guest: Guest | None = None
    language: str | None = None
    inquiry_id: UUID | None = None
    joins_by_customer: bool = False  # her open case, whatever order that is about (SVY-5)


async def report(session: AsyncSession, told: Report, *, by: str, now: datetime) -> tuple[CaseRow, bool]:
    """The case, and whether it is new. OrderNotKnownYet (409), UnknownLine, NobodyToAnswer (422)."""
    order = None if told.order_id is None else await orders.known_for_update(session, told.store_id, told.order_id)
    if order is not None and told.line_id is not None and told.line_id not in order.line_ids:
        raise UnknownLine("the order has no such line", [FieldProblem("line_id", "order-line", "must be a line of the order")])
    return await open_or_join(session, told, order, by=by, now=now)


async def open_or_join(
    session: AsyncSession, told: Report, order: KnownOrder | None, *, by: str, now: datetime, cause: Event | None = None
) -> tuple[CaseRow, bool]:
    """`order` is locked. Of two reports at once one opens the case, the other joins it."""
    values = await _opened(session, told, order, now)
    customer_id = values["customer_id"]
    if told.joins_by_customer and customer_id is not None:
        hers = await cases.open_of_customer_for_update(session, told.store_id, str(customer_id), told.type)
        if hers is not None:
            return await _join(session, hers, told, by=by, now=now), False
    for _ in range(_TRIES):
        case = await cases.open_one(session, values)
        if case is not None:
            await _welcome(session, case, by=by, now=now, cause=cause)
            return case, True
        case = await cases.open_for_update(session, told.store_id, str(values["subject"]), told.type)
        if case is not None:
            return await _join(session, case, told, by=by, now=now), False
    raise Overtaken("the open case was closed, and another opened, meanwhile")


async def _join(session: AsyncSession, case: CaseRow, told: Report, *, by: str, now: datetime) -> CaseRow:
    case.reports += 1
    await case_step(session, case, "reported-again", by=by, now=now, description=told.description)
    return case


async def _opened(session: AsyncSession, told: Report, order: KnownOrder | None, now: datetime) -> dict[str, object]:
    policy, calendar = await clocks.rules(session, told.store_id)
    customer_id, guest = (order.customer_id, order.guest) if order else (told.customer_id, _guest(told.guest))
    return {
        "store_id": told.store_id,
        "case_id": new_id(),
        "version": 1,
        "status": CaseStatus.OPENED,
        "type": told.type,
        "subject": _subject(told),
        "order_id": told.order_id,
        "line_id": told.line_id,
        "customer_id": customer_id,
        "guest": guest,
        "language": told.language or (order.language if order else await _language(session, told)),
        "inquiry_id": told.inquiry_id,
        "description": told.description,
        "reports": 1,
        "next_reply_at": policy.reply_within.after(now, calendar),
        "opened_at": now,
    }


def _subject(told: Report) -> str:
    if told.order_id is not None and not told.joins_by_customer:
        return f"order/{told.order_id}/{told.line_id or ''}"
    if told.customer_id is not None:
        return f"customer/{told.customer_id}"
    contact = told.guest and (told.guest.email or told.guest.phone)
    if not contact:
        problem = FieldProblem("customer_id", "addressee", "must be there, or an order_id, or a guest with e-mail or phone")
        raise NobodyToAnswer("a case without order says who its customer is", [problem])
    return f"guest/{contact.strip().casefold()}"


async def _language(session: AsyncSession, told: Report) -> str:
    """Of the customer's newest order, else the store's first."""
    newest = await orders.newest_of_customer(session, told.store_id, told.customer_id) if told.customer_id else None
    if newest is not None:
        return newest.language
    spoken = (await stores.store(session, told.store_id)).languages
    return spoken[0] if spoken else "en"


async def _welcome(session: AsyncSession, case: CaseRow, *, by: str, now: datetime, cause: Event | None) -> None:
    await add_step(session, case.store_id, f"case/{case.case_id}", "opened", by=by, now=now, reason=case.description)
    await clocks.watch_reply(session, case)
    saying.say(session, case, caused_by=cause)
    tellings.tell_of_case(session, tellings.CASE_RECEIVED, case, now, caused_by=cause)


def _guest(guest: Guest | None) -> dict[str, str | None] | None:
    return None if guest is None else guest.model_dump()
