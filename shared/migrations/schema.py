"""Alembic, run from here: one history and one metadata per service, one env for all."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.migrations.connection import admin_engine, locked
from shared.obstacles import CannotServe

_PROJECT = Path(__file__).resolve().parents[2]
_SERVES = "serves code of "


class SchemaMisfit(CannotServe):
    """A newer release changed the schema in a way that this one cannot work with."""


def config_of(service: str, tables: MetaData | None = None, connection: Connection | None = None) -> Config:
    """The service's section of alembic.ini, with what a running program hands to the env."""
    return Config(_PROJECT / "alembic.ini", ini_section=service, attributes={"tables": tables, "connection": connection})


async def upgrade(admin: str, service: str, tables: MetaData, revision: str = "head") -> str | None:
    """Brings the schema to `revision` in one transaction; answers with the revision it then has.

    A newer schema stays as it is, so that an older release can be deployed again; SchemaMisfit where it does not serve that release.
    """
    async with _alone(admin, service) as connection:
        if await connection.run_sync(_is_newer, service):
            return await connection.run_sync(_revision)
        await connection.run_sync(lambda sync: command.upgrade(config_of(service, tables, sync), revision))
        return await connection.run_sync(_say_whom_it_serves, service)


async def downgrade(admin: str, service: str, tables: MetaData, revision: str = "base") -> None:
    async with _alone(admin, service) as connection:
        await connection.run_sync(lambda sync: command.downgrade(config_of(service, tables, sync), revision))
        await connection.run_sync(_say_whom_it_serves, service)


@asynccontextmanager
async def _alone(admin: str, service: str) -> AsyncIterator[AsyncConnection]:
    async with admin_engine(admin, schema=service) as engine, locked(engine, service), engine.begin() as connection:
        yield connection


def misfit(connection: Connection, service: str) -> str | None:
    """Why code with this history of migrations cannot work on the schema, in one line.

    Of a service without a history, which alembic.ini does not name, there is nothing to say.
    """
    scripts = _scripts(service)
    if scripts is None:
        return None
    head, revision = scripts.get_current_head(), _revision(connection)
    if revision is None or (revision != head and _knows(scripts, revision)):
        return f"the schema {service} is at {revision or 'no revision'}, behind {head} that this release needs: run migrate"
    if revision == head or head in _served(connection):
        return None
    return f"the schema {service} is at {revision}, ahead of {head} of this release, which it does not serve: deploy a newer one"


def _is_newer(connection: Connection, service: str) -> bool:
    scripts, revision = _scripts(service), _revision(connection)
    if scripts is None or revision is None or _knows(scripts, revision):
        return False
    if wrong := misfit(connection, service):
        raise SchemaMisfit(wrong)
    return True


def _say_whom_it_serves(connection: Connection, service: str) -> str | None:
    """Older code cannot know a newer revision, so the schema tells which it still serves, beside its own."""
    scripts, revision = _scripts(service), _revision(connection)
    if scripts is not None:
        served = " ".join(lineage(scripts, revision)) if revision else ""
        connection.exec_driver_sql(f"comment on table alembic_version is '{_SERVES}{served}'")
    return revision


def lineage(scripts: ScriptDirectory, revision: str) -> Iterator[str]:
    """From `revision` back to the oldest one whose code it leaves working: the newest migration that says `serves_from` decides."""
    oldest = None
    for script in scripts.iterate_revisions(revision, "base"):
        yield script.revision
        oldest = oldest or getattr(script.module, "serves_from", None)
        if script.revision == oldest:
            return


def _served(connection: Connection) -> list[str]:
    told = connection.exec_driver_sql("select obj_description(to_regclass('alembic_version'), 'pg_class')").scalar_one()
    return str(told or "").removeprefix(_SERVES).split()


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
