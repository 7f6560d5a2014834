from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BaseModel, Field, PlainSerializer, WithJsonSchema

from services.orders.domain.figures import Sales
from services.orders.domain.periods import average, growth, rate
from services.orders.repository.conversions import Converted
from services.orders.repository.figures import Found
from shared.money import Money

Rate = Annotated[Decimal, PlainSerializer(float, when_used="json"), WithJsonSchema({"type": "number"})]


class FigureOut(BaseModel):
    """In one currency: amounts of different ones never add. What there is nothing to divide by for is null."""

    key: Annotated[str | None, Field(description="The day, the sku, or the agent's `sub` (null: nobody's); null for the store.")]
    currency: str
    placed: Annotated[int, Field(description="Orders placed, cancelled ones included.")]
    cancelled: int
    orders: Annotated[int, Field(description="Placed and not cancelled.")]
    units: int
    revenue: Money
    average_order_value: Money | None
    orders_growth: Annotated[Rate | None, Field(description="0.25: a quarter more than in the period before.")]
    revenue_growth: Rate | None
    cancel_rate: Annotated[Rate | None, Field(description="cancelled ÷ placed")]
    refunded_orders: int
    refunded: Money
    refund_rate: Annotated[Rate | None, Field(description="refunded_orders ÷ orders")]

    @classmethod
    def of(cls, found: Found, *, orders_before: int, revenue_before: Money) -> Self:
        sales, currency = found.sales, found.currency
        orders = sales.placed - sales.cancelled
        return cls(
            key=str(found.day) if found.day else found.name or None,
            currency=currency,
            placed=sales.placed,
            cancelled=sales.cancelled,
            orders=orders,
            units=sales.units,
            revenue=Money(sales.revenue, currency),
            average_order_value=average(sales, currency),
            orders_growth=growth(orders, orders_before),
            revenue_growth=growth(sales.revenue, revenue_before.amount),
            cancel_rate=rate(sales.cancelled, sales.placed),
            refunded_orders=sales.refunded_orders,
            refunded=Money(sales.refunded, currency),
            refund_rate=rate(sales.refunded_orders, orders),
        )


class ConversionOut(BaseModel):
    """Of the customers who asked, how many ordered by it."""

    key: Annotated[str | None, Field(description="As in `items`; a day is the one on which they asked.")]
    asked: int
    ordered: int
    rate: Rate | None

    @classmethod
    def of(cls, told: Converted) -> Self:
        return cls(key=told.name or None, asked=told.asked, ordered=told.ordered, rate=rate(told.ordered, told.asked))


class SalesOut(BaseModel):
    from_: Annotated[date, Field(alias="from")]
    to: date
    by: str
    time_zone: Annotated[str, Field(description="The store's, by which days are counted now.")]
    items: list[FigureOut]
    totals: Annotated[list[FigureOut], Field(description="Of the store over the whole period, one a currency.")]
    conversions: list[ConversionOut]
    conversion: ConversionOut


def with_period_before(found: Found) -> FigureOut:
    return FigureOut.of(found, orders_before=found.orders_before, revenue_before=found.revenue_before)


def with_day_before(found: Found, days: Mapping[tuple[date | None, str], Sales], day_before: date) -> FigureOut:
    """A day's growth is against the day before it."""
    before = days.get((day_before, found.currency), Sales())
    revenue = Money(before.revenue, found.currency)
    return FigureOut.of(found, orders_before=before.placed - before.cancelled, revenue_before=revenue)
