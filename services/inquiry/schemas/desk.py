"""Agents, keywords and offers, as bodies."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from services.inquiry.domain.offers import RULE
from services.inquiry.domain.topics import STARTER_KEYWORDS, Topic
from services.inquiry.models import AgentRow, KeywordsRow, OfferRow
from services.inquiry.usecases.offering import Promise
from shared.events.base import broken
from shared.events.fields import GivenId, Language, Quantity
from shared.http import Reason
from shared.money import Money

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Words = Annotated[list[Word], Field(max_length=500)]
Category = Annotated[str, StringConstraints(min_length=1, max_length=500)]
OfferCode = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Percent = Annotated[Decimal, Field(gt=0, le=100, decimal_places=2)]


class AgentIn(BaseModel):
    name: Name
    languages: Annotated[list[Language], Field(min_length=1, max_length=50)]
    topics: Annotated[list[Topic], Field(max_length=len(Topic), description="What the agent knows best; empty: everything.")] = []
    active: bool = True

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Wang Fang", "languages": ["zh-CN", "en"], "topics": ["price"]}]})


class AgentOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    agent_id: str
    name: str
    languages: list[str]
    topics: list[Topic]
    active: bool
    updated_at: datetime
    version: int

    @classmethod
    def of(cls, row: AgentRow) -> Self:
        return cls.model_validate(row)


class KeywordsIn(Reason):
    keywords: Annotated[dict[Topic, Words], Field(description="Replaces them all; a topic that is left out has no words.")]

    @field_validator("keywords")
    @classmethod
    def _other_has_none(cls, given: dict[Topic, list[str]]) -> dict[Topic, list[str]]:
        if given.get(Topic.OTHER):
            raise ValueError("other is what has no words")
        return given


class KeywordsOut(BaseModel):
    """What the classifier goes by; version 0 is the starter set."""

    model_config = ConfigDict(from_attributes=True)

    keywords: dict[Topic, list[str]]
    version: int
    at: datetime | None = None
    by: str | None = None
    reason: str | None = None

    @classmethod
    def of(cls, row: KeywordsRow | None) -> Self:
        return cls.model_validate({"keywords": STARTER_KEYWORDS, "version": 0} if row is None else row)


class OfferIn(Reason):
    """A discount for this inquiry's customer: a percent or an amount off, of a product or a category (INQ-12)."""

    code: OfferCode
    sku: GivenId | None = None
    category: Category | None = None
    percent: Percent | None = None
    amount: Money | None = None
    quantity_from: Quantity = 1
    expires_days: Annotated[int | None, Field(ge=1, le=3650, description="Left out: the policy `offer_days`.")] = None

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"code": "LILEI-5", "sku": "MUG-RED", "percent": "5", "reason": "asked for it twice"}]}
    )

    @model_validator(mode="after")
    def _says_what_and_how_much(self) -> Self:
        if (self.percent is None) == (self.amount is None):
            raise broken("percent-or-amount", "percent", f"must be there, or an amount, and not both ({RULE})")
        if (self.sku is None) == (self.category is None):
            raise broken("sku-or-category", "sku", f"must be there, or a category, and not both ({RULE})")
        if self.amount is not None and self.amount.amount <= 0:
            raise broken("positive", "amount.amount", f"must be more than zero ({RULE})")
        return self

    @property
    def promise(self) -> Promise:
        return Promise(
            code=self.code,
            sku=self.sku,
            category=self.category,
            percent=self.percent,
            amount=self.amount,
            quantity_from=self.quantity_from,
            expires_days=self.expires_days,
        )


class OfferOut(BaseModel):
    offer_id: UUID
    inquiry_id: UUID
    code: str
    customer_id: str | None
    sku: str | None
    category: str | None
    percent: Decimal | None
    amount: Money | None
    quantity_from: int
    expires_at: datetime
    decided_by: str
    reason: str
    made_at: datetime

    model_config = ConfigDict(from_attributes=True)

    @classmethod
    def of(cls, row: OfferRow) -> Self:
        amount = None if row.amount is None else Money(row.amount, str(row.currency))
        return cls.model_validate({name: getattr(row, name) for name in cls.model_fields} | {"amount": amount})
