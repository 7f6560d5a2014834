"""Alembic, run from here: one history and one metadata per service, one env for all."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, MetaData

from shared.db import Database
from shared.migrations.connection import admin_engine, locked

_PROJECT = Path(__file__).resolve().parents[2]


def config_of(service: str, tables: MetaData | None = None, connection: Connection | None = None) -> Config:
    """The service's section of alembic.ini, with what a running program hands to the env."""
    return Config(_PROJECT / "alembic.ini", ini_section=service, attributes={"tables": tables, "connection": connection})


async def upgrade(admin: str, service: str, tables: MetaData, revision: str = "head") -> str | None:
    """Brings the schema to `revision` in one transaction; answers with the revision it then has."""
    async with admin_engine(admin, schema=service) as engine, locked(engine, service), engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(config_of(service, tables, sync), revision))
        return await connection.run_sync(_revision)


async def downgrade(admin: str, service: str, tables: MetaData, revision: str = "base") -> None:
    async with admin_engine(admin, schema=service) as engine, locked(engine, service), engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(config_of(service, tables, sync), revision))


async def is_current(database: Database, service: str) -> bool:
    """Whether the schema has all this code needs; a newer one, whose revision this code does not know, has.

    Of a service without a history of migrations, which alembic.ini does not name, there is nothing to wait for.
    """
    scripts = _scripts(service)
    if scripts is None:
        return True
    async with database.engine.connect() as connection:
        revision = await connection.run_sync(_revision)
    if revision is None:
        return False
    return revision in scripts.get_heads() or not _knows(scripts, revision)


@cache
def _scripts(service: str) -> ScriptDirectory | None:
    config = config_of(service)
    return ScriptDirectory.from_config(config) if config.file_config.has_section(service) else None


def _knows(scripts: ScriptDirectory, revision: str) -> bool:
    try:
        return scripts.get_revision(revision) is not None
    except CommandError:
        return False


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
