import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url

from shared.db import Database
from shared.migrations import migrate
from shared.migrations.check import obstacle
from shared.migrations.connection import admin_engine
from shared.migrations.roles import RoleTooPowerful, create_role_and_schema
from shared.migrations.schema import SchemaMisfit, config_of, downgrade, lineage, upgrade
from shared.migrations.topics import PARTITIONS, create_topics
from shared.service import Service
from shared.settings import Settings
from tests.databases import Databases
from tests.shared.installed import PROJECT, environment, services, settings_of
from tests.stack import Stack

SERVICES = services()
every_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


@pytest_asyncio.fixture
async def settings(databases: Databases, stack: Stack) -> Settings:
    return settings_of(await environment(databases, stack, "orders"))


@pytest_asyncio.fixture
async def login(settings: Settings, databases: Databases) -> AsyncIterator[asyncpg.Connection]:
    """As the role of a schema called orders, with a table `mine`; the schema of another service is beside it."""
    admin = admin_url(settings)
    other = settings_of({"DATABASE_URL": databases.login(plain(admin), "survey")})
    await create_role_and_schema(admin, other.login, "survey")
    await create_role_and_schema(admin, settings.login, "orders")
    await execute(admin, "create table orders.mine (id int primary key)", "create table survey.theirs (id int)")
    connection = await asyncpg.connect(plain(settings.database_url.get_secret_value()))
    yield connection
    await connection.close()


def admin_url(settings: Settings) -> str:
    return settings.admin_database_url.get_secret_value()


def plain(url: str) -> str:
    return url.replace("+asyncpg", "")


async def execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(plain(url))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def test_every_service_has_its_section_in_alembic_ini() -> None:
    there = {directory.name for directory in (PROJECT / "services").iterdir() if (directory / "service.py").exists()}

    assert {service.name for service in SERVICES} == there


@every_service
async def test_a_schema_comes_up_from_nothing_goes_down_to_nothing_and_comes_up_again(service: Service, settings: Settings) -> None:
    admin = admin_url(settings)
    await create_role_and_schema(admin, settings.login, service.name)

    first = await upgrade(admin, service.name, service.tables)
    await downgrade(admin, service.name, service.tables)
    left = await objects_in(admin, service.name)
    again = await upgrade(admin, service.name, service.tables)

    assert left == {"alembic_version", "alembic_version_pkc"}
    assert first == again is not None


@every_service
async def test_the_models_are_what_the_database_has(service: Service, settings: Settings) -> None:
    admin = admin_url(settings)
    await create_role_and_schema(admin, settings.login, service.name)
    await upgrade(admin, service.name, service.tables)

    def differences(connection: Connection) -> object:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return compare_metadata(context, service.tables)

    async with admin_engine(admin, schema=service.name) as engine, engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def objects_in(url: str, schema: str) -> set[str]:
    connection = await asyncpg.connect(plain(url))
    try:
        relations = await connection.fetch("select relname as name from pg_class where relnamespace = $1::regnamespace", schema)
        functions = await connection.fetch("select proname as name from pg_proc where pronamespace = $1::regnamespace", schema)
    finally:
        await connection.close()
    return {row["name"] for row in [*relations, *functions]}


@every_service
async def test_a_service_is_migrated_by_two_at_once_and_again(service: Service, databases: Databases, stack: Stack) -> None:
    settings = settings_of(await environment(databases, stack, service.name))
    database = Database(settings.database_url.get_secret_value(), name=service.name)

    await asyncio.gather(migrate(service, settings), migrate(service, settings))
    await migrate(service, settings)

    assert await obstacle(database, service.name) is None
    assert {settings.topic(name) for name in (*service.topics_heard, *service.topics_said)} <= set(await topics(settings))
    await database.close()


@every_service
async def test_a_schema_fits_from_its_newest_revision_on(service: Service, settings: Settings) -> None:
    admin = admin_url(settings)
    database = Database(settings.database_url.get_secret_value(), name=service.name)
    await create_role_and_schema(admin, settings.login, service.name)

    before = await obstacle(database, service.name)
    await upgrade(admin, service.name, service.tables)
    newest = await obstacle(database, service.name)

    assert before is not None
    assert before.startswith(f"the schema {service.name} is at no revision, behind 00")
    assert newest is None
    await database.close()


async def test_a_newer_schema_that_serves_this_release_fits_and_is_left_alone(migrated: Settings) -> None:
    await becomes_newer(migrated, serves=f"9999 {head()} 0001")

    await migrate(orders(), migrated)

    assert await wrong(migrated) is None
    assert await revision(admin_url(migrated)) == "9999"


@pytest.mark.parametrize("serves", ["9999", ""])
async def test_a_newer_schema_that_does_not_serve_this_release_is_told_and_left_alone(serves: str, migrated: Settings) -> None:
    await becomes_newer(migrated, serves=serves)
    told = f"the schema orders is at 9999, ahead of {head()} of this release, which it does not serve: deploy a newer one"

    assert await wrong(migrated) == told
    with pytest.raises(SchemaMisfit, match=told):
        await migrate(orders(), migrated)


