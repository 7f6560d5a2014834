"""What the Kafka login of a service must be allowed to do; it needs nothing else, and nothing of the cluster's."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.service import Service
    from shared.settings import Settings


class Operation(StrEnum):
    """As Kafka's ACLs call it. READ and WRITE include DESCRIBE; WRITE includes what an idempotent producer needs (Kafka 3 and later)."""

    READ = "READ"
    WRITE = "WRITE"
    CREATE = "CREATE"
    DESCRIBE = "DESCRIBE"


@dataclass(frozen=True, slots=True)
class Right:
    operation: Operation
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.operation} {self.kind} {self.name}"


def on_topic(operation: Operation, topic: str) -> Right:
    """`topic` with its prefix."""
    return Right(operation, "topic", topic)


def group_of(service: str, settings: "Settings") -> str:
    return settings.kafka_topic_prefix + service


def to_run(service: "Service", settings: "Settings") -> list[Right]:
    """Of worker and relay; the api does not speak with Kafka."""
    heard = [on_topic(Operation.READ, settings.topic(topic)) for topic in service.topics_heard]
    group = [Right(Operation.READ, "group", group_of(service.name, settings))] if heard else []
    said = [on_topic(Operation.WRITE, settings.topic(topic)) for topic in service.topics_said]
    return [*heard, *group, *said]


def to_migrate(service: "Service", settings: "Settings") -> list[Right]:
    """CREATE only where a topic is not there yet."""
    topics = sorted({*service.topics_heard, *service.topics_said})
    return [on_topic(operation, settings.topic(topic)) for topic in topics for operation in (Operation.DESCRIBE, Operation.CREATE)]
