"""What the orders service says of a store's customers."""

from typing import Literal

from shared.events.base import Event
from shared.events.fields import GivenId, Moment, StoreId, Version

Tier = Literal["key", "potential", "general", "occasional"]


class CustomerEvent(Event):
    topic = "customers"
    key_fields = ("store_id", "customer_id")
    said_by = "orders"
    store_id: StoreId
    customer_id: GivenId


class CustomerTierChanged(CustomerEvent):
    """The customer's worth to the store moved to another tier; said for every move. Of whom nothing was said, the tier is occasional."""

    name = "customer-tier-changed"
    example = {
        "store_id": "demo",
        "customer_id": "c-81",
        "tier": "potential",
        "previous_tier": "occasional",
        "changed_at": "2026-03-02T08:16:31Z",
        "version": 2,
    }
    tier: Tier
    previous_tier: Tier
    changed_at: Moment
    version: Version
