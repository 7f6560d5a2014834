"""The long versions of the failure tests: `make chaos`."""

import asyncio

import pytest

from tests.running import ServiceProcesses, ServiceSettings
from tests.shared.messaging import toy
from tests.shared.messaging.conftest import prepare
from tests.shared.messaging.flowing import Flow
from tests.shared.messaging.killing import Victims
from tests.shared.messaging.toy import Handling, Toy
from tests.stack import KafkaServer, PostgresServer, Server


@pytest.mark.timeout(900)
async def test_a_hundred_kills_over_fifty_thousand_events_lose_and_double_nothing(shop: Toy, processes: ServiceProcesses) -> None:
    flow = Flow(shop, count=50_000, orders=500, per_second=350)
    victims = Victims(processes, shop)

    await asyncio.gather(flow.run(), victims.kill_at_random(100, between=(0.6, 1.8)))
    await flow.settles(within=300)

    assert victims.kills == 100
    await flow.check()


@pytest.mark.timeout(900)
async def test_crashes_of_postgres_kafka_and_our_processes_together_lose_and_double_nothing(
    service_settings: ServiceSettings, private_postgres: PostgresServer, private_kafka: KafkaServer, processes: ServiceProcesses
) -> None:
    handling = Handling()
    made = toy.service(handling)
    settings = await service_settings(made, prepare=prepare, admin_url=private_postgres.url, kafka=private_kafka.address)
    shop = await toy.make(settings, handling, made)
    flow = Flow(shop, count=9_000, orders=100, per_second=150)
    victims = Victims(processes, shop, seed=2)

    await asyncio.gather(flow.run(), victims.kill_at_random(10, between=(3, 7)), crashed(private_postgres, 3), crashed(private_kafka, 2))
    await flow.settles(within=300)

    await flow.check()
    await shop.close()


async def crashed(server: Server, times: int) -> None:
    """kill -9 and start it again, now and then."""
    for _ in range(times):
        await asyncio.wait([asyncio.create_task(asyncio.sleep(10))])
        await server.kill()
        await server.start()
