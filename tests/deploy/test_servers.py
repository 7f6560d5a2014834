import asyncio

import asyncpg
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.children import free_port
from deploy.local.postgres import LocalPostgres
from tests.databases import Databases
from tests.stack import KafkaServer, PostgresServer, Stack
from tests.support import wait_until


async def test_a_fresh_database_is_empty_and_its_own(databases: Databases) -> None:
    one, other = await databases.create(), await databases.create()

    connection = await asyncpg.connect(one)
    tables = await connection.fetchval("select count(*) from pg_tables where schemaname = 'public'")
    await connection.close()

    assert one != other
    assert tables == 0


async def test_postgres_keeps_what_was_committed_over_a_kill(private_postgres: PostgresServer) -> None:
    connection = await asyncpg.connect(private_postgres.url)
    await connection.execute("create table kept (one int); insert into kept values (1)")

    connection.terminate()
    await private_postgres.kill()
    await private_postgres.start()

    connection = await asyncpg.connect(private_postgres.url)
    assert await connection.fetchval("select one from kept") == 1
    await connection.close()


async def test_postgres_starts_again_though_a_child_of_the_killed_one_is_still_there(tmp_path_factory: pytest.TempPathFactory) -> None:
    postgres = LocalPostgres(tmp_path_factory.mktemp("postgres"), free_port())
    await postgres.start()
    connection = await asyncpg.connect(postgres.url)
    child = psutil.Process(await connection.fetchval("select pg_backend_pid()"))
    child.suspend()
    await postgres.kill()

    starting = asyncio.create_task(postgres.start())
    await wait_until(lambda: "pre-existing shared memory block" in postgres.log.read_text())
    child.resume()
    await starting

    assert postgres.is_running()
    connection.terminate()
    await postgres.kill()


async def test_kafka_keeps_its_records_over_a_stop(private_kafka: KafkaServer) -> None:
    await _produce(private_kafka.address, b"kept")

    await private_kafka.stop()
    await private_kafka.start()

    assert await _first(private_kafka.address) == b"kept"


async def test_the_servers_have_what_the_services_need(stack: Stack) -> None:
    connection = await asyncpg.connect(stack.admin_url)
    version, locks = await connection.fetchval("show server_version_num"), await connection.fetchval("show max_locks_per_transaction")
    await connection.close()

    assert int(version) >= 180000
    assert int(locks) >= 256


async def _produce(address: str, value: bytes) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    await admin.create_topics([NewTopic("t", 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=address)
    await producer.start()
    await producer.send_and_wait("t", value)
    await producer.stop()


async def _first(address: str) -> bytes | None:
    consumer = AIOKafkaConsumer("t", bootstrap_servers=address, auto_offset_reset="earliest")
    await consumer.start()
    try:
        value: bytes | None = (await consumer.getone()).value
        return value
    finally:
        await consumer.stop()
