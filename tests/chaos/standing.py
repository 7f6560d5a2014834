"""Where everything stands: what the four services know, what listeners who compare versions heard, and what operators do about it."""

import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.children import ROOT
from deploy.local.listening import Json
from tests.bench.outbox import plain
from tests.bench.sample import STORE, listings
from tests.chaos.trade import fate, order_id
from tests.journeys.four_services import NAMES, FourServices
from tests.journeys.test_schemas_apart import SERVICES
from tests.running import environment
from tests.support import wait_until

Rows = list[tuple[Any, ...]]
_KNOWN = {
    "orders": "select order_id, status, outcome from orders.orders order by 1",
    "inquiry's orders": "select order_id, status from inquiry.customer_orders order by 1",
    "aftersales' orders": "select order_id, status from aftersales.orders order by 1",
    "cases": "select order_id, type, status from aftersales.cases order by 1, 2",
    "refunds": "select order_id, status, amount from aftersales.refunds order by 1",
    "occasions": "select occasion_id, kind from survey.occasions order by 1",
}
_BEHIND = """
    select o.order_id from orders.orders o
    left join inquiry.customer_orders i using (store_id, order_id) left join aftersales.orders a using (store_id, order_id)
    where o.said_version is distinct from i.version or o.said_version is distinct from a.version
"""


@dataclass
class Standing:
    """Of one store's orders in all four services, which share a database."""

    services: FourServices

    async def now(self) -> dict[str, Rows]:
        return {name: await self.rows(statement) for name, statement in _KNOWN.items()}

    async def rows(self, statement: str) -> Rows:
        connection = await asyncpg.connect(self._admin)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    async def knows_products(self) -> None:
        """They go another way than orders, and an order for an unknown one is held."""
        every = f"select 1 from orders.products having count(*) = {len(listings())}"
        await wait_until(lambda: self.rows(every), within=60)

    async def comes_to_rest(self, *, within: float = 120) -> dict[str, Rows]:
        """Nothing waits anywhere; how everything stands then."""

        async def at_rest() -> bool:
            return await self._said_all() and await self._heard_all() and await self._said_all()

        await wait_until(at_rest, within=within, pause=0.3)
        return await self.now()

    async def listeners_who_know_less(self) -> Rows:
        """Orders whose newest version is not what our other services go by."""
        return await self.rows(_BEHIND)

    async def heard_outside(self) -> dict[str, str]:
        """The status of each order as a listener has it who takes the first of the highest version."""
        newest: dict[str, Json] = {}
        for record in await self.records("orders"):
            told: Json = orjson.loads(record.value)
            known = newest.get(str(told["order_id"]))
            if known is None or int(str(told["version"])) > int(str(known["version"])):
                newest[str(told["order_id"])] = told
        return {order_id: str(told["status"]) for order_id, told in newest.items()}

    async def records(self, topic: str) -> list[Any]:
        consumer = AIOKafkaConsumer(bootstrap_servers=self._kafka, enable_auto_commit=False, auto_offset_reset="earliest")
        await consumer.start()
        try:
            partitions = [TopicPartition(self.services.prefix + topic, number) for number in range(6)]
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            found: list[Any] = []
            while any([await consumer.position(partition) < end for partition, end in ends.items()]):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += records
            return found
        finally:
            await consumer.stop()

    async def operator(self, name: str, *command: str) -> list[Json]:
        """What the command said, a JSON object a line; it must succeed."""
        ran = self.services.processes.start(f"services.{name}", *command, settings=self.services.settings[name], LOG_LEVEL="critical")
        assert await ran.exit_code(within=60) == 0, ran.output
        return [orjson.loads(line) for line in ran.output.splitlines()]

    async def operator_of_all(self, *command: str) -> list[Json]:
        return [line for name in NAMES for line in await self.operator(name, *command)]

    async def pipe(self, name: str, *command: str, out: Path | None = None, into: Path | None = None) -> None:
        """A command that writes a file, or reads one; it must succeed."""
        settings = environment(self.services.settings[name]) | {"LOG_LEVEL": "critical"}
        with (out or Path(os.devnull)).open("wb") as written, (into or Path(os.devnull)).open("rb") as read:
            python = (sys.executable, "-m", f"services.{name}", *command)
            ran = await asyncio.create_subprocess_exec(*python, stdout=written, stdin=read, env=os.environ | settings, cwd=ROOT)
            assert await ran.wait() == 0

    async def post(self, service: str, path: str, body: Json) -> Json:
        headers = {"Authorization": f"Bearer {self.services.tokens['admin']}", "If-Match": "*"}
        async with httpx.AsyncClient(base_url=f"{self.services.addresses[service]}/v1/stores/{STORE}", timeout=30) as client:
            answer = await client.post(path, json=body, headers=headers)
        assert answer.is_success, answer.text
        told: Json = answer.json()
        return told

    @property
    def _admin(self) -> str:
        return plain(self.services.settings["orders"].admin_database_url.get_secret_value())

    @property
    def _kafka(self) -> str:
        return self.services.settings["orders"].kafka_bootstrap_servers

    async def _said_all(self) -> bool:
        waiting = " + ".join(f"(select count(*) from {name}.outbox)" for name in NAMES)
        return await self.rows(f"select {waiting}") == [(0,)]

    async def _heard_all(self) -> bool:
        reader, admin = AIOKafkaConsumer(bootstrap_servers=self._kafka), AIOKafkaAdminClient(bootstrap_servers=self._kafka)
        try:
            await reader.start()
            await admin.start()
            return all([await self._heard(name, reader, admin) for name in NAMES])
        finally:
            await reader.stop()
            await admin.close()

    async def _heard(self, name: str, reader: AIOKafkaConsumer, admin: AIOKafkaAdminClient) -> bool:
        prefix = self.services.prefix
        heard = [prefix + topic for each in SERVICES if each.name == name for topic in each.topics_heard]
        ends = await reader.end_offsets([TopicPartition(topic, number) for topic in heard for number in range(6)])
        said = {partition: end for partition, end in ends.items() if end}
        committed = await admin.list_consumer_group_offsets(prefix + name, partitions=list(said)) if said else {}
        return all(committed[partition].offset >= end for partition, end in said.items())


def expected(numbers: Sequence[int]) -> Rows:
    """Of the orders of a trade."""
    outcomes = {"cancelled": "cancelled", "signed": "signed"}
    return [(order_id(number), fate(number), outcomes.get(fate(number))) for number in numbers]
