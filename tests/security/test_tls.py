"""Servers whose certificates an authority of their own has signed, as those of a cluster are."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
import pytest_asyncio

from shared.db import Database
from shared.messaging import access
from shared.migrations.check import obstacle
from shared.obstacles import NotPermitted
from shared.settings import Settings
from tests.databases import Databases
from tests.running import ServiceSettings
from tests.security.certificates import Authority
from tests.security.tenancy import Tenancy, toy_settings
from tests.security.tls_front import tls_front
from tests.shared.messaging import toy
from tests.shared.messaging.conftest import prepare
from tests.shared.messaging.toy import Handling, Toy
from tests.support import wait_until


@pytest_asyncio.fixture
async def shop(tenancy: Tenancy) -> AsyncIterator[Toy]:
    """With a login over TLS."""
    handling = Handling()
    service = toy.service(handling)
    running = await toy.make(over_tls(await toy_settings(tenancy, service), tenancy, tenancy.kafka.authority), handling, service)
    yield running
    await running.close()


def over_tls(settings: Settings, tenancy: Tenancy, trusted: Authority) -> Settings:
    known = {"kafka_security_protocol": "SASL_SSL", "kafka_bootstrap_servers": tenancy.kafka.tls_address}
    return type(settings).model_validate({**settings.model_dump(), **known, "kafka_ssl_cafile": str(trusted.certificate)})


async def test_events_flow_over_tls_where_the_authority_of_kafkas_certificate_is_named(shop: Toy) -> None:
    async with shop.consuming(), shop.relaying():
        await shop.pay("1", 1)

        assert len(await shop.published(1)) == 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "no trust in the certificate of Kafka at 127.0.0.1:"),
        ({"kafka_security_protocol": "PLAINTEXT"}, " hangs up; is it for PLAINTEXT?"),
        (
            {"kafka_security_protocol": "SSL", "kafka_bootstrap_servers": "127.0.0.1:1"},
            "Kafka does not answer: none of 127.0.0.1:1 answers",
        ),
    ],
)
async def test_a_kafka_that_cannot_be_trusted_or_understood_is_told_and_not_spoken_with(
    changes: dict[str, str], told: str, shop: Toy, tenancy: Tenancy, tmp_path: Path
) -> None:
    wary = replace(shop, settings=over_tls(shop.settings, tenancy, Authority(tmp_path)).model_copy(update=changes))

    async with wary.consuming() as consumer, wary.relaying() as relay:
        for waits_for in (consumer.waits_for, relay.waits_for):
            await wait_until(partial(tells, told, waits_for))


async def test_a_mechanism_that_kafka_does_not_take_is_told(shop: Toy, tenancy: Tenancy) -> None:
    settings = shop.settings.model_copy(update={"kafka_sasl_mechanism": "SCRAM-SHA-256"})

    with pytest.raises(NotPermitted, match="Kafka takes no logins by SCRAM-SHA-256"):
        await access.require(settings, [])


def tells(expected: str, waits_for: Callable[[], str | None]) -> bool:
    return expected in (waits_for() or "")


@pytest.mark.parametrize("mode", ["require", "verify-full"])
async def test_every_connection_to_the_database_is_over_tls_where_the_address_says_so(
    mode: str, databases: Databases, service_settings: ServiceSettings, tmp_path: Path
) -> None:
    authority, handling = Authority(tmp_path), Handling()
    service = toy.service(handling)
    async with front(await databases.create(), authority) as address:
        admin = f"{address}?sslmode={mode}&sslrootcert={authority.certificate}"
        shop = await toy.make(await service_settings(service, admin_url=admin, prepare=prepare), handling, service)
        async with shop.consuming(), shop.relaying():
            await shop.pay("1", 1)

            assert len(await shop.published(1)) == 1
        assert await obstacle(shop.database, "toy") is None
        await shop.close()


@asynccontextmanager
async def front(url: str, authority: Authority) -> AsyncIterator[str]:
    """The same database behind TLS."""
    address = urlsplit(url)
    assert address.hostname is not None
    async with tls_front(address.hostname, address.port or 5432, authority.sign("database")) as port:
        netloc = f"{address.username}:{address.password}@127.0.0.1:{port}"
        yield urlunsplit(address._replace(netloc=netloc))


async def test_a_database_that_nobody_vouches_for_is_told(databases: Databases, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "its own")
    admin = await databases.create()
    async with front(admin, authority) as address:
        url = f"{address}?sslmode=verify-full&sslrootcert={Authority(tmp_path).certificate}"

        database = Database(url, name="toy")
        assert "no trust in its certificate" in str(await obstacle(database, "toy"))
        await database.close()
