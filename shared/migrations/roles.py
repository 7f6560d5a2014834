"""The service's own login: it reads and writes the rows of its schema, and nothing else anywhere."""

from sqlalchemy import URL, Connection, text
from sqlalchemy.exc import DBAPIError

from shared.migrations.connection import admin_engine, locked
from shared.obstacles import NotPermitted

# Roles are the whole cluster's, locks only one database's: another database's migration may be changing the same role.
_ROLE_ATTEMPTS = 10
_CHANGED_MEANWHILE = ("23505", "42710", "XX000")


class RoleTooPowerful(NotPermitted):
    """DATABASE_URL names a login that may do more than a service should."""


async def create_role_and_schema(admin: str, login: URL, schema: str) -> None:
    """At once: a process that waits for its login would keep, in its pool, connections that do not look into the schema yet."""
    role, password = str(login.username), str(login.password or "")
    async with admin_engine(admin) as engine, locked(engine, schema):
        for attempt in range(1, _ROLE_ATTEMPTS + 1):
            try:
                async with engine.begin() as connection:
                    await connection.run_sync(_create_role, role, password)
                    await connection.run_sync(_create_schema, role, schema)
                break
            except DBAPIError as error:
                if attempt == _ROLE_ATTEMPTS or getattr(error.orig, "sqlstate", None) not in _CHANGED_MEANWHILE:
                    raise


def _create_role(connection: Connection, role: str, password: str) -> None:
    powers = connection.execute(
        text("select rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls from pg_roles where rolname = :role"),
        {"role": role},
    ).scalar_one_or_none()
    if powers:
        raise RoleTooPowerful(f"the login {role} of DATABASE_URL may do more than a service should: give each service a login of its own")
    if powers is None:
        _run(connection, "create role %1$I nosuperuser nocreatedb nocreaterole noinherit noreplication nobypassrls", role)
    _run(connection, "alter role %1$I login password %2$L", role, password)


def _create_schema(connection: Connection, role: str, schema: str) -> None:
    # the database and its schema public are all services' own, and their migrations run side by side
    connection.execute(text("select pg_advisory_xact_lock(hashtextextended('database/migrate', 0))"))
    database = connection.execute(text("select current_database()")).scalar_one()
    for statement in (
        "revoke temporary on database %1$I from public",
        "revoke all on schema public from public",
        "grant connect on database %1$I to %2$I",
        "create schema if not exists %3$I",
        "grant usage on schema %3$I to %2$I",
        "alter default privileges in schema %3$I grant select, insert, update, delete on tables to %2$I",
        "alter default privileges in schema %3$I grant usage, select on sequences to %2$I",
        "grant select, insert, update, delete on all tables in schema %3$I to %2$I",
        "grant usage, select on all sequences in schema %3$I to %2$I",
        "alter role %2$I in database %1$I set search_path to %3$I",
    ):
        _run(connection, statement, database, role, schema)


def _run(connection: Connection, statement: str, *names: str) -> None:
    """DDL takes no parameters, so Postgres itself quotes the names."""
    quoted = ", ".join(f"cast(:{place} as text)" for place in range(len(names)))
    written = connection.execute(
        text(f"select format(cast(:statement as text), {quoted})"),
        {"statement": statement, **{str(place): name for place, name in enumerate(names)}},
    ).scalar_one()
    connection.exec_driver_sql(written)
