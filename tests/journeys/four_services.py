"""The four services as real processes on one database and topics of their own, to be stopped, killed and started by a test."""

import asyncio
import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.issuer import Issuer
from shared.migrations.topics import PARTITIONS
from shared.settings import Settings
from tests.journeys.test_schemas_apart import SERVICES
from tests.running import ServiceProcess, ServiceProcesses, ServiceSettings
from tests.support import wait_until

NAMES = tuple(each.name for each in SERVICES)
ROLES = ("agent", "supervisor", "finance", "admin")


@dataclass
class FourServices:
    """Each an api, and a worker with the relay in it."""

    directory: Path
    settings: dict[str, Settings]
    processes: ServiceProcesses
    tokens: dict[str, str]
    apis: dict[str, ServiceProcess] = field(default_factory=dict)
    workers: dict[str, ServiceProcess] = field(default_factory=dict)

    @property
    def kafka(self) -> str:
        return self.settings["orders"].kafka_bootstrap_servers

    @property
    def prefix(self) -> str:
        return self.settings["orders"].kafka_topic_prefix

    @property
    def addresses(self) -> dict[str, str]:
        return {name: f"http://127.0.0.1:{known.port}" for name, known in self.settings.items()}

    @property
    def probes(self) -> list[str]:
        """Of every process, without the probe's name."""
        ports = [port for known in self.settings.values() for port in (known.port, known.health_port)]
        return [f"http://127.0.0.1:{port}/healthz" for port in ports]

    def work(self, name: str) -> None:
        self.workers[name] = self.processes.start(f"services.{name}", "worker", "--all", settings=self.settings[name])

    def start(self, names: Collection[str] = NAMES) -> None:
        for name in names:
            self.apis[name] = self.processes.start(f"services.{name}", "api", settings=self.settings[name])
            self.work(name)

    async def stop(self, names: Collection[str] = NAMES) -> list[int]:
        """SIGTERM to all their processes at once; their exit codes."""
        return await asyncio.gather(*(each.stop() for name in names for each in (self.apis[name], self.workers[name])))

    async def answer(self) -> None:
        async def ready() -> bool:
            try:
                return all([(await client.get(f"{probe}/ready")).is_success for probe in self.probes])
            except httpx.TransportError:
                return False

        async with httpx.AsyncClient() as client:
            await wait_until(ready, within=90, pause=0.2)

    async def hears_all(self, name: str, topic: str) -> None:
        """Until the service's group has taken in what was said on the topic by now."""
        reader = AIOKafkaConsumer(bootstrap_servers=self.kafka, enable_auto_commit=False)
        admin = AIOKafkaAdminClient(bootstrap_servers=self.kafka)
        await asyncio.gather(reader.start(), admin.start())
        try:
            ends = await reader.end_offsets([TopicPartition(self.prefix + topic, number) for number in range(PARTITIONS)])
            said = {partition: end for partition, end in ends.items() if end}

            async def taken_in() -> bool:
                committed = await admin.list_consumer_group_offsets(self.prefix + name, partitions=list(said))
                return all(committed[partition].offset >= end for partition, end in said.items())

            await wait_until(taken_in, within=30, pause=0.1)
        finally:
            await asyncio.gather(reader.stop(), admin.close())

    def write_addresses(self) -> None:
        """As the launcher does, for the programs of outsiders."""
        told = {"kafka": self.kafka, "services": self.addresses, "tokens": self.tokens}
        (self.directory / "stack.json").write_text(json.dumps(told))


async def prepared(
    directory: Path, issuer: Issuer, settings: ServiceSettings, processes: ServiceProcesses, *, admin: str, **more: object
) -> FourServices:
    """Nothing runs yet. A worker that is started again has its place in the group at once."""
    known = {
        each.name: await settings(each, admin_url=admin, oidc_issuer=issuer.url, kafka_group_instance_id=f"{each.name}-1", **more)  # type: ignore[arg-type]
        for each in SERVICES
    }
    tokens = {role: issuer.mint(f"{role}-1", role, [role], ["*"], timedelta(hours=1)) for role in ROLES}
    return FourServices(directory, known, processes, tokens)
