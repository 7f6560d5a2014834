"""Which servers, services and ports the local stack has, and what their processes are told."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from deploy.local.children import ROOT, LocalStackError, free_port, port_is_free
from deploy.local.launcher import orphans

STATE = Path(os.environ.get("KEFU_STATE", ROOT / ".local"))
LOGS = STATE / "log"
ADDRESSES = STATE / "stack.json"
TARGETS = STATE / "targets.json"
SERVICES = {  # and how far its port lies above PORT_BASE
    name: above
    for name, above in {"inquiry": 0, "orders": 1, "aftersales": 2, "survey": 3}.items()
    if (ROOT / "services" / name / "service.py").exists()
}
AUDIENCE = "kefu"
STORE_ID = "demo"
HIGHEST_BASE = 65_000
_GIVEN = ("DATABASE_URL", "ADMIN_DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS")


@dataclass(frozen=True)
class Servers:
    postgres: str
    kafka: str


@dataclass(frozen=True)
class Ports:
    """An api's port is fixed, because outsiders know it; the others are whatever is free."""

    api: Mapping[str, int]
    issuer: int

    @classmethod
    def choose(cls) -> "Ports":
        base = os.environ.get("PORT_BASE", "8001")
        if not base.isdecimal() or not 1 <= int(base) <= HIGHEST_BASE:
            raise LocalStackError(f"PORT_BASE={base} is no port")
        api = {service: int(base) + above for service, above in SERVICES.items()}
        taken = [f"{port} ({service})" for service, port in api.items() if not port_is_free(port)]
        if taken:
            raise LocalStackError(f"port {', '.join(taken)} is taken; PORT_BASE=9001 make up moves them all")
        return cls(api, free_port())


class Secrets:
    """Passwords and keys of this directory's stack, made once and kept beside its data."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}

    def of(self, name: str) -> str:
        if name not in self._known:
            self._known[name] = secrets.token_urlsafe(32)
            self._file.touch(mode=0o600)
            self._file.write_text(json.dumps(self._known))
        return self._known[name]


def given_postgres() -> str | None:
    """The administrator's address of a PostgreSQL that is there already."""
    return os.environ.get("ADMIN_DATABASE_URL") or os.environ.get("DATABASE_URL") or None


def given_kafka() -> str | None:
    return os.environ.get("KAFKA_BOOTSTRAP_SERVERS") or None


def shared_environment() -> dict[str, str]:
    """Of every process: no database yet."""
    inherited = {name: value for name, value in os.environ.items() if name not in _GIVEN}
    return inherited | orphans.marked(STATE) | {"PYTHONUNBUFFERED": "1"}


def service_environment(service: str, servers: Servers, ports: Ports, issuer: str, known: Secrets) -> dict[str, str]:
    own = {
        "DATABASE_URL": login(servers.postgres, service, known.of(f"{service} password")),
        "KAFKA_BOOTSTRAP_SERVERS": servers.kafka,
        "OIDC_ISSUER": issuer,
        "OIDC_AUDIENCE": AUDIENCE,
        "PORT": str(ports.api[service]),
        "PUBLIC_URL": f"http://127.0.0.1:{ports.api[service]}",
        "SIGNING_KEYS": known.of("signing key"),
    }
    return shared_environment() | own


def login(admin_url: str, user: str, password: str) -> str:
    """The same database by another name."""
    address = urlsplit(admin_url)
    host = address.netloc.rpartition("@")[2]
    return urlunsplit(address._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{host}"))
