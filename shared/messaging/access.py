"""Whether Kafka lets this process in, and do what it needs to: asked before, because its clients wait without a word where it does not."""

import ssl
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.conn import AIOKafkaConnection, collect_hosts, create_conn
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.coordination import FindCoordinatorRequest
from aiokafka.protocol.types import Array, Boolean, Int16, Int32, Schema, String

from shared.obstacles import NotPermitted
from shared.rights import Operation, Right, on_topic
from shared.settings import Settings

_GROUP = 0
_ANSWERS_WITHIN_MS = 10_000
# Kafka's numbers; an answer has the bit of each operation that is allowed
_BITS = {Operation.READ: 1 << 3, Operation.WRITE: 1 << 4, Operation.CREATE: 1 << 5, Operation.DESCRIBE: 1 << 8}
_NOT_TOLD = -(1 << 31)


def obstacle_of(error: Exception, settings: Settings, operation: Operation) -> str:
    """What a probe tells while a client that reads, or writes, tries again."""
    if denied := _denied(error, operation):
        return str(lacks(settings, denied))
    match error:
        case UnknownTopicOrPartitionError() if error.args:
            return f"migrate has not made {', '.join(error.args)}"
        case KafkaConnectionError():
            return f"Kafka does not answer: {', '.join(error.args)}"
        case NotPermitted():
            return str(error)
        case _:
            return "waits for Kafka"


def _denied(error: Exception, operation: Operation) -> list[Right]:
    """As far as one of aiokafka's errors tells."""
    match error:
        case TopicAuthorizationFailedError(args=(str() as topic,)):
            return [on_topic(operation, topic)]
        case TopicAuthorizationFailedError(args=(set() as topics,)):
            return [on_topic(operation, topic) for topic in sorted(topics)]
        case GroupAuthorizationFailedError(args=(str() as group,)):
            return [Right(Operation.READ, "group", group)]
        case _:
            return []


async def require(settings: Settings, rights: Collection[Right]) -> set[str]:
    """Answers which of the topics are not there.

    NotPermitted when Kafka refuses the login, or any of the rights; KafkaConnectionError when no server answers.
    """
    async with _connected(settings) as connection:
        topics = [right for right in rights if right.kind == "topic"]
        lacking, missing = await _of_topics(connection, topics) if topics else ([], set[str]())
        lacking += [right for right in rights if right.kind == "group" and not await _may_join(connection, right.name)]
    if lacking:
        raise lacks(settings, lacking)
    return missing


def lacks(settings: Settings, rights: Iterable[Right]) -> NotPermitted:
    return NotPermitted(f"{_login(settings)} lacks {', '.join(map(str, rights))} on Kafka")


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[AIOKafkaConnection]:
    connection = await _connection(settings)
    try:
        yield connection
    except KafkaConnectionError:
        raise _hangs_up(settings, connection.host, connection.port) from None
    except TimeoutError:
        raise KafkaConnectionError(f"{connection.host}:{connection.port} takes too long") from None
    finally:
        connection.close()


async def _connection(settings: Settings) -> AIOKafkaConnection:
    """With the first of the servers that answers."""
    options = settings.kafka()
    problem = KafkaConnectionError(f"none of {settings.kafka_bootstrap_servers} answers")
    for host, port, _ in collect_hosts(options.pop("bootstrap_servers")):
        try:
            return await create_conn(host, port, request_timeout_ms=_ANSWERS_WITHIN_MS, client_id="kefu-access", **options)
        except SaslAuthenticationFailed:
            raise NotPermitted(f"Kafka does not accept {_login(settings)} or its password") from None
        except UnsupportedSaslMechanismError:
            raise NotPermitted(f"Kafka takes no logins by {settings.kafka_sasl_mechanism}") from None
        except ssl.SSLCertVerificationError as error:
            raise NotPermitted(f"no trust in the certificate of Kafka at {host}:{port} ({error.verify_message})") from None
        except (KafkaConnectionError, ConnectionResetError, ssl.SSLError):
            problem = _hangs_up(settings, host, port)
        except (OSError, TimeoutError, KafkaError):
            continue
    raise problem


def _hangs_up(settings: Settings, host: str, port: int) -> KafkaConnectionError:
    """As a server does that expects another protocol, and one that stops."""
    return KafkaConnectionError(f"{host}:{port} hangs up; is it for {settings.kafka_security_protocol}?")


def _login(settings: Settings) -> str:
    return f"the login {settings.kafka_sasl_username}" if settings.kafka_security_protocol.startswith("SASL") else "a client without login"


async def _of_topics(connection: AIOKafkaConnection, rights: Collection[Right]) -> tuple[list[Right], set[str]]:
    """Those that are lacking, and the topics that are not there."""
    answer = await connection.send(_AllowedRequest(sorted({right.name for right in rights})))
    allowed: dict[str, int] = {}
    missing: set[str] = set()
    for code, topic, _, _, operations in answer.topics:
        if code == UnknownTopicOrPartitionError.errno:
            missing.add(topic)
        allowed[topic] = 0 if code == TopicAuthorizationFailedError.errno else operations
    return [right for right in rights if allowed[right.name] != _NOT_TOLD and not allowed[right.name] & _BITS[right.operation]], missing


async def _may_join(connection: AIOKafkaConnection, group: str) -> bool:
    """READ includes what this asks for; a login that has only that much is refused when it joins."""
    answer = await connection.send(FindCoordinatorRequest(group, _GROUP))
    return bool(answer.error_code != GroupAuthorizationFailedError.errno)


class _Allowed(Response):  # type: ignore[misc]  # aiokafka leaves it untyped
    API_KEY = 3
    API_VERSION = 8
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", Array(("node_id", Int32), ("host", String("utf-8")), ("port", Int32), ("rack", String("utf-8")))),
        ("cluster_id", String("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            Array(
                ("error_code", Int16),
                ("topic", String("utf-8")),
                ("is_internal", Boolean),
                (
                    "partitions",
                    Array(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", Array(Int32)),
                        ("isr", Array(Int32)),
                        ("offline_replicas", Array(Int32)),
                    ),
                ),
                ("operations", Int32),
            ),
        ),
        ("cluster_operations", Int32),
    )


class _AllowedStruct(RequestStruct):  # type: ignore[misc]  # as above
    API_KEY = 3
    API_VERSION = 8
    RESPONSE_TYPE = _Allowed
    SCHEMA = Schema(
        ("topics", Array(String("utf-8"))),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_operations", Boolean),
        ("include_topic_operations", Boolean),
    )


class _AllowedRequest(Request[_AllowedStruct]):  # type: ignore[misc]  # as above
    """Metadata with what this login may do, which aiokafka does not ask for (KIP-430; Kafka 2.3 and later)."""

    API_KEY = 3

    def __init__(self, topics: list[str]) -> None:
        self._topics = topics

    def build(self, request_struct_class: type[_AllowedStruct]) -> Any:
        return request_struct_class(self._topics, False, False, True)
