"""What a service needs before its processes start: role, schema, tables and topics; `migrate` makes them and may be run again."""

import structlog

from shared.migrations.roles import create_role_and_schema
from shared.migrations.schema import upgrade
from shared.migrations.topics import create_topics
from shared.service import Service
from shared.settings import Settings

log = structlog.get_logger()


async def migrate(service: Service, settings: Settings) -> None:
    """Two at once are safe: the second waits for the first."""
    admin = settings.admin_database_url.get_secret_value()
    await create_role_and_schema(admin, settings.login, service.name)
    revision = await upgrade(admin, service.name, service.tables)
    made = await create_topics(settings, {*service.topics_heard, *service.topics_said})
    log.info("migrated", revision=revision, topics_made=made)
