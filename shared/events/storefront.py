"""What storefronts say: their orders, their shop, their products, their customers, and what customers write there."""

from typing import Self

from pydantic import Field, model_validator

from shared.events import examples
from shared.events.base import Event, broken
from shared.events.fields import (
    Attributes,
    Country,
    Currency,
    Day,
    GivenId,
    Label,
    Language,
    Line,
    Moment,
    Stock,
    StoreId,
    Text,
    TimeZone,
    Url,
)
from shared.events.parts import Customer, Guest, PaymentMethod, PlacedOrder, ShippedLine, ShippingAddress, TrackingStatus
from shared.events.shop import BusinessHours, StoreAddress
from shared.money import Money


class StorefrontEvent(Event):
    said_by = "storefront"
    store_id: StoreId


class StorefrontOrderEvent(StorefrontEvent):
    """A fact about an order. Facts come in any order, may be repeated, and are never refused by the state of the order."""

    topic = "storefront-orders"
    key_fields = ("store_id", "order_id")
    order_id: GivenId


class OrderPlaced(PlacedOrder, StorefrontOrderEvent):
    """A customer placed this order in the shop; it is said once and does not change."""

    name = "order-placed"
    example = examples.ORDER_PLACED


class OrderPaid(StorefrontOrderEvent):
    """Money came in for the order. Several may come, also before the order itself; each payment_id counts once."""

    name = "order-paid"
    example = examples.order(paid_at="2026-03-02T08:16:30Z", amount=examples.money("29.00"), payment_id="pay-5501", payment_method="paypal")
    paid_at: Moment
    amount: Money
    payment_id: Line = Field(min_length=1)
    payment_method: PaymentMethod


class OrderAddressChanged(StorefrontOrderEvent):
    """The customer changed where the order goes to; the address with the newest changed_at is the one that counts."""

    name = "order-address-changed"
    example = examples.order(changed_at="2026-03-02T08:40:00Z", shipping_address=examples.ADDRESS | {"line1": "8 West Lake Road"})
    changed_at: Moment
    shipping_address: ShippingAddress


class OrderCancelled(StorefrontOrderEvent):
    """The customer cancelled in the shop. It ends the order unless goods had been dispatched by then."""

    name = "order-cancelled"
    example = examples.order(cancelled_at="2026-03-02T09:00:00Z", reason="Ordered twice")
    cancelled_at: Moment
    reason: Text


class ShipmentDispatched(StorefrontOrderEvent):
    """A parcel of the order left the warehouse with these quantities of its lines."""

    name = "shipment-dispatched"
    example = examples.order(
        shipment_id="s-1",
        dispatched_at="2026-03-03T02:00:00Z",
        carrier="SF Express",
        tracking_number="SF1234567890",
        lines=[{"line_id": "1", "quantity": 2}],
    )
    shipment_id: GivenId
    dispatched_at: Moment
    carrier: Line
    tracking_number: Line | None
    lines: tuple[ShippedLine, ...] = Field(max_length=1_000)


class ShipmentTracked(StorefrontOrderEvent):
    """The carrier saw the parcel. The country is the parcel's at that moment, empty while nobody knows it."""

    name = "shipment-tracked"
    example = examples.order(
        shipment_id="s-1", tracked_at="2026-03-04T11:20:00Z", status="in-transit", country="CN", description="Left the sorting centre"
    )
    shipment_id: GivenId
    tracked_at: Moment
    status: TrackingStatus
    country: Line
    description: Text


class ShipmentDelivered(StorefrontOrderEvent):
    """The parcel arrived; signed_by is null where nobody signed for it (yet)."""

    name = "shipment-delivered"
    example = examples.order(shipment_id="s-1", delivered_at="2026-03-05T09:30:00Z", signed_by="Li Lei")
    shipment_id: GivenId
    delivered_at: Moment
    signed_by: Line | None


