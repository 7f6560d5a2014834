"""What aftersales says of goods that come back."""

from uuid import UUID

from pydantic import Field, JsonValue

from shared.events import examples
from shared.events.base import Event, Part
from shared.events.fields import Count, GivenId, Moment, Quantity, StoreId, Version


class ReturnEvent(Event):
    """Goods of one order on their way back, at this version."""

    topic = "returns"
    key_fields = ("return_id",)
    said_by = "aftersales"
    heard_outside_by = ("storefront",)
    return_id: UUID
    case_id: UUID
    store_id: StoreId
    order_id: GivenId
    version: Version


class ReturnedLine(Part):
    """How many of an order's line may come back."""

    line_id: GivenId
    sku: GivenId
    quantity: Quantity


class InspectedLine(Part):
    """What came back of an order's line: so many to sell again, so many to throw away."""

    line_id: GivenId
    sku: GivenId
    restock: Count
    scrap: Count


_RETURN: dict[str, JsonValue] = {
    "return_id": "01980a5e-0c00-7000-8000-000000000030",
    "case_id": examples.CASE_ID,
    "store_id": "demo",
    "order_id": "10001",
}


class ReturnAuthorised(ReturnEvent):
    """The customer may send these back."""

    name = "return-authorised"
    draft = True
    example = _RETURN | {
        "version": 1,
        "lines": [{"line_id": "1", "sku": "MUG-RED", "quantity": 2}],
        "authorised_at": "2026-03-06T03:00:00Z",
    }
    lines: tuple[ReturnedLine, ...] = Field(min_length=1)
    authorised_at: Moment


class ReturnInspected(ReturnEvent):
    """The goods were looked at; the storefront puts the quantities to restock back into its stock, once per return."""

    name = "return-inspected"
    draft = True
    example = _RETURN | {
        "version": 4,
        "lines": [{"line_id": "1", "sku": "MUG-RED", "restock": 1, "scrap": 1}],
        "inspected_at": "2026-03-11T03:00:00Z",
    }
    lines: tuple[InspectedLine, ...] = Field(min_length=1)
    inspected_at: Moment
