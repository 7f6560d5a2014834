"""The manifests as they go to a cluster, rendered once a run."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module

from deploy.checks.combinations import combinations
from deploy.checks.kustomize import render
from deploy.checks.manifests import Manifest, Pod, pods
from deploy.local.children import ROOT
from shared.service import Service

WHOLE = ("production", "local", "all components")


@cache
def rendered(name: str) -> tuple[Manifest, ...]:
    """Of an overlay, or of the production overlay with all components. Not to be changed."""
    with combinations() as folders:
        return tuple(render(folders[name]))


def processes(name: str) -> Iterator[Pod]:
    """Kefu's own, the migrations too."""
    return (pod for pod in pods(rendered(name)) if pod.labels.get("app.kubernetes.io/part-of") == "kefu")


def service(name: str) -> Service:
    found: Service = import_module(f"services.{name}.service").service
    return found


SERVICES = [service(path.parent.name) for path in sorted((ROOT / "services").glob("*/service.py"))]
