"""What every service may grant a customer; the storefront pays it out."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.events.base import Event
from shared.events.fields import Count, GivenId, Line, Moment, StoreId, Text
from shared.events.parts import About


class RewardEvent(Event):
    topic = "rewards"
    key_fields = ("store_id", "customer_id")
    said_by = "every service"
    heard_outside_by = ("storefront",)
    store_id: StoreId
    customer_id: GivenId


class RewardGranted(RewardEvent):
    """The customer gets points, a coupon or a gift. The storefront grants it once per reward_id, however often it is said."""

    name = "reward-granted"
    example = {
        "reward_id": "01980a5e-0c00-7000-8000-000000000050",
        "store_id": "demo",
        "customer_id": "c-81",
        "kind": "points",
        "points": 29,
        "coupon_code": None,
        "gift_sku": None,
        "reason": "Thank you for signing for your parcel",
        "about": {"kind": "order", "id": "10001"},
        "granted_at": "2026-03-05T09:31:00Z",
    }
    reward_id: UUID
    kind: Literal["points", "coupon", "gift"]
    points: Count | None = Field(default=None, description="Of kind points.")
    coupon_code: Line | None = Field(default=None, description="Of kind coupon.")
    gift_sku: GivenId | None = Field(default=None, description="Of kind gift.")
    reason: Text
    about: About | None
    granted_at: Moment

    @property
    def subject(self) -> str:
        return str(self.reward_id)
