"""Records that are made from the orders there were are those that would have been kept (CUS-1)."""

from typing import Any

from sqlalchemy import text

from services.orders.service import service
from shared.db import Database
from shared.migrations.roles import create_role_and_schema
from shared.migrations.schema import downgrade, upgrade
from shared.service import Service
from shared.settings import Settings
from tests.running import ServiceSettings
from tests.services.orders.builders import DAY, at, cancelled, placed
from tests.services.orders.shop import Clock, Shop

_KEPT = (
    "select customer_id, orders, first_order_at, last_order_at, tier, version from customers where orders > 0 order by 1",
    "select customer_id, month, currency, orders, amount, refunded from customer_months where orders > 0 order by 1, 2",
    "select kind, key from timers where kind in ('classify', 'care') order by 1",
)


async def _tables_only(service: Service, settings: Settings) -> None:
    admin = settings.admin_database_url.get_secret_value()
    await create_role_and_schema(admin, settings.login, service.name)
    await upgrade(admin, service.name, service.tables)


async def kept(database: Database) -> list[list[tuple[Any, ...]]]:
    async with database.transaction() as session:
        return [[tuple(row) for row in await session.execute(text(asked))] for asked in _KEPT]


async def test_orders_from_before_are_recorded_by_the_migration(service_settings: ServiceSettings) -> None:
    settings = await service_settings(service, prepare=_tables_only)
    admin, database = settings.admin_database_url.get_secret_value(), service.database(settings)
    shop = Shop(database, Clock())
    told = [("1", "c-1", 40), ("3", "c-2", 3), ("4", None, 2), ("5", "c-3", 1)]
    await shop.tells(*(placed(order, customer={"customer_id": who}, placed_at=at(-ago * DAY)) for order, who, ago in told))
    await shop.tells(placed("6", customer={"customer_id": "c-1"}), cancelled("5", after=-DAY))
    before = await kept(database)
    await database.close()

    await downgrade(admin, service.name, service.tables, "0002")
    await upgrade(admin, service.name, service.tables)

    database = service.database(settings)
    after = await kept(database)
    await database.close()
    assert [row[:-1] for row in after[0]] == [row[:-1] for row in before[0]]
    assert after[1:] == before[1:]
    assert [row[:2] for row in after[0]] == [("c-1", 2), ("c-2", 1)]
