import re
import ssl
from pathlib import Path

import pytest
from pydantic import SecretStr

from shared.settings import Settings, read

DOTENV = Path(__file__).resolve().parents[2] / ".env.example"
WHOLE = {
    "DATABASE_URL": "postgresql://orders:pw@db/kefu",
    "KAFKA_BOOTSTRAP_SERVERS": "kafka-0:9092,kafka-1:9092",
    "OIDC_ISSUER": "https://id.example/",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in WHOLE.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def complaint(capsys: pytest.CaptureFixture[str], *needed: str) -> str:
    with pytest.raises(SystemExit) as stopped:
        read(Settings, *needed)
    assert stopped.value.code == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    return told.err


@pytest.mark.parametrize("name", ["DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS", "OIDC_ISSUER"])
@pytest.mark.parametrize("left", ["", None], ids=["empty", "absent"])
def test_a_missing_variable_stops_with_one_line_that_names_it(
    name: str, left: str | None, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.delenv(name)
    if left is not None:
        environment.setenv(name, left)

    assert complaint(capsys, name.lower()) == f"kefu: {name} is missing\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://u:hunter2@db/kefu"),
        ("DATABASE_URL", "postgresql://db.hunter2/kefu"),
        ("DATABASE_URL", "postgresql://u:p@hunter2:0/kefu"),
        ("DATABASE_URL", "postgresql://u:p@hunter2:99999/kefu"),
        ("DATABASE_URL", "postgresql://u:p@db:hunter2/kefu"),
        ("DATABASE_URL", "postgresql://u:p@db/kefu?sslmode=hunter2"),
        ("DATABASE_URL", "postgresql://u:p@db/kefu?sslrootcert=/hunter2"),
        ("DATABASE_URL", "postgresql://u:p@db/kefu?sslkey=/hunter2"),
        ("DATABASE_URL", "postgresql://hunter2:p@db/kefu?sslmode=verify-full"),
        ("DATABASE_URL", "postgresql://u:p@db/kefu?channel_binding=hunter2"),
        ("ADMIN_DATABASE_URL", "hunter2"),
        ("MIGRATE_WITHIN", "hunter2"),
        ("DATABASE_POOL_SIZE", "hunter2"),
        ("KAFKA_BOOTSTRAP_SERVERS", "hunter2"),
        ("KAFKA_BOOTSTRAP_SERVERS", "kafka:9092,hunter2:99999"),
        ("KAFKA_BOOTSTRAP_SERVERS", "hunter2:0"),
        ("KAFKA_SECURITY_PROTOCOL", "hunter2"),
        ("KAFKA_SSL_CAFILE", "/hunter2"),
        ("KAFKA_SSL_CAFILE", __file__),
        ("KAFKA_GROUP_INSTANCE_ID", "hunter 2"),
        ("KAFKA_SASL_MECHANISM", "hunter2"),
        ("KAFKA_TOPIC_PREFIX", "hunter 2"),
        ("OIDC_ISSUER", "hunter2"),
        ("OIDC_ISSUER", "https://hunter2:99999"),
        ("PORT", "hunter2"),
        ("HEALTH_PORT", "70000"),
        ("PUBLIC_URL", "ftp://hunter2"),
        ("SIGNING_KEYS", "hunter2"),
        ("LOG_LEVEL", "hunter2"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "hunter2"),
    ],
)
def test_a_malformed_variable_stops_with_one_line_that_names_it_and_not_its_value(
    name: str, value: str, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv(name, value)

    told = complaint(capsys)

    assert told.startswith(f"kefu: {name} is malformed: ")
    assert value not in told


def test_sasl_needs_its_user_and_password(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    environment.setenv("KAFKA_SECURITY_PROTOCOL", "SASL_SSL")

    assert complaint(capsys) == "kefu: KAFKA_SASL_USERNAME is missing; KAFKA_SASL_PASSWORD is missing\n"


def test_kafka_clients_get_what_they_need_to_connect(environment: pytest.MonkeyPatch) -> None:
    for name, value in {"SECURITY_PROTOCOL": "SASL_SSL", "SASL_USERNAME": "orders", "SASL_PASSWORD": "pw"}.items():
        environment.setenv(f"KAFKA_{name}", value)

    connection = read(Settings).kafka()

    context = connection.pop("ssl_context")
    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)
    assert connection == {
        "bootstrap_servers": "kafka-0:9092,kafka-1:9092",
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "orders",
        "sasl_plain_password": "pw",
    }


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_every_usual_form_of_a_postgres_address_is_understood(scheme: str, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DATABASE_URL", f"{scheme}://orders:p%40w@db:5433/kefu?sslmode=require")

    settings = read(Settings, "database_url")

    assert settings.database_url == SecretStr("postgresql://orders:p%40w@db:5433/kefu?sslmode=require")
    assert (settings.login.username, settings.login.password) == ("orders", "p@w")


def test_secrets_are_never_shown(environment: pytest.MonkeyPatch) -> None:
    for name in ("ADMIN_DATABASE_URL", "DATABASE_URL"):
        environment.setenv(name, "postgresql://orders:hunter2@db/kefu")
    for name in ("SIGNING_KEYS", "KAFKA_SASL_PASSWORD"):
        environment.setenv(name, "hunter2" * 5)

    settings = read(Settings)

    assert "hunter2" not in f"{settings!r} {settings} {settings.login}"


def test_the_public_address_is_the_own_port_unless_it_is_given(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PORT", "8002")

    assert read(Settings).public_url == "http://127.0.0.1:8002"


def test_the_example_lists_every_variable_with_its_default() -> None:
    listed = dict(re.findall(r"^#? ?([A-Z][A-Z0-9_]*)=(.*)$", DOTENV.read_text(), re.MULTILINE))

    assert {name: listed.get(name) for name in _defaults()} == _defaults()


def _defaults() -> dict[str, str]:
    defaults = {name.upper(): field.default for name, field in Settings.model_fields.items()}
    return {name: "" if default is None else _plain(default) for name, default in defaults.items()}


def _plain(default: object) -> str:
    return default.get_secret_value() if isinstance(default, SecretStr) else str(default)
