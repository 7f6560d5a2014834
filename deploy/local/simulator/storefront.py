"""A shop as Kefu sees it: CloudEvents on Kafka, and nothing else."""

import uuid
from datetime import datetime

from deploy.local.listening import Json
from deploy.local.saying import Speaker, now
from deploy.local.simulator.catalogue import Product
from deploy.local.simulator.orders import Order, changed_address, money


class Storefront:
    """Says what happens in one store. `order_id` is the key of what concerns an order, so that it stays in order."""

    def __init__(self, speaker: Speaker, store_id: str) -> None:
        self._speaker = speaker
        self.store_id = store_id

    async def opens(self, name: str = "Sample shop") -> None:
        hours: Json = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "18:00"}
        shop: Json = {"name": name, "address": "1 Long Street, Hangzhou", "email": "shop@example.com", "phone": "+8657112345678"}
        habits: Json = {"time_zone": "Asia/Shanghai", "currency": "USD", "languages": ["zh-CN", "en"], "holiday_country": "CN"}
        content = shop | habits | {"business_hours": [hours], "updated_at": now().isoformat()}
        await self._say("storefront-stores", "store-updated", None, content)

    async def lists(self, product: Product) -> None:
        prices: Json = {"price": money(product.price), "list_price": money(product.list_price), "wholesale_price": None}
        content: Json = {
            "sku": product.sku,
            "name": product.name,
            "category": product.category,
            **prices,
            "discounted": product.price < product.list_price,
            "attributes": {"colour": product.name.split()[1]},
            "url": f"https://shop.example.com/{product.sku.lower()}",
            "stock": product.stock,
            "updated_at": now().isoformat(),
        }
        await self._say("storefront-products", "product-listed", product.sku, content)

    async def receives(self, order: Order) -> None:
        await self._say("storefront-orders", "order-placed", order.order_id, order.placed)

    async def is_paid(self, order: Order, method: str, payment_id: str | None = None, *, at: datetime | None = None) -> None:
        currency = order.placed["total"]
        assert isinstance(currency, dict)
        amount = str(order.pays) if currency["currency"] == "ISK" else f"{order.pays:.2f}"
        paid_at = (at or now()).isoformat()
        payment: Json = {"payment_id": payment_id or f"pay-{order.order_id}", "payment_method": method, "paid_at": paid_at}
        await self._about(order, "order-paid", payment | {"amount": {"amount": amount, "currency": currency["currency"]}})

    async def corrects_address(self, order: Order) -> None:
        await self._about(order, "order-address-changed", {"changed_at": now().isoformat(), "shipping_address": changed_address(order)})

    async def cancels(self, order: Order) -> None:
        await self._about(order, "order-cancelled", {"cancelled_at": now().isoformat(), "reason": "changed my mind"})

    async def knows(self, customer: Json) -> None:
        """What the shop has in its own records of who orders."""
        habits: Json = {
            "registered_at": "2024-11-11T03:00:00Z",
            "wholesale": False,
            "marketing_consent": True,
            "preferences": {"gifts": True},
        }
        more: Json = {"birth_date": "1990-05-17", "income_band": "middle", "region": None, "updated_at": now().isoformat()}
        await self._say("storefront-customers", "customer-updated", str(customer["customer_id"]), customer | habits | more)

    async def passes_on(self, customer: Json, text: str, channel: str, sku: str | None) -> None:
        """What a customer writes on one of the shop's channels."""
        about: Json = {"channel": channel, "channel_message_id": str(uuid.uuid4()), "sku": sku, "order_id": None}
        words: Json = {"customer": customer, "guest": None, "language": customer["language"], "text": text, "posted_at": now().isoformat()}
        await self._say("storefront-messages", "message-posted", str(customer["customer_id"]), about | words)

    async def dispatches(self, order: Order, *, numbered: bool = True, at: datetime | None = None) -> None:
        lines = order.placed["lines"]
        assert isinstance(lines, list)
        sent: list[Json] = [{"line_id": line["line_id"], "quantity": line["quantity"]} for line in lines if isinstance(line, dict)]
        parcel: Json = {"carrier": "SF Express", "tracking_number": f"SF{order.order_id}" if numbered else None, "lines": [*sent]}
        await self._about(order, "shipment-dispatched", self._shipment(order) | parcel | {"dispatched_at": (at or now()).isoformat()})

    async def tracks(self, order: Order, status: str, country: str, description: str, *, at: datetime | None = None) -> None:
        seen: Json = {"tracked_at": (at or now()).isoformat(), "status": status, "country": country, "description": description}
        await self._about(order, "shipment-tracked", self._shipment(order) | seen)

    async def delivers(self, order: Order) -> None:
        signed: Json = {"delivered_at": now().isoformat(), "signed_by": "the customer"}
        await self._about(order, "shipment-delivered", self._shipment(order) | signed)

    async def mumbles(self, order: Order) -> None:
        """A programming error of the shop: an order without lines."""
        await self._say("storefront-orders", "order-placed", order.order_id, order.placed | {"lines": []})

    def _shipment(self, order: Order) -> Json:
        return {"shipment_id": f"s-{order.order_id}"}

    async def _about(self, order: Order, name: str, content: Json) -> None:
        await self._say("storefront-orders", name, order.order_id, {"order_id": order.order_id, **content})

    async def _say(self, topic: str, name: str, subject: str | None, content: Json) -> None:
        key = "/".join(filter(None, (self.store_id, subject)))
        await self._speaker.say(topic, name, key, subject or self.store_id, {"store_id": self.store_id, **content})
