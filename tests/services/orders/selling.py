"""What others say that sales figures are made of, and the figures as they are answered."""

from typing import Any

import httpx
import orjson
from sqlalchemy import text

from services.orders.service import service
from shared.events.base import Event
from shared.events.inquiries import InquiryClosed, InquiryReceived
from shared.events.refunds import RefundClosed
from shared.events.storefront import StoreUpdated
from tests.services.orders.builders import money
from tests.services.orders.shop import Shop

FIGURES = "/figures/sales"


async def stored(shop: Shop, statement: str) -> list[tuple[Any, ...]]:
    async with shop.database.transaction() as session:
        return [tuple(row) for row in await session.execute(text(statement))]


async def hears(shop: Shop, *told: Event) -> None:
    async with shop.database.transaction() as session:
        await service.events.handle(list(told), session, shop.clock())


def asked(number: int = 1, *, version: int = 1, **changed: Any) -> InquiryReceived:
    told = InquiryReceived.example | {"inquiry_id": _id(number), "version": version} | changed
    return InquiryReceived.read(orjson.dumps(told))


def closed(number: int = 1, *, version: int = 5, **changed: Any) -> InquiryClosed:
    """By wang; it led to the order 10001."""
    told = InquiryClosed.example | {"inquiry_id": _id(number), "version": version, "agent_id": "wang"} | changed
    return InquiryClosed.read(orjson.dumps(told))


def refunded(amount: str, number: int = 1, *, order_id: str = "10001", currency: str = "USD", outcome: str = "settled") -> RefundClosed:
    told = {"refund_id": _id(number), "order_id": order_id, "amount": money(amount, currency), "outcome": outcome}
    return RefundClosed.read(orjson.dumps(RefundClosed.example | told))


def moved_to(time_zone: str, updated_at: str = "2026-03-01T00:00:00Z") -> StoreUpdated:
    return StoreUpdated.read(orjson.dumps(StoreUpdated.example | {"time_zone": time_zone, "updated_at": updated_at}))


async def figures(client: httpx.AsyncClient, headers: dict[str, str], **asked_for: Any) -> dict[str, Any]:
    """Of March 2026 unless something else is asked for."""
    wanted = {"from": "2026-03-01", "to": "2026-03-31"} | {name.rstrip("_"): value for name, value in asked_for.items()}
    answer = await client.get(FIGURES, params=wanted, headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def briefly(items: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """key, orders, cancelled, revenue, refunded."""
    return [(each["key"], each["orders"], each["cancelled"], each["revenue"]["amount"], each["refunded"]["amount"]) for each in items]


def _id(number: int) -> str:
    return f"01980a5e-0c00-7000-8000-{number:012d}"
