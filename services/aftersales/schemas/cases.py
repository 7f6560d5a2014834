from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, model_validator

from services.aftersales.domain.cases import CaseStatus, Cause
from shared.events.base import broken
from shared.events.cases import CaseType
from shared.events.fields import GivenId, Label, Language, Moment
from shared.events.parts import Guest
from shared.http import Reason
from shared.money import Money

Account = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]

# leaves room for the words around it in the message
Reply = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=19_000)]


class CaseIn(BaseModel):
    """A problem with an order, or a customer's or guest's with the service."""

    order_id: GivenId | None = None
    line_id: GivenId | None = None
    type: CaseType
    description: Annotated[Account, Field(description="The customer's account.")]
    customer_id: GivenId | None = None
    guest: Guest | None = None
    language: Language | None = None
    inquiry_id: Annotated[UUID | None, Field(description="The inquiry it was told in.")] = None

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"order_id": "10001", "line_id": "1", "type": "quality", "description": "One mug came broken"}]}
    )

    @model_validator(mode="after")
    def _is_about_somebody(self) -> Self:
        if self.order_id is None and self.type != "service":
            raise broken("order", "order_id", "must be there, as only a service case may have no order")
        if self.order_id is None and self.line_id is not None:
            raise broken("order", "order_id", "must be there where there is a line_id")
        reachable = self.guest is not None and (self.guest.email or self.guest.phone)
        if self.order_id is None and self.customer_id is None and not reachable:
            raise broken("addressee", "customer_id", "must be there, or an order_id, or a guest with e-mail or phone")
        return self


class Proposal(BaseModel):
    action: str
    text: str
    amount: Money | None


class CaseOut(BaseModel):
    """One after-sale problem and how far it is."""

    model_config = ConfigDict(from_attributes=True)

    case_id: UUID
    status: CaseStatus
    type: CaseType
    order_id: str | None
    line_id: str | None
    customer_id: str | None
    guest: Guest | None
    language: str
    inquiry_id: UUID | None
    agent_id: str | None
    cause: Cause | None
    finding: str | None
    proposal: Proposal | None
    description: str
    next_reply_at: datetime | None
    escalated_to: str | None
    reports: Annotated[int, Field(description="How often it was reported while open.")]
    outcome: str | None
    opened_at: datetime
    closed_at: datetime | None
    version: int


class DiagnosisIn(BaseModel):
    cause: Cause
    finding: Annotated[Account, Field(description="The facts established.")]
    reason: Annotated[str, StringConstraints(max_length=1000)] | None = None


class ProposalIn(BaseModel):
    action: Label
    text: Annotated[Account, Field(description="What the customer is told.")]
    amount: Money | None = None


class PromiseIn(Reason):
    next_reply_at: Moment


class CloseIn(Reason):
    outcome: Label
    cause: Annotated[Cause | None, Field(description="Where the diagnosis' is not the last word.")] = None
    reply: Annotated[Reply | None, Field(description="What the customer is told beside the case being closed.")] = None


class StepOut(BaseModel):
    """One step of a history."""

    number: int
    at: datetime
    step: str
    by: Annotated[str, Field(description="A person's `sub`, `storefront:…`, `finance`, or `auto`.")]
    reason: str | None
    detail: dict[str, JsonValue]
