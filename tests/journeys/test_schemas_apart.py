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
    login = logins[service.name]
    others = [other for other in SERVICES if other is not service]
    connection = await asyncpg.connect(login.set(drivername="postgresql").render_as_string(hide_password=False))
    superuser = await asyncpg.connect(admin)

    try:
        allowed = [right for other in others for right in await rights(superuser, str(login.username), other)]
        denied = [await refusal(connection, f"select from {other.name}.outbox") for other in others]
        own = await connection.fetchval(f"select count(*) from {service.name}.outbox")
    finally:
        await connection.close()
        await superuser.close()

    assert allowed == []
    assert denied == [asyncpg.InsufficientPrivilegeError] * len(others)
    assert own == 0


async def rights(superuser: asyncpg.Connection, login: str, other: Service) -> list[str]:
    """Tables of the other service of which the login may do anything at all."""
    asked = """
        select has_schema_privilege($1, $2, 'usage') or has_any_column_privilege($1, $3, 'select, insert, update')
            or has_table_privilege($1, $3, 'delete, truncate')
    """
    return [name for name in other.tables.tables if await superuser.fetchval(asked, login, other.name, f"{other.name}.{name}")]


async def refusal(connection: asyncpg.Connection, statement: str) -> type[Exception] | None:
    try:
        await connection.fetch(statement)
    except asyncpg.PostgresError as refused:
        return type(refused)
    return None
