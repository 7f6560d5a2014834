"""The topics a service says and hears, made where they are not there yet; what is there is never changed."""

from collections.abc import Set as AbstractSet

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import NoError, TopicAlreadyExistsError, for_code

from shared.settings import Settings

PARTITIONS = 6
_AS_THE_BROKER_SAYS = -1
# A record over our limits must reach the dead letters, and a snapshot of ours may be larger than what it was made from.
_MOST_BYTES = {"max.message.bytes": str(8 * 1024 * 1024)}


async def create_topics(settings: Settings, names: AbstractSet[str]) -> list[str]:
    """The names it had to make, without prefix."""
    client = AIOKafkaAdminClient(**settings.kafka(), client_id="kefu-migrate")
    await client.start()
    try:
        there = set(await client.list_topics())
        missing = sorted(name for name in names if settings.topic(name) not in there)
        if not missing:
            return []
        answer = await client.create_topics([_topic(settings, name) for name in missing])
        already_there = _refused(answer.topic_errors)
        return [name for name in missing if settings.topic(name) not in already_there]
    finally:
        await client.close()


def _topic(settings: Settings, name: str) -> NewTopic:
    return NewTopic(settings.topic(name), PARTITIONS, _AS_THE_BROKER_SAYS, replica_assignments={}, topic_configs=_MOST_BYTES)


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
