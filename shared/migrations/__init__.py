"""What a service needs before its processes start: role, schema, tables and topics; `migrate` makes them and may be run again."""

import structlog
from sqlalchemy import make_url

from shared.migrations.patience import insist_on
from shared.migrations.roles import create_role_and_schema
from shared.migrations.schema import upgrade
from shared.migrations.topics import create_topics
from shared.service import Service
from shared.settings import Settings

log = structlog.get_logger()


async def migrate(service: Service, settings: Settings) -> None:
    """Two at once are safe: the second waits for the first.

    A server that does not answer is waited for, NoAnswer after MIGRATE_WITHIN; NotPermitted at once where one refuses.
    """
    admin = settings.admin_database_url.get_secret_value()
    topics = {*service.topics_heard, *service.topics_said}
    revision = await insist_on(_place(admin), lambda: _make_schema(service, settings, admin), within=settings.migrate_within)
    kafka = f"Kafka at {settings.kafka_bootstrap_servers}"
    made = await insist_on(kafka, lambda: create_topics(settings, topics), within=settings.migrate_within)
    log.info("migrated", revision=revision, topics_made=made)


async def _make_schema(service: Service, settings: Settings, admin: str) -> str | None:
    await create_role_and_schema(admin, settings.login, service.name)
    return await upgrade(admin, service.name, service.tables)


def _place(admin: str) -> str:
    url = make_url(admin)
    return f"PostgreSQL at {url.host}:{url.port or 5432}, asked by {url.username} of ADMIN_DATABASE_URL,"
