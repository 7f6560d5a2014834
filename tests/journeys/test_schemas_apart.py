"""Law 4 on a real database that all services share: each login is denied in the schemas of the others."""

import pkgutil
from importlib import import_module

import asyncpg
import pytest

import services
from shared.service import Service
from tests.databases import Databases
from tests.running import ServiceSettings

SERVICES = [import_module(f"services.{module.name}.service").service for module in pkgutil.iter_modules(services.__path__)]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
async def test_a_services_login_is_denied_in_every_other_schema(
    service: Service, service_settings: ServiceSettings, databases: Databases
) -> None:
    admin = await databases.create("kefu")
    logins = {each.name: (await service_settings(each, admin_url=admin)).login for each in SERVICES}
    connection = await asyncpg.connect(logins[service.name].set(drivername="postgresql").render_as_string(hide_password=False))

    others = [other for other in SERVICES if other is not service]
    try:
        allowed = [right for other in others for right in await rights(connection, other)]
        denied = [await refusal(connection, f"select from {other.name}.outbox") for other in others]
        own = await connection.fetchval(f"select count(*) from {service.name}.outbox")
    finally:
        await connection.close()

    assert allowed == []
    assert denied == [asyncpg.InsufficientPrivilegeError] * len(others)
    assert own == 0


async def rights(connection: asyncpg.Connection, other: Service) -> list[str]:
    asked = """
        select has_schema_privilege($1, 'usage') or has_any_column_privilege($2, 'select, insert, update')
            or has_table_privilege($2, 'delete, truncate')
    """
    tables = [f"{other.name}.{table}" for table in other.tables.tables]
    return [table for table in tables if await connection.fetchval(asked, other.name, table)]


async def refusal(connection: asyncpg.Connection, statement: str) -> type[Exception] | None:
    try:
        await connection.fetch(statement)
    except asyncpg.PostgresError as refused:
        return type(refused)
    return None
