"""What a process reads from its environment, once, when it starts."""

import re
import ssl
import sys
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

T = TypeVar("T", str, SecretStr)
S = TypeVar("S", bound="Settings")

_SCHEMES = {"postgresql", "postgres", "postgresql+asyncpg"}
_HOST_AND_PORT = re.compile(r"(?:[^\s,:/]+|\[[0-9A-Fa-f:]+\]):(\d{1,5})")
_HIGHEST_PORT = 65535
_LEAST_KEY = 32
_TLS = ("sslmode", "sslrootcert", "sslcert", "sslkey")
_TLS_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


def _postgres_url(secret: SecretStr) -> SecretStr:
    try:
        url = make_url(secret.get_secret_value())
    except (ArgumentError, ValueError):
        raise ValueError("is no URL") from None
    if url.drivername not in _SCHEMES:
        raise ValueError("must begin with postgresql://")
    if not url.username or not url.database:
        raise ValueError("must name a user and a database")
    if url.port is not None:
        _port(url.port)
    _tls({name: str(value) for name, value in url.query.items()})
    return SecretStr(url.set(drivername="postgresql").render_as_string(hide_password=False))


def _tls(parameters: Mapping[str, str]) -> None:
    """libpq's words; what asyncpg would refuse at each connection is refused here."""
    if not parameters.keys() <= set(_TLS):
        raise ValueError(f"has other parameters than {', '.join(_TLS)}")
    mode = parameters.get("sslmode", "prefer")
    if mode not in _TLS_MODES:
        raise ValueError(f"has an sslmode that is none of {', '.join(_TLS_MODES)}")
    if mode.startswith("verify") and "sslrootcert" not in parameters:
        raise ValueError(f"needs sslrootcert for sslmode {mode}")
    for name in parameters.keys() & {"sslrootcert", "sslcert", "sslkey"}:
        (_authorities if name == "sslrootcert" else _readable)(parameters[name])


def _port(number: int) -> None:
    if not 1 <= number <= _HIGHEST_PORT:
        raise ValueError("names a port that cannot be")


def _servers(text: str) -> str:
    servers = [_HOST_AND_PORT.fullmatch(server) for server in text.split(",")]
    for server in servers:
        if server is None:
            raise ValueError("must be host:port, or several separated by commas")
        _port(int(server[1]))
    return text


