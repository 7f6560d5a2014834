"""Services as tenants of one guarded Kafka: each with a login of its own for its processes, and another for its migration."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared import rights
from shared.migrations import migrate
from shared.rights import Operation, Right, on_topic
from shared.service import Service
from shared.settings import Settings
from tests.databases import Databases
from tests.running import Prepare, ServiceSettings
from tests.security.accounts import Accounts
from tests.security.broker import ADMIN, GuardedKafka
from tests.shared.messaging.conftest import prepare
from tests.shared.messaging.toy import SAID_ON, TOPIC

_GOLDEN = Path(__file__).parents[1] / "contracts" / "golden"


@dataclass
class Login:
    name: str
    password: str

    @property
    def settings(self) -> dict[str, str]:
        return {"kafka_security_protocol": "SASL_PLAINTEXT", "kafka_sasl_username": self.name, "kafka_sasl_password": self.password}


class Tenancy:
    """Topics and logins of one test; every right is one that `rights` lists, or that a test gives by itself."""

    def __init__(self, kafka: GuardedKafka, databases: Databases) -> None:
        self.kafka = kafka
        self.accounts = Accounts(kafka)
        self._databases = databases
        self._made = ServiceSettings(databases, kafka.address)
        self.settings = Settings(kafka_topic_prefix=self._made.prefix)

    def topic(self, name: str) -> str:
        return self.settings.topic(name)

    async def make(self, topics: Iterable[str]) -> None:
        """By the administrator; those that are there stay."""
        admin = AIOKafkaAdminClient(**self.kafka.connection)
        await admin.start()
        await admin.create_topics([NewTopic(topic, 1, 1) for topic in set(topics)])
        await admin.close()

    @property
    def administrator(self) -> Login:
        return Login(ADMIN, self.kafka.admin_password)

    async def login(self, stem: str, allowed: Iterable[Right] = ()) -> Login:
        login = Login(f"{stem}-{secrets.token_hex(4)}", secrets.token_hex(8))
        await self.accounts.let_in(login.name, login.password)
        await self.accounts.allow(login.name, allowed)
        return login

    async def migrated(self, service: Service, *, admin: str = "", login: Login | None = None, prepare: Prepare = migrate) -> Settings:
        """Its schema and topics, made under the rights of migrate; settings of its processes, under theirs."""
        by = login or await self.login(f"{service.name}-migrate", rights.to_migrate(service, self.settings))
        made = await self._made(service, admin_url=admin, prepare=prepare, **by.settings)
        own = await self.login(service.name, rights.to_run(service, self.settings))
        return self.as_login(made, own)

    def as_login(self, settings: Settings, login: Login, **more: object) -> Settings:
        return type(settings).model_validate({**settings.model_dump(), **login.settings, **more})

    async def database(self) -> str:
        return await self._databases.create("tenancy")

    def connection(self, login: Login) -> dict[str, Any]:
        return self.kafka.connection | {"sasl_plain_username": login.name, "sasl_plain_password": login.password}

    @asynccontextmanager
    async def speaking(self, login: Login) -> AsyncIterator[AIOKafkaProducer]:
        producer = AIOKafkaProducer(**self.connection(login))
        await producer.start()
        try:
            yield producer
        finally:
            await producer.stop()

    async def storefront(self) -> Login:
        topics = ("storefront-orders", "storefront-products", "storefront-messages")
        return await self.login("storefront", [on_topic(Operation.WRITE, self.topic(topic)) for topic in topics])

    async def heard(self, *names: str, on: Iterable[str], within: float = 90.0) -> list[ConsumerRecord[bytes, bytes]]:
        """Everything on the topics, once it has each of the names."""
        consumer = AIOKafkaConsumer(
            *map(self.topic, on), **self.kafka.connection, auto_offset_reset="earliest", enable_auto_commit=False, group_id=None
        )
        await consumer.start()
        records: list[ConsumerRecord[bytes, bytes]] = []
        missing = set(names)
        try:
            async with asyncio.timeout(within):
                while missing:
                    for fetched in (await consumer.getmany(timeout_ms=200)).values():
                        records += fetched
                    missing -= {name_of(record) for record in records}
        except TimeoutError:
            raise AssertionError(f"{missing} is not among {[name_of(record) for record in records]}") from None
        finally:
            await consumer.stop()
        return records


async def toy_settings(tenancy: Tenancy, service: Service) -> Settings:
    """Of the toy, with the rights it needs, and those that its test has to speak and hear for others."""
    made = await tenancy.migrated(service, login=tenancy.administrator, prepare=prepare)
    operations, topics = (Operation.READ, Operation.WRITE), (tenancy.topic(TOPIC), tenancy.topic(SAID_ON))
    await tenancy.accounts.allow(made.kafka_sasl_username, [on_topic(operation, topic) for topic in topics for operation in operations])
    return made


async def say(tenancy: Tenancy, producer: AIOKafkaProducer, name: str, **changes: object) -> None:
    """The contract's golden example."""
    golden: dict[str, Any] = json.loads((_GOLDEN / f"{name}.json").read_text())
    value = json.dumps(golden["value"] | changes).encode()
    headers = [(header, text.encode()) for header, text in golden["headers"].items()]
    await producer.send_and_wait(tenancy.topic(golden["topic"]), value, golden["key"].encode(), headers=headers)


def name_of(record: "ConsumerRecord[bytes, bytes]") -> str:
    """Its type; of a message to a customer the template, which tells more."""
    name = dict(record.headers)["ce_type"].decode()
    return str(json.loads(record.value)["template"]) if name == "customer-message" else name
