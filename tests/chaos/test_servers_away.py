"""A server that vanishes in the middle of everything, and comes back."""

import asyncio

from shared.messaging.consumer import Consumer
from shared.messaging.relay import Relay
from tests.running import ServiceSettings
from tests.shared.messaging import toy
from tests.shared.messaging.conftest import prepare
from tests.shared.messaging.flowing import Flow
from tests.shared.messaging.toy import Handling, Toy
from tests.stack import KafkaServer, PostgresServer


async def test_postgres_gone_for_ten_seconds_work_resumes_by_itself_and_nothing_is_lost(
    service_settings: ServiceSettings, private_postgres: PostgresServer
) -> None:
    async with running(service_settings, admin_url=private_postgres.url) as shop:
        flow = Flow(shop, count=1_500, per_second=150)
        flowing = asyncio.create_task(flow.run())
        await shop.effects_become(100)
        await private_postgres.stop()
        await asyncio.wait([flowing], timeout=10)
        await private_postgres.start()
        await flowing
        await flow.settles(within=60)

        await flow.check()


async def test_kafka_gone_for_ten_seconds_work_resumes_by_itself_and_nothing_is_lost(
    service_settings: ServiceSettings, private_kafka: KafkaServer
) -> None:
    async with running(service_settings, kafka=private_kafka.address) as shop:
        flow = Flow(shop, count=1_500, per_second=150)
        flowing = asyncio.create_task(flow.run())
        await shop.effects_become(100)
        await private_kafka.stop()
        await asyncio.wait([flowing], timeout=10)
        await private_kafka.start()
        await flowing
        await flow.settles(within=90)

        await flow.check()


class running:  # noqa: N801 - reads as a statement where it is used
    """The toy on servers of its own, with a worker and a relay running."""

    def __init__(self, service_settings: ServiceSettings, **servers: str) -> None:
        self._service_settings = service_settings
        self._servers = servers
        self._stop = asyncio.Event()

    async def __aenter__(self) -> Toy:
        handling = Handling()
        made = toy.service(handling)
        settings = await self._service_settings(made, prepare=prepare, **self._servers)
        self._shop = await toy.make(settings, handling, made)
        parts = (Consumer(made, settings, self._shop.database), Relay(settings, made.name))
        self._tasks = [asyncio.create_task(part.run(self._stop)) for part in parts]
        return self._shop

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await asyncio.gather(*self._tasks)
        await self._shop.close()
