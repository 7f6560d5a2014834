"""A shop as Kefu sees it: CloudEvents on Kafka, and nothing else."""

import json
import secrets
import uuid
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer

from deploy.local.simulator.catalogue import Product
from deploy.local.simulator.orders import Json, Order, changed_address, money


def now() -> datetime:
    return datetime.now(UTC)


class Storefront:
    """Says what happens in one store. `order_id` is the key of what concerns an order, so that it stays in order."""

    def __init__(self, producer: AIOKafkaProducer, store_id: str, topic_prefix: str) -> None:
        self._producer = producer
        self._store_id = store_id
        self._prefix = topic_prefix

    async def opens(self) -> None:
        hours: Json = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "18:00"}
        shop: Json = {"name": "Sample shop", "address": "1 Long Street, Hangzhou", "email": "shop@example.com", "phone": "+8657112345678"}
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

    async def is_paid(self, order: Order, method: str) -> None:
        currency = order.placed["total"]
        assert isinstance(currency, dict)
        amount = str(order.pays) if currency["currency"] == "ISK" else f"{order.pays:.2f}"
        payment: Json = {"payment_id": f"pay-{order.order_id}", "payment_method": method, "paid_at": now().isoformat()}
        await self._about(order, "order-paid", payment | {"amount": {"amount": amount, "currency": currency["currency"]}})

    async def corrects_address(self, order: Order) -> None:
        await self._about(order, "order-address-changed", {"changed_at": now().isoformat(), "shipping_address": changed_address(order)})

    async def cancels(self, order: Order) -> None:
        await self._about(order, "order-cancelled", {"cancelled_at": now().isoformat(), "reason": "changed my mind"})

    async def dispatches(self, order: Order) -> None:
        lines = order.placed["lines"]
        assert isinstance(lines, list)
        sent: list[Json] = [{"line_id": line["line_id"], "quantity": line["quantity"]} for line in lines if isinstance(line, dict)]
        parcel: Json = {"carrier": "SF Express", "tracking_number": f"SF{order.order_id}", "lines": [*sent]}
        await self._about(order, "shipment-dispatched", self._shipment(order) | parcel | {"dispatched_at": now().isoformat()})

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
        attributes = {
            "ce_specversion": "1.0",
            "ce_id": str(uuid.uuid4()),
            "ce_type": name,
            "ce_source": f"/stores/{self._store_id}",
            "ce_subject": subject or self._store_id,
            "ce_time": now().isoformat(),
            "traceparent": f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01",
            "content-type": "application/json",
        }
        await self._producer.send(
            self._prefix + topic,
            key="/".join(filter(None, (self._store_id, subject))).encode(),
            value=json.dumps({"store_id": self._store_id, **content}).encode(),
            headers=[(header, text.encode()) for header, text in attributes.items()],
        )
