import asyncpg
from sqlalchemy import MetaData, text

from services.orders.service import service as orders
from shared.db import Database
from shared.service import Service
from tests.running import Migrated, ServiceProcesses, ServiceSettings, create_tables, environment, rolled_back


async def test_a_service_logs_in_to_its_own_schema(service_settings: ServiceSettings) -> None:
    settings = await service_settings(Service(name="trial", tables=MetaData()), prepare=create_tables)

    connection = await asyncpg.connect(environment(settings)["DATABASE_URL"].replace("+asyncpg", ""))
    schema, outbox = await connection.fetchrow("select current_schema(), to_regclass('outbox')::text")
    await connection.close()

    assert (schema, outbox) == ("trial", "outbox")


async def test_a_process_is_collected_and_can_be_killed(service_settings: ServiceSettings, processes: ServiceProcesses) -> None:
    settings = await service_settings(Service(name="trial", tables=MetaData()), prepare=create_tables)

    speaks = processes.start("platform", settings=settings)
    stays = processes.start("http.server", "0", settings=settings)
    await stays.kill()

    assert await speaks.exit_code() == 0
    assert "Linux" in speaks.output or "Darwin" in speaks.output or "macOS" in speaks.output
    assert not stays.is_running


async def test_what_a_test_commits_in_its_session_is_rolled_back(migrated: Migrated) -> None:
    settings = await migrated.settings(orders)
    database = Database(settings.database_url.get_secret_value(), name=orders.name)

    async with rolled_back(database) as session:
        await session.execute(text("insert into inbox (source, id) values ('/stores/demo', '1')"))
        await session.commit()
        inside = await session.scalar(text("select count(*) from inbox"))

    async with database.transaction() as session:
        after = await session.scalar(text("select count(*) from inbox"))
    await database.close()
    assert (inside, after) == (1, 0)


async def test_a_migrated_database_can_be_emptied(migrated: Migrated) -> None:
    settings = await migrated.settings(orders)
    database = Database(settings.database_url.get_secret_value(), name=orders.name)
    async with database.transaction() as session:
        await session.execute(text("insert into inbox (source, id) values ('/stores/demo', '1')"))

    await migrated.empty(orders)

    async with database.transaction() as session:
        assert await session.scalar(text("select count(*) from inbox")) == 0
    await database.close()