def test_a_migration_that_breaks_older_code_says_from_which_revision_on_the_schema_serves(tmp_path: Path) -> None:
    (tmp_path / "versions").mkdir()
    for revision, before, more in (("1", None, ""), ("2", "1", ""), ("3", "2", ""), ("4", "3", "serves_from = '3'"), ("5", "4", "")):
        (tmp_path / "versions" / f"{revision}.py").write_text(f"revision = {revision!r}\ndown_revision = {before!r}\n{more}\n")
    scripts = ScriptDirectory(str(tmp_path))

    assert {revision: "".join(lineage(scripts, revision)) for revision in "12345"} == {
        "1": "1",
        "2": "21",
        "3": "321",
        "4": "43",
        "5": "543",
    }


@pytest_asyncio.fixture
async def migrated(settings: Settings) -> Settings:
    await migrate(orders(), settings)
    return settings


async def becomes_newer(settings: Settings, *, serves: str) -> None:
    """As the migration of a release to come would leave it."""
    await execute(
        admin_url(settings),
        "update orders.alembic_version set version_num = '9999'",
        f"comment on table orders.alembic_version is 'serves code of {serves}'",
    )


async def wrong(settings: Settings) -> str | None:
    database = Database(settings.database_url.get_secret_value(), name="orders")
    try:
        return await obstacle(database, "orders")
    finally:
        await database.close()


def head() -> str | None:
    return ScriptDirectory.from_config(config_of("orders")).get_current_head()


def orders() -> Service:
    return next(service for service in SERVICES if service.name == "orders")


async def revision(admin: str) -> str:
    connection = await asyncpg.connect(plain(admin))
    try:
        return str(await connection.fetchval("select version_num from orders.alembic_version"))
    finally:
        await connection.close()


async def test_the_login_reads_and_writes_its_own_rows_without_naming_the_schema(login: asyncpg.Connection) -> None:
    await login.execute("insert into mine values (1)")
    await login.execute("update mine set id = 2")

    assert await login.fetchval("delete from mine returning id") == 2


@pytest.mark.parametrize(
    "statement",
    [
        "select * from survey.theirs",
        "create table orders.more (id int)",
        "create table public.more (id int)",
        "create temporary table more (id int)",
        "create schema more",
        "drop table mine",
        "alter table mine add column more int",
        "truncate mine",
        "create role more",
        "select pg_read_file('/etc/passwd')",
    ],
)
async def test_the_login_can_do_nothing_else(statement: str, login: asyncpg.Connection) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await login.execute(statement)


async def test_an_admin_who_is_no_superuser_may_migrate(settings: Settings, databases: Databases) -> None:
    modest = settings_of({"ADMIN_DATABASE_URL": databases.login(plain(admin_url(settings)), "modest")})
    name, password = (make_url(admin_url(modest)).username, make_url(admin_url(modest)).password)
    await execute(
        admin_url(settings),
        f"create role {name} login createrole password '{password}'",
        f'grant create, connect on database "{settings.login.database}" to {name} with grant option',
    )

    for _ in range(2):
        await create_role_and_schema(admin_url(modest), settings.login, "orders")

    connection = await asyncpg.connect(plain(settings.database_url.get_secret_value()))
    assert await connection.fetchval("select current_schema()") == "orders"
    await connection.close()


async def test_a_superuser_is_no_login_for_a_service(settings: Settings) -> None:
    admin = admin_url(settings)

    with pytest.raises(RoleTooPowerful, match="may do more than a service should"):
        await create_role_and_schema(admin, settings_of({"DATABASE_URL": admin}).login, "orders")


async def topics(settings: Settings) -> dict[str, int]:
    client = AIOKafkaAdminClient(**settings.kafka())
    await client.start()
    try:
        return {topic["topic"]: len(topic["partitions"]) for topic in await client.describe_topics()}
    finally:
        await client.close()


async def test_whoever_asks_after_the_migration_finds_every_topic(settings: Settings) -> None:
    names = {f"topic-{number}" for number in range(20)}
    found = []

    for attempt in range(3):
        own = settings.model_copy(update={"kafka_topic_prefix": f"{settings.kafka_topic_prefix}{attempt}."})
        await create_topics(own, names)
        found.append({name: (await topics(own)).get(own.topic(name)) for name in names})

    assert found == [dict.fromkeys(names, PARTITIONS)] * 3


async def test_topics_are_made_once_and_those_that_are_there_are_kept(settings: Settings) -> None:
    client = AIOKafkaAdminClient(**settings.kafka())
    await client.start()
    await client.create_topics([NewTopic(settings.topic("there"), 2, 1)])

    first = await create_topics(settings, {"there", "storefront-orders"})
    again = await create_topics(settings, {"there", "storefront-orders"})

    made = await topics(settings)
    [answer] = await client.describe_configs(
        [ConfigResource(ConfigResourceType.TOPIC, settings.topic("storefront-orders"), {"max.message.bytes": ""})]
    )
    await client.close()
    assert (first, again) == (["storefront-orders"], [])
    assert (made[settings.topic("there")], made[settings.topic("storefront-orders")]) == (2, PARTITIONS)
    assert answer.resources[0][4][0][1] == str(8 * 1024 * 1024)
