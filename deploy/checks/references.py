"""Whether everything that a manifest names is there: in the same overlay, or among what its operator makes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from deploy.checks.combinations import K8S
from deploy.checks.manifests import Manifest, Pod, named, pods, selects, title


@dataclass(frozen=True, slots=True)
class Reference:
    kind: str
    name: str
    key: str | None = None

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" + (f", key {self.key}" if self.key else "")


def loose_ends(manifests: list[Manifest], by_operator: list[Manifest]) -> Iterator[str]:
    there = [*manifests, *by_operator]
    for pod in pods(manifests):
        yield from (f"{pod}: there is no {each}" for each in sorted(references(pod), key=str) if not _is_there(each, there))
    for manifest in manifests:
        yield from (f"{title(manifest)}: {wrong}" for wrong in _loose_ends_of(manifest, manifests))


def made_by_operator(k8s: Path = K8S) -> list[Manifest]:
    """The Secrets, and the ConfigMap, that an overlay refers to and does not contain."""
    return list(yaml.safe_load_all((k8s / "overlays" / "production" / "secrets.example.yaml").read_text()))


def references(pod: Pod) -> set[Reference]:
    """What must be there before the pod can start."""
    return {*_of_environment(pod), *_of_volumes(pod), *_of_account(pod)}


def _of_environment(pod: Pod) -> Iterator[Reference]:
    for container in pod.containers:
        for source in container.get("envFrom", ()):
            yield Reference("ConfigMap", source["configMapRef"]["name"])
        for variable in container.get("env", ()):
            for field, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
                if chosen := variable.get("valueFrom", {}).get(field):
                    yield Reference(kind, chosen["name"], chosen["key"])


def _of_volumes(pod: Pod) -> Iterator[Reference]:
    for volume in pod.spec.get("volumes", ()):
        if "configMap" in volume:
            yield Reference("ConfigMap", volume["configMap"]["name"])
        elif "secret" in volume:
            yield Reference("Secret", volume["secret"]["secretName"])
        elif "persistentVolumeClaim" in volume:
            yield Reference("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"])


def _of_account(pod: Pod) -> Iterator[Reference]:
    if "serviceAccountName" in pod.spec:
        yield Reference("ServiceAccount", pod.spec["serviceAccountName"])


def _is_there(reference: Reference, there: list[Manifest]) -> bool:
    found = named(there, reference.kind, reference.name)
    return found is not None and (reference.key is None or reference.key in {**found.get("data", {}), **found.get("stringData", {})})


def _loose_ends_of(manifest: Manifest, manifests: list[Manifest]) -> Iterator[str]:
    check = _OF_KIND.get(manifest["kind"])
    return check(manifest["spec"], manifests) if check else iter(())


def _of_service(spec: Manifest, manifests: list[Manifest]) -> Iterator[str]:
    chosen = [pod for pod in pods(manifests) if spec["selector"].items() <= pod.labels.items()]
    if not chosen:
        yield "there is no such pod"
    for port in spec["ports"]:
        yield from (f"{pod} has no port {port['targetPort']}" for pod in chosen if port["targetPort"] not in pod.ports())


def _of_selector(spec: Manifest, manifests: list[Manifest]) -> Iterator[str]:
    if not any(selects(spec["selector"], pod.labels) for pod in pods(manifests)):
        yield "there is no such pod"


def _of_ingress(spec: Manifest, manifests: list[Manifest]) -> Iterator[str]:
    for path in (path for rule in spec["rules"] for path in rule["http"]["paths"]):
        backend = path["backend"]["service"]
        yield from _of_backend(backend["name"], "name", backend["port"]["name"], manifests)


def _of_route(spec: Manifest, manifests: list[Manifest]) -> Iterator[str]:
    for backend in (each for rule in spec["rules"] for each in rule["backendRefs"]):
        yield from _of_backend(backend["name"], "port", backend["port"], manifests)


def _of_backend(name: str, field: str, port: object, manifests: list[Manifest]) -> Iterator[str]:
    service = named(manifests, "Service", name)
    if service is None or port not in [each[field] for each in service["spec"]["ports"]]:
        yield f"there is no Service {name} with a port {port}"


def _of_autoscaler(spec: Manifest, manifests: list[Manifest]) -> Iterator[str]:
    target = named(manifests, "Deployment", spec["scaleTargetRef"]["name"])
    if target is None:
        yield f"there is no Deployment {spec['scaleTargetRef']['name']}"
    elif "replicas" in target["spec"]:
        yield f"{title(target)} says itself how many it is"


def _of_scaled_object(spec: Manifest, manifests: list[Manifest]) -> Iterator[str]:
    yield from _of_autoscaler(spec, manifests)
    target = named(manifests, "Deployment", spec["scaleTargetRef"]["name"])
    environment = _environment(target, manifests) if target else set()
    for trigger in spec["triggers"]:
        asked = {name for field, name in trigger["metadata"].items() if field.endswith("FromEnv")}
        login = named(manifests, "TriggerAuthentication", trigger["authenticationRef"]["name"])
        if login is None:
            yield f"no login {trigger['authenticationRef']['name']}"
        else:
            asked |= {each["name"] for each in login["spec"]["env"]}
        yield from (f"no variable {name}" for name in sorted(asked - environment))


def _environment(manifest: Manifest, manifests: list[Manifest]) -> set[str]:
    containers = manifest["spec"]["template"]["spec"]["containers"]
    maps = [named(manifests, "ConfigMap", source["configMapRef"]["name"]) for each in containers for source in each.get("envFrom", ())]
    named_here = {variable["name"] for each in containers for variable in each.get("env", ())}
    return named_here | {name for each in maps if each for name in each["data"]}


def _of_pods(spec: Manifest, _manifests: list[Manifest]) -> Iterator[str]:
    template = spec["template"]
    if not selects(spec["selector"], template["metadata"]["labels"]):
        yield "does not know its own pods"
    for container in template["spec"]["containers"]:
        ports = {port["name"] for port in container.get("ports", ())}
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            asked = container.get(probe, {}).get("httpGet") or container.get(probe, {}).get("tcpSocket")
            if asked and asked["port"] not in ports:
                yield f"{probe} asks a port that is not there: {asked['port']}"


_OF_KIND: dict[str, Callable[[Manifest, list[Manifest]], Iterator[str]]] = {
    "Deployment": _of_pods,
    "StatefulSet": _of_pods,
    "Service": _of_service,
    "PodDisruptionBudget": _of_selector,
    "PodMonitor": _of_selector,
    "Ingress": _of_ingress,
    "HTTPRoute": _of_route,
    "HorizontalPodAutoscaler": _of_autoscaler,
    "ScaledObject": _of_scaled_object,
}
