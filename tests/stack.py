"""The PostgreSQL and Kafka a test run works on: one of each a run, from containers, as local processes, or given from outside."""

import asyncio
import logging
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from deploy.local.children import LocalStackError, free_port, together
from deploy.local.kafka import LocalKafka
from deploy.local.postgres import LocalPostgres
from tests.containers import ContainerKafka, ContainerPostgres, why_no_containers

KINDS = ("containers", "local", "external")


class Server(Protocol):
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def kill(self) -> None: ...


class PostgresServer(Server, Protocol):
    """May be stopped, killed and started again: same address, same data."""

    @property
    def url(self) -> str: ...


class KafkaServer(Server, Protocol):
    """May be stopped, killed and started again: same address, same data."""

    @property
    def address(self) -> str: ...


@dataclass(frozen=True)
class Choice:
    kind: str
    why: str

    def __str__(self) -> str:
        return f"stack: {self.kind} ({self.why})"


@dataclass(frozen=True)
class Stack:
    """Addresses of what runs; `admin_url` is the superuser's."""

    kind: str
    admin_url: str
    kafka: str


def choose() -> Choice:
    """What STACK says, else containers where they can be had, else local. LocalStackError when what STACK says cannot be had."""
    wanted = os.environ.get("STACK", "")
    if wanted and wanted not in KINDS:
        raise LocalStackError(f"STACK={wanted} is none of {', '.join(KINDS)}")
    if wanted == "external" and not {"ADMIN_DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS"} <= os.environ.keys():
        raise LocalStackError("STACK=external needs ADMIN_DATABASE_URL and KAFKA_BOOTSTRAP_SERVERS")
    if wanted in ("local", "external"):
        return Choice(wanted, f"STACK={wanted}")
    obstacle = why_no_containers()
    if obstacle and wanted:
        raise LocalStackError(f"STACK=containers cannot be had: {obstacle}")
    return Choice("local", obstacle) if obstacle else Choice("containers", "both images are here")


class RunningStack:
    """Starts the stack of a run, and takes it away again with all it wrote."""

    def __init__(self, kind: str) -> None:
        self._servers = Servers(kind)
        self._kind = kind

    def start(self) -> Stack:
        if self._kind == "external":
            return Stack(self._kind, os.environ["ADMIN_DATABASE_URL"], os.environ["KAFKA_BOOTSTRAP_SERVERS"])
        postgres, kafka = self._servers.postgres(), self._servers.kafka()
        logging.disable()  # a client's complaints about a server that is starting
        try:
            asyncio.run(together(postgres.start(), kafka.start()))
        except BaseException:
            self.stop()
            raise
        finally:
            logging.disable(logging.NOTSET)
        return Stack(self._kind, postgres.url, kafka.address)

    def stop(self) -> None:
        asyncio.run(self._servers.remove())


class Servers:
    """Makes servers of one kind (local ones for a run on an external stack) and removes them all."""

    def __init__(self, kind: str) -> None:
        self._in_containers = kind == "containers"
        self._made: list[LocalPostgres | LocalKafka | ContainerPostgres | ContainerKafka] = []
        self._directories: list[Path] = []

    def postgres(self) -> PostgresServer:
        port = free_port()
        server = ContainerPostgres(port) if self._in_containers else LocalPostgres(self._directory(), port, durable=False)
        self._made.append(server)
        return server

    def kafka(self) -> KafkaServer:
        port = free_port()
        server = ContainerKafka(port) if self._in_containers else LocalKafka(self._directory(), port)
        self._made.append(server)
        return server

    async def remove(self) -> None:
        for server in self._made:
            if isinstance(server, ContainerPostgres | ContainerKafka):
                server.remove()
            else:
                await server.kill()
        for directory in self._directories:
            shutil.rmtree(directory, ignore_errors=True)

    def _directory(self) -> Path:
        directory = Path(tempfile.mkdtemp(prefix="kefu-test-"))
        self._directories.append(directory)
        return directory / "server"
