"""What kustomize renders, and the questions that every check asks of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Manifest = dict[str, Any]
_WITH_PODS = ("Deployment", "StatefulSet", "Job")


@dataclass(frozen=True, slots=True)
class Pod:
    """The pods one manifest makes."""

    owner: Manifest
    labels: Mapping[str, str]
    spec: Manifest

    @property
    def lasting(self) -> bool:
        """Runs until it is told to stop."""
        return bool(self.owner["kind"] != "Job")

    @property
    def containers(self) -> Sequence[Manifest]:
        return [*self.spec.get("initContainers", ()), *self.spec["containers"]]

    def ports(self) -> dict[str, int]:
        return {port["name"]: port["containerPort"] for each in self.containers for port in each.get("ports", ())}

    def __str__(self) -> str:
        return title(self.owner)


def title(manifest: Manifest) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def of_kind(manifests: Iterable[Manifest], *kinds: str) -> list[Manifest]:
    return [each for each in manifests if each["kind"] in kinds]


def named(manifests: Iterable[Manifest], kind: str, name: str) -> Manifest | None:
    return next((each for each in of_kind(manifests, kind) if each["metadata"]["name"] == name), None)


def pods(manifests: Iterable[Manifest]) -> list[Pod]:
    return list(_pods(manifests))


def _pods(manifests: Iterable[Manifest]) -> Iterator[Pod]:
    for owner in of_kind(manifests, *_WITH_PODS):
        template = owner["spec"]["template"]
        yield Pod(owner, template["metadata"]["labels"], template["spec"])


def selects(selector: Manifest, labels: Mapping[str, str]) -> bool:
    """A label selector with `matchLabels`, `matchExpressions` of In, or nothing, which is everybody."""
    equal = selector.get("matchLabels", {}).items() <= labels.items()
    return equal and all(labels.get(each["key"]) in each["values"] for each in selector.get("matchExpressions", ()))
