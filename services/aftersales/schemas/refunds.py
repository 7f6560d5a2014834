from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.aftersales.domain.refunds import RefundStatus
from services.aftersales.models import RefundRow
from services.aftersales.usecases import decided_by
from shared.events.parts import PaymentMethod
from shared.events.refunds import Payee, RefundKind
from shared.http import Reason
from shared.money import Money


class RefundIn(Reason):
    amount: Money
    kind: RefundKind
    payee: Annotated[Payee | None, Field(description="Needed where the payment was a bank transfer or cash on delivery.")] = None


class ApprovalIn(Reason):
    payee: Annotated[Payee | None, Field(description="Where it is needed and not known yet.")] = None


class Approval(BaseModel):
    role: str
    by: str
    at: datetime


class RefundOut(BaseModel):
    """Money that goes back, and how far it is."""

    model_config = ConfigDict(from_attributes=True)

    refund_id: UUID
    case_id: UUID
    order_id: str
    customer_id: str | None
    amount: Money
    kind: RefundKind
    reason: str
    status: RefundStatus
    payment_method: PaymentMethod
    payment_id: str
    payee: Payee | None
    decided_by: list[str]
    approvals_needed: list[str]
    approvals: list[Approval]
    asked_at: datetime
    requested_at: datetime | None
    settle_by: datetime | None
    settled_at: datetime | None
    closed_at: datetime | None
    reference: str | None
    overdue_at: datetime | None
    escalated_at: datetime | None
    version: int

    @classmethod
    def of(cls, row: RefundRow) -> Self:
        own = {"amount": row.money, "decided_by": list(decided_by(row))}
        names = [name for name in cls.model_fields if name not in own]
        return cls.model_validate({name: getattr(row, name) for name in names} | own)


class TotalOut(BaseModel):
    """What was asked for on one of the store's days, and how much of it is settled by now."""

    model_config = ConfigDict(from_attributes=True)

    day: date
    payment_method: str
    currency: str
    count: int
    amount: Decimal
    settled_count: int
    settled_amount: Decimal


class TotalsOut(BaseModel):
    items: list[TotalOut]
