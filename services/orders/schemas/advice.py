from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from services.orders.domain.amending import WantedLine
from services.orders.domain.wishes import AdviceKind, GivenAdvice, Outcome, Wish
from services.orders.usecases.accepting import Choice
from shared.events.base import broken
from shared.events.fields import GivenId
from shared.http import Reason
from shared.money import Money


class AdviceTask(BaseModel):
    """What a department is asked; `task_id` is there where it was asked already, the others are when the advice is carried out."""

    kind: str
    department: str
    due_at: datetime
    task_id: UUID | None

    model_config = ConfigDict(from_attributes=True)


class WaitsFor(BaseModel):
    """The answer that the advice waits for, and until when it should be there."""

    task_id: UUID
    until: datetime


class AdviceOut(BaseModel):
    """What to do, why, by which rules, and what to tell the customer; where it waits for a department it goes on by itself."""

    advice_id: UUID
    order_id: str
    kind: AdviceKind
    action: str
    reason: str
    rules: Annotated[list[str], Field(description="The ids that led to it; docs/rules draws them.")]
    reply: Annotated[dict[str, str], Field(description="Ready to send, in zh-CN and en.")]
    tasks: list[AdviceTask]
    waits_for: WaitsFor | None
    refund: Annotated[Money | None, Field(description="What the customer would have back.")]
    withheld: Annotated[Money | None, Field(description="The loss that would be kept, if the customer agrees.")]
    payment: Annotated[Money | None, Field(description="What the customer would have to pay first.")]
    choices: Annotated[list[str], Field(description="One of them is sent as `choice` when it is accepted.")]
    policy_version: Annotated[int, Field(description="Of the store's policies; 0 is the defaults.")]
    given_at: datetime
    given_by: Annotated[str, Field(description="Who asked: a `sub`, or `auto` where a department's answer led to it.")]
    outcome: Outcome | None
    ended_at: datetime | None
    ended_by: str | None

    model_config = ConfigDict(from_attributes=True)

    @classmethod
    def of(cls, given: GivenAdvice) -> Self:
        own = ("kind", "tasks", "waits_for")
        told = {name: getattr(given, name) for name in cls.model_fields if name not in own}
        waits = WaitsFor(task_id=given.task_id, until=given.waits_until) if given.task_id and given.waits_until else None
        return cls.model_validate(
            {**told, "kind": given.wish.kind, "tasks": [AdviceTask.model_validate(task) for task in given.tasks], "waits_for": waits}
        )


class WantedLineIn(BaseModel):
    """How a line should be instead; a quantity of zero takes it out."""

    line_id: GivenId
    sku: GivenId
    quantity: Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]


class ChangeIn(BaseModel):
    """The lines that should be otherwise; the others stay as they are."""

    lines: Annotated[list[WantedLineIn], Field(min_length=1, max_length=1_000)]

    model_config = ConfigDict(json_schema_extra={"examples": [{"lines": [{"line_id": "1", "sku": "MUG-BLUE", "quantity": 2}]}]})

    @property
    def wish(self) -> Wish:
        return Wish(AdviceKind.CHANGE, tuple(WantedLine(line.line_id, line.sku, line.quantity) for line in self.lines))

    @model_validator(mode="after")
    def _names_each_line_once(self) -> Self:
        if len({line.line_id for line in self.lines}) != len(self.lines):
            raise broken("unique-line-ids", "lines", "must each have a line_id of their own")
        return self


class ParcelIn(BaseModel):
    """Which parcel is asked for; left out, the one longest on its way, or the order where none is."""

    shipment_id: GivenId | None = None

    @property
    def wish(self) -> Wish:
        return Wish(AdviceKind.LOGISTICS, shipment_id=self.shipment_id)


class CancelAcceptance(Reason):
    agreed: Annotated[StrictBool | None, Field(description="Whether the customer agrees that a loss is withheld; needed where one is.")] = (
        None
    )


class ChangeAcceptance(ChangeIn, Reason):
    """The same lines as the advice was asked for."""


class LogisticsAcceptance(ParcelIn, Reason):
    """The same parcel as the advice was asked for."""

    choice: Annotated[Choice | None, Field(description="What the customer chose, where the advice leaves them a choice.")] = None


CANCEL = Wish(AdviceKind.CANCEL)
