"""`migrate` waits for servers that are away, for a while, and for nobody's permission."""

import asyncio
from collections.abc import Awaitable

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import make_url

from shared import rights
from shared.migrations import migrate
from shared.obstacles import NoAnswer, NotPermitted
from shared.rights import Operation
from shared.service import Service
from shared.settings import Settings
from tests.databases import Databases, with_database, with_login
from tests.running import ServiceSettings
from tests.security.tenancy import Login, Tenancy
from tests.shared.installed import services

ORDERS = next(service for service in services() if service.name == "orders")
NOWHERE = "127.0.0.1:1"


@pytest.mark.parametrize(
    ("withheld", "refusal"),
    [
        (Operation.DESCRIBE, "lacks DESCRIBE topic t[0-9a-f]+-cases, DESCRIBE topic"),
        (Operation.CREATE, "lacks CREATE topic t[0-9a-f]+-cases, CREATE topic"),
    ],
)
async def test_without_a_right_on_kafka_it_ends_at_once(withheld: Operation, refusal: str, tenancy: Tenancy) -> None:
    allowed = [right for right in rights.to_migrate(ORDERS, tenancy.settings) if right.operation != withheld]
    login = await tenancy.login("migrate", allowed)

    await refused(tenancy.migrated(ORDERS, login=login), f"the login {login.name} {refusal}")


async def test_where_the_topics_are_there_it_need_not_be_allowed_to_make_them(tenancy: Tenancy) -> None:
    needed = rights.to_migrate(ORDERS, tenancy.settings)
    await tenancy.make({right.name for right in needed})
    login = await tenancy.login("migrate", [right for right in needed if right.operation == Operation.DESCRIBE])

    await tenancy.migrated(ORDERS, login=login)


async def test_with_a_wrong_password_for_kafka_it_ends_at_once(tenancy: Tenancy) -> None:
    login = await tenancy.login("migrate")

    await refused(
        tenancy.migrated(ORDERS, login=Login(login.name, "another")), f"Kafka does not accept the login {login.name} or its password"
    )


@pytest.mark.parametrize(
    ("made", "database", "refusal"),
    [
        ("login createrole password 'another'", None, "password authentication failed"),
        ("login password 'right'", None, "permission denied to create role"),
        ("login createrole password 'right'", None, "permission denied for database"),
        ("login createrole password 'right'", "nowhere", 'database "nowhere" does not exist'),
    ],
)
async def test_an_administrator_whom_postgres_refuses_is_told_at_once(
    made: str, database: str | None, refusal: str, databases: Databases, unmigrated: Settings
) -> None:
    admin = unmigrated.admin_database_url.get_secret_value()
    role = str(make_url(databases.login(admin, "modest")).username)
    connection = await asyncpg.connect(admin)
    await connection.execute(f"create role {role} {made}")
    await connection.close()
    url = with_login(with_database(admin, database) if database else admin, role, "right")

    migrating = migrate(ORDERS, changed(unmigrated, admin_database_url=url))
    await refused(migrating, rf"PostgreSQL at \S+, asked by {role} of ADMIN_DATABASE_URL, refuses: {refusal}")


@pytest.mark.parametrize(
    ("away", "told"),
    [
        (
            {"admin_database_url": f"postgresql://admin:pw@{NOWHERE}/kefu"},
            "PostgreSQL at 127.0.0.1:1, asked by admin of ADMIN_DATABASE_URL,",
        ),
        ({"kafka_bootstrap_servers": NOWHERE}, "Kafka at 127.0.0.1:1"),
    ],
    ids=["postgres", "kafka"],
)
async def test_a_server_that_is_away_is_waited_for_as_long_as_is_allowed(away: dict[str, str], told: str, unmigrated: Settings) -> None:
    with pytest.raises(NoAnswer, match=f"{told} did not answer within 0.5 s"):
        await migrate(ORDERS, changed(unmigrated, migrate_within=0.5, **away))


@pytest_asyncio.fixture
async def unmigrated(service_settings: ServiceSettings) -> Settings:
    async def nothing(service: Service, settings: Settings) -> None:
        pass

    return await service_settings(ORDERS, prepare=nothing)


def changed(settings: Settings, **changes: object) -> Settings:
    return type(settings).model_validate({**settings.model_dump(), **changes})


async def refused(migrating: Awaitable[object], why: str) -> None:
    with pytest.raises(NotPermitted, match=why):
        async with asyncio.timeout(30):
            await migrating
