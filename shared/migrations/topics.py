"""The topics a service says and hears, made where they are not there yet; what is there is never changed."""

import asyncio
from collections.abc import Set as AbstractSet

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import NoError, TopicAlreadyExistsError, for_code

from shared.settings import Settings

PARTITIONS = 6
_AS_THE_BROKER_SAYS = -1
_KNOWN_WITHIN = 30.0
# A record over our limits must reach the dead letters, and a snapshot of ours may be larger than what it was made from.
_MOST_BYTES = {"max.message.bytes": str(8 * 1024 * 1024)}


async def create_topics(settings: Settings, names: AbstractSet[str]) -> list[str]:
    """The names it had to make, without prefix. Whoever asks the broker afterwards finds all of them.

    A controller says that a topic is made before its brokers know of it: under load more than a second before.
    TimeoutError when they do not know after 30 s.
    """
    client = AIOKafkaAdminClient(**settings.kafka(), client_id="kefu-migrate")
    await client.start()
    try:
        there = set(await client.list_topics())
        missing = sorted(name for name in names if settings.topic(name) not in there)
        if not missing:
            return []
        answer = await client.create_topics([_topic(settings, name) for name in missing])
        already_there = _refused(answer.topic_errors)
        unknown = {settings.topic(name) for name in missing}
        async with asyncio.timeout(_KNOWN_WITHIN):
            while unknown:
                await asyncio.sleep(0.05)
                unknown -= await _served(client)
        return [name for name in missing if settings.topic(name) not in already_there]
    finally:
        await client.close()


def _topic(settings: Settings, name: str) -> NewTopic:
    return NewTopic(settings.topic(name), PARTITIONS, _AS_THE_BROKER_SAYS, replica_assignments={}, topic_configs=_MOST_BYTES)


async def _served(client: AIOKafkaAdminClient) -> set[str]:
    """Topics that can be written and read: every partition has its leader."""
    topics = await client.describe_topics()
    return {each["topic"] for each in topics if each["partitions"] and all(part["leader"] >= 0 for part in each["partitions"])}


def _refused(errors: list[tuple[str, int, str | None]]) -> set[str]:
    """Those that are there since a moment: the broker did not list them yet, or another service, which shares them, was faster."""
    already_there = set()
    for topic, code, message in errors:
        kind = for_code(code)
        if kind is TopicAlreadyExistsError:
            already_there.add(topic)
        elif kind is not NoError:
            raise kind(f"topic {topic}: {message}")
    return already_there
