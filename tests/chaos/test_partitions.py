"""The runbook of docs/operations/capacity.md: a topic gets more partitions while nothing on it is unread."""

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from tests.shared.messaging.toy import TOPIC, Toy


async def test_orders_stay_in_order_when_their_topic_gets_more_partitions(shop: Toy) -> None:
    orders = [str(number) for number in range(40)]
    for order_id in orders:
        await shop.pay(order_id, 1)
    async with shop.consuming():
        await shop.effects_become(len(orders))

    await give_partitions(shop, 12)
    for number in (2, 3):
        for order_id in orders:
            await shop.pay(order_id, number)
    async with shop.consuming():
        await shop.effects_become(3 * len(orders))

    assert {order_id: await shop.effects(order_id) for order_id in orders} == {each: [f"{each}-{n}" for n in (1, 2, 3)] for each in orders}


async def give_partitions(shop: Toy, count: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=shop.settings.kafka_bootstrap_servers)
    await admin.start()
    await admin.create_partitions({shop.settings.topic(TOPIC): NewPartitions(total_count=count)})
    await admin.close()
    await shop.producer.client.force_metadata_update()
