"""The services there are, and what it takes to run one."""

import configparser
import secrets
from pathlib import Path
from pkgutil import resolve_name

from shared.service import Service
from shared.settings import Settings
from tests.databases import Databases
from tests.stack import Stack

PROJECT = Path(__file__).resolve().parents[2]
_SECTIONS = configparser.ConfigParser()
_SECTIONS.read(PROJECT / "alembic.ini")


def services() -> list[Service]:
    return [resolve_name(_SECTIONS.get(name, "service", raw=True)) for name in _SECTIONS.sections()]


async def environment(databases: Databases, stack: Stack, service: str) -> dict[str, str]:
    """Of a service with an empty database and topics of its own, not migrated yet."""
    admin = await databases.create(service)
    return {
        "ADMIN_DATABASE_URL": admin,
        "DATABASE_URL": databases.login(admin, service),
        "KAFKA_BOOTSTRAP_SERVERS": stack.kafka,
        "KAFKA_TOPIC_PREFIX": f"test-{secrets.token_hex(4)}-",
    }


def settings_of(environment: dict[str, str]) -> Settings:
    return Settings(**{name.lower(): value for name, value in environment.items()})  # type: ignore[arg-type]
