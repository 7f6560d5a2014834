"""Whether a database is one that this code can work on."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db import Database, is_transient, refusal
from shared.migrations.schema import misfit

# The places of an array are in the order of their names, so that the same rights missing are the same line.
_RIGHTS = text("""
    select
        has_schema_privilege(schema.oid, 'usage') as usable,
        nspname = any(current_schemas(false)) as looked_into,
        array(
            select relname::text from pg_class as closed
            where relnamespace = schema.oid and case
                when relkind = 'S' then not has_sequence_privilege(closed.oid, 'usage')
                when relkind not in ('r', 'p') then false
                when relname = 'alembic_version' then not has_table_privilege(closed.oid, 'select')
                else not (
                    has_table_privilege(closed.oid, 'select') and has_table_privilege(closed.oid, 'insert')
                    and has_table_privilege(closed.oid, 'update') and has_table_privilege(closed.oid, 'delete'))
            end
            order by relname
        ) as closed
    from pg_namespace as schema where nspname = :schema
""")


async def obstacle(database: Database, service: str) -> str | None:
    """Why the service cannot work on it now, in one line; None where it can."""
    try:
        async with database.engine.connect() as connection:
            return await _of_rights(database, connection, service) or await connection.run_sync(misfit, service)
    except Exception as error:
        if why := refusal(error):
            return f"the database refuses the login {database.url.username}: {why}"
        if is_transient(error):
            return "the database does not answer"
        raise


async def _of_rights(database: Database, connection: AsyncConnection, schema: str) -> str | None:
    there = (await connection.execute(_RIGHTS, {"schema": schema})).one_or_none()
    login = database.url.username
    if there is None:
        return f"there is no schema {schema} yet: migrate makes it"
    if not there.usable:
        return f"the login {login} may not use the schema {schema}: migrate lets it"
    if not there.looked_into:
        await database.engine.dispose()  # a connection keeps the search_path that its login had when it was opened
        return f"the login {login} does not look into the schema {schema}: migrate sets its search_path"
    if there.closed:
        return f"the login {login} may not read and write {', '.join(there.closed)} of the schema {schema}: migrate lets it"
    return None