class StoreUpdated(StorefrontEvent):
    """The shop as it is now; the newest updated_at counts. Until the first: UTC, working days 09:00-18:00, no holidays."""

    name = "store-updated"
    topic = "storefront-stores"
    key_fields = ("store_id",)
    example = {
        "store_id": "demo",
        "name": "Demo Mugs",
        "address": "9 Kiln Lane, Jingdezhen",
        "email": "service@demo.example",
        "phone": "+867981234567",
        "time_zone": "Asia/Shanghai",
        "currency": "USD",
        "languages": ["zh-CN", "en"],
        "business_hours": [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "18:00"}],
        "holiday_country": "CN",
        "updated_at": "2026-03-01T00:00:00Z",
    }
    store_name: Line = Field(alias="name")
    address: StoreAddress | None = None
    email: Line | None = None
    phone: Line | None = None
    time_zone: TimeZone
    currency: Currency
    languages: tuple[Language, ...] = Field(default=(), max_length=100)
    business_hours: tuple[BusinessHours, ...] = Field(default=(), max_length=100)
    holiday_country: Country | None = None
    updated_at: Moment


class StorefrontProductEvent(StorefrontEvent):
    topic = "storefront-products"
    key_fields = ("store_id", "sku")
    sku: GivenId
    stock: Stock
    updated_at: Moment


class ProductListed(StorefrontProductEvent):
    """The product as the shop shows it from updated_at on; the newest counts. It costs `price` now, `list_price` undiscounted."""

    name = "product-listed"
    example = {
        "store_id": "demo",
        "sku": "MUG-RED",
        "name": "Red mug",
        "category": "mugs",
        "price": examples.money("12.50"),
        "list_price": examples.money("15.00"),
        "discounted": True,
        "wholesale_price": examples.money("9.00"),
        "attributes": {"colour": "red", "volume_ml": 330},
        "url": "https://demo.example/mug-red",
        "stock": 120,
        "updated_at": "2026-03-01T00:00:00Z",
    }
    product_name: Line = Field(alias="name")
    category: Line
    price: Money
    list_price: Money
    discounted: bool
    wholesale_price: Money | None
    attributes: Attributes
    url: Url


class StockChanged(StorefrontProductEvent):
    """So many are left to sell; the newest updated_at counts, negative means sold but not there."""

    name = "stock-changed"
    example = {"store_id": "demo", "sku": "MUG-RED", "stock": 118, "updated_at": "2026-03-02T08:15:05Z"}


class CustomerUpdated(StorefrontEvent):
    """What the shop knows of a customer, all of it personal data; null where it does not know. The newest updated_at counts."""

    name = "customer-updated"
    topic = "storefront-customers"
    key_fields = ("store_id", "customer_id")
    example = {
        **examples.STORE,
        **examples.CUSTOMER,
        "registered_at": "2024-11-11T03:00:00Z",
        "wholesale": False,
        "birth_date": "1990-05-17",
        "income_band": "middle",
        "region": "Zhejiang",
        "preferences": {"colour": "red"},
        "marketing_consent": True,
        "updated_at": "2026-03-01T00:00:00Z",
    }
    customer_id: GivenId
    customer_name: Line | None = Field(default=None, alias="name")
    email: Line | None = None
    phone: Line | None = None
    language: Language | None = None
    registered_at: Moment | None = None
    wholesale: bool | None = None
    birth_date: Day | None = None
    income_band: Line | None = None
    region: Line | None = None
    preferences: Attributes | None = None
    marketing_consent: bool | None = None
    updated_at: Moment


class MessagePosted(StorefrontEvent):
    """A customer or a guest wrote on a channel of the shop. The same channel_message_id again is the same message."""

    name = "message-posted"
    topic = "storefront-messages"
    key_fields = ("store_id", "customer_id")
    example = {
        "store_id": "demo",
        "channel": "chat",
        "channel_message_id": "m-9001",
        "customer": examples.CUSTOMER,
        "guest": None,
        "language": "zh-CN",
        "text": "Is the red mug dishwasher-safe?",
        "sku": "MUG-RED",
        "order_id": None,
        "posted_at": "2026-03-02T08:01:00Z",
    }
    channel: Label
    channel_message_id: Line = Field(min_length=1)
    customer: Customer | None = None
    guest: Guest | None = None
    language: Language | None = None
    text: Text
    sku: GivenId | None = None
    order_id: GivenId | None = None
    posted_at: Moment

    @property
    def customer_id(self) -> str | None:
        """None for a guest."""
        return self.customer.customer_id if self.customer else None

    @property
    def key(self) -> str:
        return f"{self.store_id}/{self.customer_id or self.channel_message_id}"

    @property
    def subject(self) -> str:
        return self.channel_message_id

    @model_validator(mode="after")
    def _has_an_author(self) -> Self:
        if self.customer is None and self.guest is None:
            raise broken("author", "customer", "must be there, or a guest")
        return self