def _http_url(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+[^\s?#]*", text):
        raise ValueError("must begin with http:// or https:// and name a host")
    try:
        port = urlsplit(text).port
    except ValueError:
        port = 0
    if port is not None:
        _port(port)
    return text.rstrip("/")


def _issuer(text: str) -> str:
    # compared with the token's claim letter by letter, so a final slash stays
    _http_url(text)
    return text


def _keys(secret: SecretStr) -> SecretStr:
    if any(len(key) < _LEAST_KEY for key in secret.get_secret_value().split(",")):
        raise ValueError(f"must be keys of at least {_LEAST_KEY} characters, separated by commas")
    return secret


def _readable(path: str) -> str:
    try:
        Path(path).read_bytes()
    except OSError as error:
        raise ValueError(f"names a file that cannot be read: {error.strerror}") from None
    return path


def _authorities(path: str) -> str:
    try:
        ssl.create_default_context(cafile=_readable(path))
    except ssl.SSLError:
        raise ValueError("names a file without a PEM certificate") from None
    return path


def _unless_empty(check: Callable[[T], T]) -> AfterValidator:
    """A variable that is not there is told from a malformed one: which are needed depends on the process."""
    return AfterValidator(lambda given: check(given) if _filled(given) else given)


def _filled(value: object) -> bool:
    return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)


PostgresUrl = Annotated[SecretStr, _unless_empty(_postgres_url)]
HttpUrl = Annotated[str, _unless_empty(_http_url)]
Port = Annotated[int, Field(ge=0, le=_HIGHEST_PORT)]
Level = Annotated[Literal["debug", "info", "warning", "error", "critical"], BeforeValidator(lambda level: str(level).lower())]
Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


class Settings(BaseSettings):
    """The variables all services share; a service may add its own below. An empty variable counts as one that is not there."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True)

    database_url: PostgresUrl = Field(default=SecretStr(""), description="The service's own login, which can do nothing outside its schema")
    admin_database_url: PostgresUrl = Field(
        default=SecretStr(""), description="For migrate only: a login that may create roles and schemas"
    )
    migrate_within: float = Field(default=300, gt=0, description="Seconds that migrate waits for PostgreSQL and Kafka to answer")
    database_pool_size: int = Field(default=10, ge=1, le=200, description="Most connections of one process")
    kafka_bootstrap_servers: Annotated[str, _unless_empty(_servers)] = Field(
        default="", description="host:port, several separated by commas"
    )
    kafka_security_protocol: Protocol = Field(default="PLAINTEXT", description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL")
    kafka_sasl_mechanism: Mechanism = Field(default="SCRAM-SHA-512", description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; with SASL only")
    kafka_ssl_cafile: Annotated[str, _unless_empty(_authorities)] = Field(
        default="", description="Certificates of those who may vouch for Kafka, a PEM file; empty: the system's"
    )
    kafka_sasl_username: str = Field(default="", description="With SASL only")
    kafka_sasl_password: SecretStr = Field(default=SecretStr(""), description="With SASL only")
    kafka_topic_prefix: str = Field(default="", pattern=r"^[A-Za-z0-9._-]{0,100}$", description="Put before every topic and consumer group")
    kafka_group_instance_id: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9._-]{1,249}$",
        description="Of this worker, the same after a restart; empty: a new member each time",
    )
    oidc_issuer: Annotated[str, _unless_empty(_issuer)] = Field(
        default="", description="Whose access tokens are accepted; its keys are found by discovery"
    )
    oidc_audience: str = Field(default="kefu", description="The audience a token must be meant for")
    port: Port = Field(default=8000, description="Where the api process listens")
    health_port: Port = Field(default=8080, description="Where worker and relay answer probes and /metrics")
    public_url: HttpUrl = Field(
        default="", description="How outsiders reach the api; http://127.0.0.1:PORT where it is empty", validate_default=True
    )
    signing_keys: Annotated[SecretStr, _unless_empty(_keys)] = Field(
        default=SecretStr(""), description="Keys of links and cursors, newest first, comma-separated"
    )
    log_level: Level = Field(default="info", description="debug, info, warning, error or critical")
    otel_exporter_otlp_endpoint: HttpUrl = Field(default="", description="Where traces are sent (OTLP over HTTP); empty: nowhere")
    otel_traces_sampler_arg: float = Field(default=1.0, ge=0, le=1, description="Share of the traces that begin here and are kept, 0 to 1")
    worker_chunks: int = Field(default=3, ge=1, le=32, description="Chunks of events a worker takes at the same time")

    @field_validator("public_url", mode="after")
    @classmethod
    def _own_address(cls, url: str, others: ValidationInfo) -> str:
        return url or f"http://127.0.0.1:{others.data.get('port')}"

    @property
    def login(self) -> URL:
        """The service's own; its text hides the password."""
        return make_url(self.database_url.get_secret_value())

    def topic(self, name: str) -> str:
        return self.kafka_topic_prefix + name

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.kafka_ssl_cafile or None)

    def kafka(self) -> dict[str, Any]:
        """How aiokafka's clients are to connect."""
        secure = self.kafka_security_protocol.endswith("SSL")
        connection: dict[str, Any] = {
            "bootstrap_servers": self.kafka_bootstrap_servers,
            "security_protocol": self.kafka_security_protocol,
            "ssl_context": self._trusted if secure else None,
        }
        if self.kafka_security_protocol.startswith("SASL"):
            connection["sasl_mechanism"] = self.kafka_sasl_mechanism
            connection["sasl_plain_username"] = self.kafka_sasl_username
            connection["sasl_plain_password"] = self.kafka_sasl_password.get_secret_value()
        return connection


def read(kind: type[S], *needed: str) -> S:
    """The settings of this environment, the `needed` fields filled.

    Anything missing or malformed ends the process with one line that names it (and never its value) and exit code 2.
    """
    try:
        settings = kind()
    except ValidationError as invalid:
        _stop(*(f"{_variable(error['loc'][0])} {_complaint(error)}" for error in invalid.errors(include_url=False, include_input=False)))
    except SettingsError as unreadable:
        _stop(str(unreadable))
    missing = [name for name in (*needed, *_needed_by(settings)) if not _filled(getattr(settings, name))]
    if missing:
        _stop(*(f"{_variable(name)} is missing" for name in missing))
    return settings


def _needed_by(settings: Settings) -> tuple[str, ...]:
    return ("kafka_sasl_username", "kafka_sasl_password") if settings.kafka_security_protocol.startswith("SASL") else ()


def _variable(field: object) -> str:
    return str(field).upper()


def _complaint(error: ErrorDetails) -> str:
    return "is missing" if error["type"] == "missing" else f"is malformed: {error['msg'].removeprefix('Value error, ')}"


def _stop(*complaints: str) -> NoReturn:
    print("kefu:", "; ".join(complaints), file=sys.stderr)
    raise SystemExit(2)
