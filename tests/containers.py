"""PostgreSQL and Kafka in containers, restartable like the local ones: a fixed host port, data kept while stopped."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import asyncpg
import docker
from aiokafka import AIOKafkaClient
from aiokafka.errors import KafkaError
from docker.errors import DockerException, ImageNotFound
from docker.models.containers import Container
from requests.exceptions import RequestException
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import PortWaitStrategy

from deploy.local import kafka, postgres
from deploy.local.children import port_is_free, until

PULL_WITHIN = 60.0
ENGINE_API = "1.41"  # named, because finding it out leaks a socket where no engine answers


def postgres_image() -> str:
    return os.environ.get("POSTGRES_IMAGE", "postgres:18")


def kafka_image() -> str:
    return os.environ.get("KAFKA_IMAGE", "apache/kafka:4.3.1")


def why_no_containers() -> str:
    """Empty when an engine answers and all images are here, pulled if need be."""
    with closing(docker.from_env(version=ENGINE_API, timeout=5)) as engine:
        try:
            engine.ping()
            missing = [image for image in _images() if not _is_here(engine, image)]
        except (DockerException, RequestException):
            return "no container engine answers"
    return _pull(missing) if missing else ""


def _images() -> list[str]:
    """With the one that clears up behind testcontainers, unless it is not wanted."""
    reaper = [] if testcontainers_config.ryuk_disabled else [testcontainers_config.ryuk_image]
    return [postgres_image(), kafka_image(), *reaper]


def _is_here(engine: docker.DockerClient, image: str) -> bool:
    try:
        engine.images.get(image)
    except ImageNotFound:
        return False
    return True


def _pull(images: list[str]) -> str:
    puller = ThreadPoolExecutor(len(images))
    pulls = [puller.submit(docker.from_env(version=ENGINE_API, timeout=int(PULL_WITHIN)).images.pull, image) for image in images]
    try:
        for pull in pulls:
            pull.result(timeout=PULL_WITHIN)
    except (DockerException, RequestException, TimeoutError):
        return f"{' and '.join(images)} could not be pulled"
    finally:
        puller.shutdown(wait=False, cancel_futures=True)
    return ""


class ContainerPostgres:
    def __init__(self, port: int) -> None:
        settings = postgres.SETTINGS | postgres.UNSAFE_BUT_FAST
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._container = PostgresContainer(postgres_image(), username="postgres", password="postgres", dbname="postgres", driver=None)
        self._container.with_bind_ports(5432, port).with_command(["postgres", *options])
        self.url = f"postgresql://postgres:postgres@127.0.0.1:{port}/postgres"

    async def start(self) -> None:
        _start(self._container)
        await until(self._answers, within=60)

    async def stop(self) -> None:
        await asyncio.to_thread(_existing(self._container).kill, "SIGINT")
        await asyncio.to_thread(_existing(self._container).wait)

    async def kill(self) -> None:
        await _kill(self._container)

    def remove(self) -> None:
        self._container.stop()

    async def _answers(self) -> bool:
        try:
            connection = await asyncpg.connect(self.url, timeout=5)
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.InterfaceError):
            return False
        await connection.close()
        return True


class ContainerKafka:
    def __init__(self, port: int) -> None:
        self.address = f"127.0.0.1:{port}"
        self._port = port
        self._container = DockerContainer(kafka_image()).with_bind_ports(9092, port)
        self._container.with_envs(**_environment(self.address)).waiting_for(PortWaitStrategy(9092))

    async def start(self) -> None:
        _start(self._container)
        await until(self._answers, within=60)

    async def stop(self) -> None:
        await asyncio.to_thread(_existing(self._container).stop, timeout=20)

    async def kill(self) -> None:
        await _kill(self._container)

    def remove(self) -> None:
        self._container.stop()

    async def _answers(self) -> bool:
        if port_is_free(self._port):
            return False
        client = AIOKafkaClient(bootstrap_servers=self.address, request_timeout_ms=5000)
        try:
            await client.bootstrap()
        except (KafkaError, OSError):
            return False
        finally:
            await client.close()
        return True


def _environment(address: str) -> dict[str, str]:
    """Its own address from outside is none inside: a broker asks itself about transactions, on a listener of its own."""
    settings = kafka.SETTINGS | {
        "listeners": "PLAINTEXT://:9092,CONTROLLER://:9093,INSIDE://:9094",
        "advertised.listeners": f"PLAINTEXT://{address},INSIDE://localhost:9094",
        "inter.broker.listener.name": "INSIDE",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,INSIDE:PLAINTEXT",
        "controller.quorum.voters": "1@localhost:9093",
        "log.dirs": "/var/lib/kafka/data",
    }
    names = {f"KAFKA_{name.upper().replace('.', '_')}": value for name, value in settings.items()}
    return names | {"CLUSTER_ID": kafka.CLUSTER_ID, "KAFKA_HEAP_OPTS": "-Xms64m -Xmx512m"}


def _start(container: DockerContainer) -> None:
    if container.status == "not_started":
        container.start()
    else:
        _existing(container).start()


async def _kill(container: DockerContainer) -> None:
    await asyncio.to_thread(_existing(container).kill)
    await asyncio.to_thread(_existing(container).wait)


def _existing(container: DockerContainer) -> Container:
    return container.get_wrapped_container()
