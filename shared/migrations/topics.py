"""The topics a service says and hears, made where they are not there yet; what is there is never changed."""

import asyncio
from collections.abc import Set as AbstractSet

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import NoError, TopicAlreadyExistsError, TopicAuthorizationFailedError, for_code

from shared.messaging import access
from shared.rights import Operation, on_topic
from shared.settings import Settings

PARTITIONS = 6
_AS_THE_BROKER_SAYS = -1
_KNOWN_WITHIN = 30.0
# A record over our limits must reach the dead letters, and a snapshot of ours may be larger than what it was made from.
_MOST_BYTES = {"max.message.bytes": str(8 * 1024 * 1024)}


async def create_topics(settings: Settings, names: AbstractSet[str]) -> list[str]:
    """The names it had to make, without prefix. Whoever asks the broker afterwards finds all of them.

    A controller says that a topic is made before its brokers know of it: under load more than a second before.
    TimeoutError when they do not know after 30 s; NotPermitted when this login may not see or make them.
    """
    topics = {settings.topic(name): name for name in names}
    missing = await access.require(settings, [on_topic(Operation.DESCRIBE, topic) for topic in sorted(topics)])
    if not missing:
        return []
    client = AIOKafkaAdminClient(**settings.kafka(), client_id="kefu-migrate")
    await client.start()
    try:
        answer = await client.create_topics([_topic(topic) for topic in sorted(missing)])
        already_there = _already_there(settings, answer.topic_errors)
        unknown = set(missing)
        async with asyncio.timeout(_KNOWN_WITHIN):
            while unknown:
                await asyncio.sleep(0.05)
                unknown -= await _served(client)
    finally:
        await client.close()
    return sorted(topics[topic] for topic in missing - already_there)


def _topic(name: str) -> NewTopic:
    return NewTopic(name, PARTITIONS, _AS_THE_BROKER_SAYS, replica_assignments={}, topic_configs=_MOST_BYTES)


async def _served(client: AIOKafkaAdminClient) -> set[str]:
    """Topics that can be written and read: every partition has its leader."""
    topics = await client.describe_topics()
    return {each["topic"] for each in topics if each["partitions"] and all(part["leader"] >= 0 for part in each["partitions"])}


def _already_there(settings: Settings, errors: list[tuple[str, int, str | None]]) -> set[str]:
    """Those that are there since a moment: the broker did not list them yet, or another service, which shares them, was faster."""
    already_there = set()
    refused = []
    for topic, code, message in sorted(errors):
        kind = for_code(code)
        if kind is TopicAlreadyExistsError:
            already_there.add(topic)
        elif kind is TopicAuthorizationFailedError:
            refused.append(on_topic(Operation.CREATE, topic))
        elif kind is not NoError:
            raise kind(f"topic {topic}: {message}")
    if refused:
        raise access.lacks(settings, refused)
    return already_there
