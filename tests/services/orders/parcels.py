"""What the watch has told, asked and said, as tests read it."""

from collections import Counter
from typing import Any

import orjson
from sqlalchemy import text

from shared.events.storefront import StorefrontOrderEvent
from tests.services.orders.builders import paid, placed
from tests.services.orders.shop import Shop


async def outbox(shop: Shop, name: str) -> list[dict[str, Any]]:
    async with shop.database.transaction() as session:
        rows = await session.scalars(text("select payload from outbox where type = :name order by number"), {"name": name})
        return [orjson.loads(payload) for payload in rows]


async def told(shop: Shop) -> list[str]:
    """The templates of what customers were told."""
    return [message["template"] for message in await outbox(shop, "customer-message")]


async def tasks(shop: Shop) -> Counter[tuple[str, str, str]]:
    async with shop.database.transaction() as session:
        rows = await session.execute(text("select kind, department, about_id, answered_at, withdrawn_at from tasks"))
        return Counter((row.kind, row.about_id, "open" if not (row.answered_at or row.withdrawn_at) else "ended") for row in rows)


async def bought(shop: Shop, *more: StorefrontOrderEvent) -> None:
    await shop.tells(placed(), paid(), *more)
