"""The orders worker as it would be if it committed message by message."""

import asyncio
from typing import Any

import uvloop
from aiokafka import AIOKafkaConsumer

from services.orders.service import service
from shared.db import Database
from shared.messaging.consumer import Consumer
from shared.settings import Settings, read


class OneByOne(Consumer):
    def _member(self) -> AIOKafkaConsumer:
        member = super()._member()
        fetch = member.getmany

        async def one(*partitions: Any, timeout_ms: int, max_records: int) -> Any:
            return await fetch(*partitions, timeout_ms=timeout_ms, max_records=1)

        member.getmany = one
        return member


async def main(settings: Settings) -> None:
    database = Database(settings.database_url.get_secret_value(), name=service.name, pool_size=settings.database_pool_size)
    await OneByOne(service, settings, database).run(asyncio.Event())


if __name__ == "__main__":
    uvloop.run(main(read(service.settings, "database_url", "kafka_bootstrap_servers")))
