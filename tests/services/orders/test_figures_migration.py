"""Refunds and inquiries from before they were kept as they are now count as before (ORD-11)."""

from typing import Any

from sqlalchemy import text

from services.orders.service import service
from shared.db import Database
from shared.migrations.roles import create_role_and_schema
from shared.migrations.schema import downgrade, upgrade
from shared.service import Service
from shared.settings import Settings
from tests.running import ServiceSettings
from tests.services.orders.builders import HOUR, placed
from tests.services.orders.selling import asked, closed, refunded
from tests.services.orders.shop import Clock, Shop

_KEPT = (
    "select * from order_refunds order by 1, 2, 3",
    "select order_id, refunded, version from orders order by 1",
    "select * from conversions where asked <> 0 or ordered <> 0 order by 1, 2, 3, 4, 5, 6",
    "select customer_id, refunds from customers order by 1",
)


async def _tables_only(service: Service, settings: Settings) -> None:
    admin = settings.admin_database_url.get_secret_value()
    await create_role_and_schema(admin, settings.login, service.name)
    await upgrade(admin, service.name, service.tables)


async def _kept(database: Database) -> list[list[tuple[Any, ...]]]:
    async with database.transaction() as session:
        return [[tuple(row) for row in await session.execute(text(asked_for))] for asked_for in _KEPT]


async def test_refunds_and_inquiries_from_before_are_kept_and_counted(service_settings: ServiceSettings) -> None:
    settings = await service_settings(service, prepare=_tables_only)
    admin, database = settings.admin_database_url.get_secret_value(), service.database(settings)
    shop = Shop(database, Clock())
    await shop.tells(placed("1"), placed("2"))
    await shop.hears(refunded("4.50", 1, order_id="1"), refunded("1.00", 2, order_id="1"), refunded("7", 3, order_id="9", currency="JPY"))
    await shop.hears(asked(1), closed(2, linked_order_id="2"), closed(3, received_at="2026-04-02T08:00:00Z"), asked(4, customer_id="c-2"))
    before = await _kept(database)
    await database.close()

    await downgrade(admin, service.name, service.tables, "0008")
    await upgrade(admin, service.name, service.tables)

    database = service.database(settings)
    shop = Shop(database, Clock())
    async with database.transaction() as session:
        await session.execute(text("update timers set due_at = '2026-03-01', retry_at = '2026-03-01' where kind = 'count-conversions'"))
    await shop.passes(HOUR)
    after = await _kept(database)
    async with database.transaction() as session:
        still_open = (await session.scalars(text("select person from inquiries where open_since is not null order by 1"))).all()
    await database.close()
    assert after == before
    assert still_open == ["customer/c-2", "customer/c-81"]


async def test_a_refund_from_before_figures_were_kept_counts_with_an_order_that_is_not_counted_yet(
    service_settings: ServiceSettings,
) -> None:
    settings = await service_settings(service, prepare=_tables_only)
    admin, database = settings.admin_database_url.get_secret_value(), service.database(settings)
    await Shop(database, Clock()).tells(placed("1"), placed("2"))
    await downgrade(admin, service.name, service.tables, "0008")
    async with database.transaction() as session:
        await session.execute(text("update orders set sold_on = null where order_id = '1'"))
        await session.execute(
            text("""
                insert into order_refunds (store_id, order_id, refund_id, currency, amount, closed_at)
                select 'demo', order_id, gen_random_uuid(), 'USD', 4.50, now() from orders cross join generate_series(1, 2)
            """)
        )

    await upgrade(admin, service.name, service.tables)

    async with database.transaction() as session:
        found = [tuple(row) for row in await session.execute(text("select order_id, refunded from orders order by 1"))]
    await database.close()
    assert found == [("1", [{"amount": "9", "currency": "USD"}]), ("2", [])]
