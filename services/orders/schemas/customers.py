from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field, JsonValue
from sqlalchemy import RowMapping

from services.orders.domain.customers.loss import Loss
from services.orders.domain.customers.segments import Dimension
from services.orders.domain.customers.tiers import Abc, Tier
from shared.money import Money

Share = Annotated[Decimal, Field(description="A part of one.")]


class ProfileOut(BaseModel):
    """What the storefront last said of the customer; null where it does not know. Personal data."""

    name: str | None
    email: str | None
    phone: str | None
    language: str | None
    registered_at: datetime | None
    wholesale: bool | None
    birth_date: date | None
    income_band: str | None
    region: str | None
    preferences: dict[str, JsonValue] | None
    marketing_consent: bool | None

    @classmethod
    def of(cls, row: RowMapping) -> "ProfileOut | None":
        """None where the storefront never said anything."""
        return None if row["profile_at"] is None else cls(**{name: row[name] for name in cls.model_fields})


class RecordOut(BaseModel):
    """Recency, frequency and money (CUS-1), of orders that were placed and not cancelled."""

    orders: int
    first_order_at: datetime | None
    last_order_at: datetime | None
    recency_days: Annotated[int | None, Field(description="Whole days since the last order.")]
    interval_days: Annotated[Decimal | None, Field(description="The mean time between orders; of a single order what is usual.")]
    orders_a_year: Decimal
    money: Annotated[list[Money], Field(description="What the orders came to less refunds, by currency.")]
    refunds: int
    complaints: int
    satisfied: int
    dissatisfied: int


class LifetimeOut(BaseModel):
    """Both models (CUS-3), in the store's currency, and the dynamic value (CUS-4)."""

    contribution: Annotated[Money, Field(description="Of the last twelve months (`value_months`); other currencies are not in it.")]
    retention: Share
    retention_of: Annotated[str, Field(description="The segment it was observed in, `all`, or `policy` where too few could be observed.")]
    retained_value: Annotated[Money, Field(description="By the retention model; may be negative.")]
    simple_value: Money
    dynamic_value: Annotated[Money, Field(description="The simple value with those she tells; negative where she is dissatisfied.")]


class CustomerOut(BaseModel):
    """A customer's profile, record, tier and worth."""

    store_id: str
    customer_id: str
    version: int
    profile: ProfileOut | None
    record: RecordOut
    abc: Annotated[Abc | None, Field(description="Null until the first classification (CUS-2).")]
    tier: Tier
    tier_since: Annotated[datetime | None, Field(description="Null where it never was another.")]
    lost: Annotated[Loss | None, Field(description="No order for twice, or four times, her own interval (CUS-5).")]
    lifetime: Annotated[LifetimeOut | None, Field(description="Null while the store has no currency.")]
    other_currencies: Annotated[list[str], Field(description="Of orders that count for neither class nor worth.")]
    policy_version: int


class CustomerLine(BaseModel):
    """A customer in a list, without contacts and birth date."""

    customer_id: str
    name: str | None
    language: str | None
    region: str | None
    marketing_consent: bool | None
    orders: int
    first_order_at: datetime | None
    last_order_at: datetime | None
    money: list[Money]
    complaints: int
    abc: Abc | None
    tier: Tier
    lost: Loss | None


class ClassificationOut(BaseModel):
    """It is under way; the figures tell when the last was done."""

    begins_at: datetime


class SegmentOut(BaseModel):
    """Purchase figures of the last twelve months, in the store's currency."""

    segment: Annotated[str, Field(description="Empty where the storefront does not say.")]
    customers: int
    buyers: int
    orders: int
    worth: Money
    order_value: Money
    other_currencies: Annotated[int, Field(description="Orders that are not in the store's currency, and not counted.")]
    retention: Share
    retention_of: Annotated[Literal["segment", "policy"], Field(description="`policy` where too few could be observed.")]
    retained_value: Annotated[Money, Field(description="Of a mean buyer, by the retention model.")]
    simple_value: Annotated[Money, Field(description="Of a mean buyer, by the simple model.")]
    satisfied: int
    dissatisfied: int


class WordOfMouthOut(BaseModel):
    """What those customers are worth who told in the period how it was, with those they tell (CUS-4)."""

    since: datetime
    until: datetime
    satisfied: int
    dissatisfied: int
    customer_value: Annotated[Money, Field(description="Of a mean buyer, by the simple model.")]
    value: Money
    brought: Money
    lost: Money
    dynamic_value: Money


class CustomerFiguresOut(BaseModel):
    """As of the last classification; the word of mouth is of the period."""

    as_of: Annotated[datetime | None, Field(description="Null before the first classification.")]
    currency: str | None
    by: Dimension
    whole: SegmentOut | None
    segments: Annotated[list[SegmentOut], Field(description="Largest first, at most 200.")]
    word_of_mouth: WordOfMouthOut | None
    policy_version: int
