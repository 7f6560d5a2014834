from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.orders.domain import notes
from services.orders.domain.notes import Flag, Note
from shared.events.base import broken
from shared.events.fields import GivenId, Quantity

Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
Carrier = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class Gift(BaseModel):
    """To be put into the parcel."""

    model_config = ConfigDict(from_attributes=True)

    sku: GivenId
    quantity: Quantity = 1


class NoteIn(BaseModel):
    """At least one of them."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "Ring twice, the bell is broken", "flags": ["fragile"], "carrier": "SF Express"}]}
    )

    text: Sentence | None = None
    flags: Annotated[list[Flag], Field(max_length=len(Flag))] = []
    gift: Gift | None = None
    carrier: Annotated[Carrier | None, Field(description="Whom it should go with.")] = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.text or self.flags or self.gift or self.carrier):
            raise broken("note", "text", "must be there, or a flag, a gift or a carrier")
        return self

    @property
    def gift_noted(self) -> notes.Gift | None:
        return None if self.gift is None else notes.Gift(self.gift.sku, self.gift.quantity)


class NoteOut(BaseModel):
    """Internal: customers and other services never hear of it."""

    model_config = ConfigDict(from_attributes=True)

    note_id: UUID
    order_id: str
    text: str | None
    flags: list[Flag]
    gift: Gift | None
    carrier: str | None
    written_by: str
    written_at: datetime
    withdrawn_by: str | None
    withdrawn_at: datetime | None
    withdrawn_reason: str | None
    version: int

    @classmethod
    def of(cls, note: Note, order_id: str) -> Self:
        own = {name: getattr(note, name) for name in cls.model_fields if name != "order_id"}
        return cls.model_validate({**own, "order_id": order_id, "flags": list(note.flags)})
