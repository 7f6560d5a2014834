"""The service's own process between real Kafka and Postgres: a message comes in, and the inquiry goes out."""

from datetime import UTC, datetime

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from services.inquiry.service import service as inquiry_service
from shared.events.storefront import MessagePosted
from tests.running import ServiceProcesses, ServiceSettings


async def test_a_message_on_kafka_becomes_an_inquiry_on_kafka(service_settings: ServiceSettings, processes: ServiceProcesses) -> None:
    settings = await service_settings(inquiry_service)
    processes.start("services.inquiry", "worker", "--all", settings=settings)
    told = {**MessagePosted.example, "posted_at": datetime.now(UTC).isoformat()}
    headers = [("ce_specversion", b"1.0"), ("ce_id", b"e-1"), ("ce_type", b"message-posted"), ("ce_source", b"/stores/demo")]
    consumer = AIOKafkaConsumer(
        settings.topic("inquiries"), bootstrap_servers=settings.kafka_bootstrap_servers, auto_offset_reset="earliest", group_id=None
    )

    async with AIOKafkaProducer(bootstrap_servers=settings.kafka_bootstrap_servers) as producer, consumer:
        for _ in range(2):
            await producer.send_and_wait(settings.topic("storefront-messages"), orjson.dumps(told), key=b"demo/c-81", headers=headers)
        record = await consumer.getone()

    said = orjson.loads(record.value)
    assert dict(record.headers)["ce_type"] == b"inquiry-received"
    assert (said["customer_id"], said["topic"], said["version"], record.key.decode()) == ("c-81", "product", 1, said["inquiry_id"])
