"""The rights that `rights` lists are what each service needs on Kafka, and all it has."""

from datetime import UTC, datetime, timedelta
from functools import partial

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError

from shared import rights
from tests.running import ServiceProcesses
from tests.security.tenancy import Login, Tenancy, say
from tests.shared.installed import services
from tests.support import wait_until

SERVICES = {service.name: service for service in services()}
LATELY = (datetime.now(UTC) - timedelta(days=2)).isoformat()


@pytest.mark.timeout(240)
async def test_every_service_is_migrated_and_does_its_work_with_the_rights_that_are_listed_for_it(
    tenancy: Tenancy, processes: ServiceProcesses
) -> None:
    admin = await tenancy.database()
    settings = {name: await tenancy.migrated(service, admin=admin) for name, service in SERVICES.items()}
    for name, known in settings.items():
        processes.start(f"services.{name}", "worker", "--all", settings=known)

    async with tenancy.speaking(await tenancy.storefront()) as shop:
        await say(tenancy, shop, "product-listed")
        await wait_until(partial(any_product, admin), within=60)  # or the order is held for it
        for told in ("order-placed", "order-paid", "message-posted"):
            await say(tenancy, shop, told)
        await tenancy.heard("order-confirmed", "inquiry-received", on=["orders", "inquiries"])
        await say(tenancy, shop, "order-cancelled")
        await tenancy.heard("refund-requested", on=["refunds"])
    aftersales = Login(settings["aftersales"].kafka_sasl_username, settings["aftersales"].kafka_sasl_password.get_secret_value())
    async with tenancy.speaking(aftersales) as case:
        await say(tenancy, case, "case-closed", closed_at=LATELY)

    await tenancy.heard("survey-invitation", on=["customer-messages"])


async def any_product(admin: str) -> bool:
    connection = await asyncpg.connect(admin)
    try:
        return bool(await connection.fetchval("select exists (select from orders.products)"))
    finally:
        await connection.close()


async def test_orders_cannot_write_what_is_not_its_own(tenancy: Tenancy) -> None:
    orders = await tenant(tenancy, "orders", "aftersales")
    refused = []

    async with tenancy.speaking(orders) as producer:
        for topic in ("refunds", "cases", "storefront-orders", "orders"):
            try:
                await producer.send_and_wait(tenancy.topic(topic), b"{}")
            except TopicAuthorizationFailedError:
                refused.append(topic)

    assert refused == ["refunds", "cases", "storefront-orders"]


@pytest.mark.parametrize(
    ("topic", "group", "refusal"),
    [
        ("storefront-orders", "orders", None),
        ("storefront-orders", "aftersales", GroupAuthorizationFailedError),
        ("finance-refunds", "orders", TopicAuthorizationFailedError),
    ],
)
async def test_orders_reads_its_own_topics_in_its_own_group_only(
    topic: str, group: str, refusal: type[KafkaError] | None, tenancy: Tenancy
) -> None:
    orders = await tenant(tenancy, "orders", "aftersales")
    consumer = AIOKafkaConsumer(tenancy.topic(topic), **tenancy.connection(orders), group_id=tenancy.topic(group))

    try:
        await consumer.start()
        refused = None
    except KafkaError as error:
        refused = type(error)
    finally:
        await consumer.stop()

    assert refused is refusal


async def test_a_login_for_migrations_makes_topics_and_neither_reads_nor_writes_them(tenancy: Tenancy) -> None:
    login = await tenancy.login("migrate", rights.to_migrate(SERVICES["orders"], tenancy.settings))
    await tenancy.migrated(SERVICES["orders"], login=login)
    consumer = AIOKafkaConsumer(tenancy.topic("orders"), **tenancy.connection(login))

    await consumer.start()
    with pytest.raises(TopicAuthorizationFailedError):
        await consumer.getmany(timeout_ms=10_000)
    await consumer.stop()
    async with tenancy.speaking(login) as producer:
        with pytest.raises(TopicAuthorizationFailedError):
            await producer.send_and_wait(tenancy.topic("orders"), b"{}")


async def tenant(tenancy: Tenancy, name: str, *others: str) -> Login:
    """Its login; its topics and those of others are there."""
    topics = {tenancy.topic(topic) for each in (name, *others) for topic in (*SERVICES[each].topics_heard, *SERVICES[each].topics_said)}
    await tenancy.make(topics)
    return await tenancy.login(name, rights.to_run(SERVICES[name], tenancy.settings))
