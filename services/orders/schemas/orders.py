from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, model_validator

from services.orders.domain.order import Order
from services.orders.domain.standing import CORRECTABLE
from services.orders.domain.status import OrderStatus
from services.orders.models.unchecked import unchecked
from services.orders.usecases.snapshots import snapshot_content
from shared.events import examples
from shared.events.base import broken
from shared.events.fields import GivenId, StoreId
from shared.events.orders import OrderOutcome, OrderSnapshot
from shared.events.parts import Customer, OrderLine, PlacedOrder, ShippingAddress
from shared.events.storefront import OrderPlaced
from shared.http import Page, Reason
from shared.money import Money


def _tuple(given: object) -> object:
    """A body's lists come as lists, which strict parts do not take for tuples."""
    return tuple(given) if isinstance(given, list) else given


Lines = Annotated[tuple[OrderLine, ...], BeforeValidator(_tuple), Field(min_length=1, max_length=1_000)]


class Hold(BaseModel):
    """Since when it waits, until when it may, and who looks at it."""

    since: datetime
    due_at: datetime | None
    taken_by: str | None
    taken_at: datetime | None
    escalated_at: datetime | None


class OrderOut(OrderSnapshot):
    """The order as events tell it, with what its auditor needs."""

    closed_at: datetime | None = None
    outcome: OrderOutcome | None = None
    hold: Hold | None = None

    @classmethod
    def of(cls, order: Order) -> Self:
        own = {
            "closed_at": order.closed_at if order.outcome else None,
            "outcome": order.outcome,
            "hold": _hold(order) if order.status is OrderStatus.HELD else None,
        }
        return unchecked(cls, snapshot_content(order) | own)


class OrderPage(Page[OrderOut]):
    hint: Annotated[dict[str, str] | None, Field(description="What to ask the customer for, where a search found none or several.")] = None


class OrderIn(PlacedOrder):
    """The data of order-placed; the store is the path's."""

    store_id: StoreId | None = None
    order_id: GivenId
    lines: Lines

    model_config = ConfigDict(json_schema_extra={"examples": [examples.ORDER_PLACED]})

    def placed_in(self, store_id: str) -> OrderPlaced:
        """Nothing is checked again."""
        return unchecked(OrderPlaced, {**dict(self), "store_id": store_id})


class CorrectionIn(Reason):
    """What is put right; what is left out stays as it is."""

    customer: Customer | None = None
    shipping_address: ShippingAddress | None = None
    lines: Lines | None = None
    discount: Money | None = None
    shipping_fee: Money | None = None
    tax: Money | None = None
    total: Money | None = None

    @property
    def corrected(self) -> Mapping[str, object]:
        return {name: value for name in CORRECTABLE if (value := getattr(self, name)) is not None}

    @model_validator(mode="after")
    def _corrects_something(self) -> Self:
        if not self.corrected:
            raise broken("correction", "total", f"must be there, or another of {', '.join(CORRECTABLE)}")
        if self.lines and len({line.line_id for line in self.lines}) != len(self.lines):
            raise broken("unique-line-ids", "lines", "must each have a line_id of their own")
        return self


class StepOut(BaseModel):
    """One step of an order's history."""

    number: int
    at: datetime
    step: Annotated[str, Field(description="An event's name, or what somebody or the rules did.")]
    by: Annotated[str, Field(description="A person's `sub`, `storefront`, or `auto`.")]
    reason: str | None
    detail: dict[str, JsonValue]


def _hold(order: Order) -> Hold | None:
    if order.held_since is None:
        return None
    return Hold(
        since=order.held_since,
        due_at=order.hold_due_at,
        taken_by=order.taken_by,
        taken_at=order.taken_at,
        escalated_at=order.escalated_at,
    )
