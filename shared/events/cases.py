"""What aftersales says of its cases."""

from typing import Literal
from uuid import UUID

from pydantic import JsonValue

from shared.events import examples
from shared.events.base import Event
from shared.events.fields import GivenId, Label, Language, Line, Moment, StoreId, Version
from shared.events.parts import Guest

CaseType = Literal[
    "not-as-described",
    "wrong-item",
    "missing-part",
    "quality",
    "lost",
    "delay",
    "cancellation",
    "price-difference",
    "service",
    "other",
]


class CaseEvent(Event):
    """One after-sale problem, at this version; a service case may have no order."""

    topic = "cases"
    key_fields = ("case_id",)
    said_by = "aftersales"
    case_id: UUID
    store_id: StoreId
    customer_id: GivenId | None
    guest: Guest | None
    language: Language
    agent_id: Line | None
    inquiry_id: UUID | None
    order_id: GivenId | None
    line_id: GivenId | None
    type: CaseType
    opened_at: Moment
    version: Version


_OPENED: dict[str, JsonValue] = {
    "case_id": examples.CASE_ID,
    "store_id": "demo",
    "customer_id": "c-81",
    "guest": None,
    "language": "zh-CN",
    "agent_id": None,
    "inquiry_id": None,
    "order_id": "10001",
    "line_id": "1",
    "type": "quality",
    "opened_at": "2026-03-06T02:00:00Z",
    "version": 1,
}


class CaseOpened(CaseEvent):
    """A problem was reported; a second report of the same joins this case and is not said."""

    name = "case-opened"
    example = _OPENED


class CaseClosed(CaseEvent):
    """The case is settled for good, by whoever had it last."""

    name = "case-closed"
    example = _OPENED | {
        "closed_at": "2026-03-12T02:00:00Z",
        "agent_id": "agent-7",
        "outcome": "refunded",
        "cause": "product",
        "version": 9,
    }
    closed_at: Moment
    outcome: Label
    cause: Label | None
