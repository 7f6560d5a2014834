"""What each process takes in the cluster, and how long it was until it could work."""

from datetime import datetime
from typing import Any

from deploy.local.children import ROOT
from tests.cluster.cluster import KINDS, SERVICES, items, kubectl

REPORT = ROOT / ".local" / "cluster.txt"


async def report() -> None:
    """Memory as the cluster's metrics have it; from a container's start to its readiness."""
    memory = {line.split()[0]: line.split()[2] for line in (await kubectl("top", "pods", "--no-headers")).splitlines()}
    lines = [f"{'process':<20} {'memory':>8} {'ready after':>12}"]
    for service in SERVICES:
        for kind in KINDS:
            for pod in await items("pods", name=service, component=kind):
                name = pod["metadata"]["name"]
                lines.append(f"{service + ' ' + kind:<20} {memory.get(name, '?'):>8} {_ready_after(pod):>10.0f} s")
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text("\n".join(lines) + "\n")


def _ready_after(pod: dict[str, Any]) -> float:
    began = pod["status"]["containerStatuses"][0]["state"]["running"]["startedAt"]
    ready = next(each["lastTransitionTime"] for each in pod["status"]["conditions"] if each["type"] == "Ready")
    return (datetime.fromisoformat(ready) - datetime.fromisoformat(began)).total_seconds()
