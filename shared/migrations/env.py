"""The one alembic env. A program hands it tables and a connection; on the command line the section of alembic.ini names the service."""

import asyncio
from pkgutil import resolve_name

from alembic import context
from sqlalchemy import Connection, MetaData

from shared.migrations.connection import admin_engine
from shared.settings import Settings, read


def compare_and_run(connection: Connection, tables: MetaData) -> None:
    context.configure(connection=connection, target_metadata=tables, compare_type=True, compare_server_default=True)
    with context.begin_transaction():
        context.run_migrations()


async def on_the_command_line() -> None:
    service = resolve_name(str(context.config.get_main_option("service")))
    admin = read(Settings, "admin_database_url").admin_database_url.get_secret_value()
    async with admin_engine(admin, schema=service.name) as engine, engine.begin() as connection:
        await connection.run_sync(compare_and_run, service.tables)


given = context.config.attributes.get("connection")
if given is None:
    asyncio.run(on_the_command_line())
else:
    compare_and_run(given, context.config.attributes["tables"])
