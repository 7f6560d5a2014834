"""A process that may not do what it needs to says so once, is not ready, and goes on by itself when somebody has mended it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial

import asyncpg
import httpx
import pytest
import pytest_asyncio

from deploy.local.children import free_port
from shared.messaging.consumer import Consumer
from shared.messaging.relay import Relay
from shared.readiness import Readiness
from shared.rights import Operation, Right, on_topic
from shared.settings import Settings
from tests.running import ServiceProcess, ServiceProcesses
from tests.security.tenancy import Tenancy, say, toy_settings
from tests.shared.installed import services
from tests.shared.messaging import toy
from tests.shared.messaging.toy import SAID_ON, TOPIC, Handling, Toy
from tests.support import wait_until

ORDERS = next(service for service in services() if service.name == "orders")
Mend = Callable[[], Awaitable[None]]


@pytest.mark.timeout(240)
async def test_a_worker_says_what_is_wrong_one_thing_after_the_other_and_works_when_all_is_mended(
    tenancy: Tenancy, processes: ServiceProcesses
) -> None:
    settings = await tenancy.migrated(ORDERS)
    kafka, role = settings.kafka_sasl_username, str(settings.login.username)
    withheld = [on_topic(Operation.READ, tenancy.topic(TOPIC)), on_topic(Operation.WRITE, tenancy.topic("orders"))]
    group = Right(Operation.READ, "group", tenancy.topic("orders"))

    async def in_database(statement: str) -> None:
        await execute(settings, statement)

    async def new_password() -> None:
        await tenancy.accounts.let_in(kafka, settings.kafka_sasl_password.get_secret_value())

    async def all_rights() -> None:
        await tenancy.accounts.allow(kafka, [*withheld, group])

    await in_database(f"alter role {role} password 'another'; revoke usage on schema orders from {role}")
    await in_database(f"revoke insert on orders.outbox from {role}; revoke usage on sequence orders.outbox_number from {role}")
    await tenancy.accounts.let_in(kafka, "another")
    await tenancy.accounts.take_back(kafka, [*withheld, group])
    wrong: list[tuple[str, Mend]] = [
        (
            f'the database refuses the login {role}: password authentication failed for user "{role}"',
            lambda: in_database(f"alter role {role} password '{settings.login.password}'"),
        ),
        (
            f"the login {role} may not use the schema orders: migrate lets it",
            lambda: in_database(f"grant usage on schema orders to {role}"),
        ),
        (
            f"the login {role} may not read and write outbox, outbox_number of the schema orders: migrate lets it",
            lambda: in_database(f"grant insert on orders.outbox to {role}; grant usage on sequence orders.outbox_number to {role}"),
        ),
        (f"consumer: Kafka does not accept the login {kafka} or its password", new_password),
        (f"consumer: the login {kafka} lacks {withheld[0]}, {withheld[1]}, {group} on Kafka", all_rights),
    ]
    worker = processes.start("services.orders", "worker", settings=settings)
    async with tenancy.speaking(await tenancy.storefront()) as shop:
        for told in ("order-placed", "order-paid"):
            await say(tenancy, shop, told)

    for detail, mend in wrong:
        await wait_until(partial(told_by, settings, detail), within=60)
        await mend()
    await wait_until(partial(told_by, settings, None), within=60)

    relay = processes.start("services.orders", "relay", settings=settings, HEALTH_PORT=str(free_port()))
    await tenancy.heard("order-held", on=["orders"])
    assert told_in_the_log(worker) == [detail.removeprefix("consumer: ") for detail, _ in wrong]
    assert told_in_the_log(relay) == []


async def told_by(settings: Settings, detail: str | None) -> bool:
    """Whether this is what keeps the process from being ready; None: nothing does."""
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            answer = await client.get(f"http://127.0.0.1:{settings.health_port}/healthz/ready")
        except httpx.TransportError:
            return False
    return (answer.json().get("detail"), answer.status_code) == (detail, 503 if detail else 200)


def told_in_the_log(process: ServiceProcess) -> list[str]:
    """What it was not ready for; and that it had nothing worse to say, whatever a library says."""
    lines = [line for line in map(json.loads, process.output.splitlines()) if "logger" not in line]
    assert not any(line["level"] in ("error", "critical") for line in lines), process.output
    return [line["because"] for line in lines if line["event"] == "not ready"]


async def execute(settings: Settings, statement: str) -> None:
    admin = await asyncpg.connect(settings.admin_database_url.get_secret_value())
    try:
        await admin.execute(statement)
    finally:
        await admin.close()


async def test_an_api_without_its_database_says_so_though_nobody_asks(tenancy: Tenancy, processes: ServiceProcesses) -> None:
    settings = await tenancy.migrated(ORDERS)
    role, password = settings.login.username, settings.login.password
    await execute(settings, f"alter role {role} password 'another'")

    api = processes.start("services.orders", "api", settings=settings)
    await wait_until(lambda: "not ready" in api.output, within=60)
    await execute(settings, f"alter role {role} password '{password}'")
    await wait_until(lambda: "goes on" in api.output, within=60)

    assert told_in_the_log(api) == [f'the database refuses the login {role}: password authentication failed for user "{role}"']


@pytest_asyncio.fixture
async def shop(tenancy: Tenancy) -> AsyncIterator[Toy]:
    handling = Handling()
    service = toy.service(handling)
    running = await toy.make(await toy_settings(tenancy, service), handling, service)
    yield running
    await running.close()


async def test_a_right_to_read_a_topic_that_is_taken_away_stops_the_consumer_until_it_is_back(shop: Toy, tenancy: Tenancy) -> None:
    login, right = shop.settings.kafka_sasl_username, on_topic(Operation.READ, tenancy.topic(TOPIC))

    async with shop.consuming() as consumer:
        await shop.pay("1", 1)
        await shop.effects_become(1)
        await tenancy.accounts.take_back(login, [right])
        await wait_until(lambda: consumer.waits_for() == f"the login {login} lacks {right} on Kafka", within=30)
        await shop.pay("1", 2)
        await tenancy.accounts.allow(login, [right])

        assert await shop.effects_become(2) == ["1-1", "1-2"]
        assert consumer.waits_for() is None


async def test_a_member_without_a_partition_too_hears_that_it_is_put_out_of_its_group_and_comes_back(shop: Toy, tenancy: Tenancy) -> None:
    login, right = shop.settings.kafka_sasl_username, Right(Operation.READ, "group", tenancy.topic("toy"))
    members = [replace(shop, settings=shop.settings.model_copy(update={"kafka_group_instance_id": str(number)})) for number in range(7)]

    async with AsyncExitStack() as running:
        consumers = [await running.enter_async_context(member.consuming()) for member in members]
        await wait_until(lambda: all(consumer.waits_for() is None for consumer in consumers), within=30)
        await tenancy.accounts.take_back(login, [right])
        lacking = f"the login {login} lacks {right} on Kafka"
        await wait_until(lambda: all(consumer.waits_for() == lacking for consumer in consumers), within=30)
        await tenancy.accounts.allow(login, [right])

        await wait_until(lambda: all(consumer.waits_for() is None for consumer in consumers), within=30)


async def test_a_right_to_a_table_that_is_taken_away_costs_no_event(shop: Toy) -> None:
    role = shop.settings.login.username

    async with shop.consuming():
        await shop.pay("1", 1)
        await shop.effects_become(1)
        await execute(shop.settings, f"revoke insert on toy.effects from {role}")
        await shop.pay("1", 2)
        readiness = Readiness("toy", shop.database)
        assert await readiness.of_database() == f"the login {role} may not read and write effects of the schema toy: migrate lets it"
        await execute(shop.settings, f"grant insert on toy.effects to {role}")

        assert await shop.effects_become(2) == ["1-1", "1-2"]
        assert await readiness.of_database() is None
        assert await shop.count("dead_letters") == 0


async def test_a_right_to_write_that_is_taken_away_stops_the_relay_until_it_is_back(shop: Toy, tenancy: Tenancy) -> None:
    login = shop.settings.kafka_sasl_username
    right = on_topic(Operation.WRITE, tenancy.topic(SAID_ON))

    async with shop.consuming(), shop.relaying() as relay:
        await shop.pay("1", 1)
        await shop.published(1)
        await tenancy.accounts.take_back(login, [right])
        await shop.pay("1", 2)
        await wait_until(lambda: relay.waits_for() == f"the login {login} lacks {right} on Kafka", within=30)
        await tenancy.accounts.allow(login, [right])

        assert len(await shop.published(2)) == 2
        assert relay.waits_for() is None


@pytest.mark.parametrize("part", [Consumer, Relay])
async def test_a_password_that_is_mended_lets_both_in(part: type, shop: Toy, tenancy: Tenancy) -> None:
    login = shop.settings.kafka_sasl_username
    await tenancy.accounts.let_in(login, "another")

    async with shop.consuming() if part is Consumer else shop.relaying() as running:
        await wait_until(lambda: running.waits_for() == f"Kafka does not accept the login {login} or its password", within=30)
        await tenancy.accounts.let_in(login, shop.settings.kafka_sasl_password.get_secret_value())

        await wait_until(lambda: running.waits_for() is None, within=30)
