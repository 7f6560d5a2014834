"""Every overlay, and the production overlay with each of the components alone and with all of them."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from deploy.local.children import ROOT

K8S = ROOT / "deploy" / "k8s"
MONITORING = ROOT / "deploy" / "monitoring"
OVERLAYS = ("production", "local")
ALL = "all components"
_COMPONENTS = Path("components")
# what a component is no use without
_NEEDS = {
    "per-service/keda": ["per-service/kafka-login"],
    "per-service/kafka-user": ["per-service/kafka-login"],
    "per-namespace/network-policies/to-cloudnativepg": ["per-namespace/cloudnativepg"],
}
_OPENINGS = "per-namespace/network-policies/"
_DENY = f"{_OPENINGS}deny"


def components(k8s: Path = K8S) -> list[str]:
    """Their folders' names under components/."""
    folder = k8s / _COMPONENTS
    return sorted(str(file.parent.relative_to(folder)) for file in folder.rglob("kustomization.yaml"))


@contextmanager
def combinations(k8s: Path = K8S) -> Iterator[dict[str, Path]]:
    """Folders to render, by what is in them."""
    with TemporaryDirectory() as temporary:
        chosen = {component: [component, *_needs(component)] for component in components(k8s)}
        chosen |= {"no component": [], ALL: components(k8s)}
        combined = {name: _combined(k8s, Path(temporary) / str(number), parts) for number, (name, parts) in enumerate(chosen.items())}
        yield {name: k8s / "overlays" / name for name in OVERLAYS} | combined


def _needs(component: str) -> list[str]:
    opening = [_DENY] if component.startswith(_OPENINGS) and component != _DENY else []
    return [*_NEEDS.get(component, []), *opening]


def _combined(k8s: Path, folder: Path, parts: Sequence[str]) -> Path:
    shutil.copytree(k8s, folder / "deploy" / "k8s")
    shutil.copytree(MONITORING, folder / "deploy" / "monitoring")
    production = folder / "deploy" / "k8s" / "overlays" / "production"
    _choose(production / "each", [part for part in parts if part.startswith("per-service/")], "../../..")
    _choose(production, [part for part in parts if part.startswith("per-namespace/")], "../..")
    return production


def _choose(folder: Path, parts: Sequence[str], up: str) -> None:
    file = folder / "kustomization.yaml"
    kustomization = yaml.safe_load(file.read_text())
    kustomization["components"] = [f"{up}/{_COMPONENTS}/{part}" for part in parts]
    file.write_text(yaml.safe_dump(kustomization))
