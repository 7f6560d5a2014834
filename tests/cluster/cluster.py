"""The cluster of the current kubeconfig, with `deploy/k8s/overlays/local` on it."""

import asyncio
import json
import os
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.local.children import ROOT
from tests.support import wait_until

NAMESPACE = "kefu"
SERVICES = {"inquiry": 30801, "orders": 30802, "aftersales": 30803, "survey": 30804}
KINDS = ("api", "worker", "relay")
KAFKA = "127.0.0.1:30094"
_STANDING = {"POSTGRES_IMAGE": "postgres:18", "KAFKA_IMAGE": "apache/kafka:4.3.1"}
_ROLLED_OUT_WITHIN = 600


class CommandFailed(Exception):
    pass


async def run(*command: str, given: str | None = None) -> tuple[str, str]:
    """What it said on stdout and stderr; CommandFailed with the latter."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=ROOT
    )
    said, complained = await process.communicate(None if given is None else given.encode())
    if process.returncode:
        raise CommandFailed(f"{shlex.join(command)}: {complained.decode().strip()}")
    return said.decode(), complained.decode()


async def kubectl(*arguments: str) -> str:
    return (await run("kubectl", "--namespace", NAMESPACE, *arguments))[0]


async def items(kind: str, **labels: str) -> list[dict[str, Any]]:
    chosen = ",".join(f"app.kubernetes.io/{name}={value}" for name, value in labels.items())
    found: dict[str, Any] = json.loads(await kubectl("get", kind, "--selector", chosen, "--output", "json"))
    return list(found["items"])


async def load(*images: str) -> None:
    """By the command CLUSTER_LOAD, or kind's where the cluster is one of kind's; another is expected to find them."""
    context = (await run("kubectl", "config", "current-context"))[0].strip() if "CLUSTER_LOAD" not in os.environ else ""
    if given := os.environ.get("CLUSTER_LOAD"):
        await run(*shlex.split(given), *images)
    elif context.startswith("kind-"):
        await run("kind", "load", "docker-image", "--name", context.removeprefix("kind-"), *images)


async def load_standing() -> None:
    """PostgreSQL's and Kafka's, by the names the overlay has for them."""
    for variable, name in _STANDING.items():
        if given := os.environ.get(variable):
            await run("docker", "tag", given, name)
    await load(*_STANDING.values())


@dataclass(frozen=True)
class Cluster:
    """`manifests` is a copy of deploy/k8s, so that a version can be written into it."""

    manifests: Path
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, directory: Path) -> "Cluster":
        return cls(Path(shutil.copytree(ROOT / "deploy" / "k8s", directory / "k8s")))

    async def apply(self, version: str) -> str:
        """What the cluster complained of."""
        values = self.manifests / "overlays" / "local" / "each" / "values.env"
        lines = [f"VERSION={version}" if line.startswith("VERSION=") else line for line in values.read_text().splitlines()]
        values.write_text("\n".join(lines) + "\n")
        await kubectl("delete", "job", "--selector", "app.kubernetes.io/component=migrate", "--ignore-not-found")
        _, complaints = await run(
            "kubectl", "apply", "--server-side", "--force-conflicts", "-k", str(self.manifests / "overlays" / "local")
        )
        return complaints

    async def rolled_out(self) -> None:
        for service in SERVICES:
            for kind in KINDS:
                await kubectl("rollout", "status", f"deployment/{service}-{kind}", f"--timeout={_ROLLED_OUT_WITHIN}s")

    async def scale(self, name: str, replicas: int) -> None:
        await kubectl("scale", f"deployment/{name}", f"--replicas={replicas}")
        await wait_until(lambda: self._has(name, replicas), within=180, pause=0.5)

    async def _has(self, name: str, replicas: int) -> bool:
        status: Mapping[str, int] = json.loads(await kubectl("get", f"deployment/{name}", "--output", "json"))["status"]
        return status.get("readyReplicas", 0) == replicas == status.get("replicas", 0)

    async def state(self) -> dict[str, Any]:
        """Addresses inside, and a token of every role."""
        told: dict[str, Any] = json.loads(await kubectl("exec", "deployment/issuer", "--", "cat", "/state/stack.json"))
        return told
