"""What every pod here must be, whoever's it is."""

import ipaddress
import re
from collections.abc import Callable, Iterator

from deploy.checks.manifests import Manifest, Pod, of_kind, pods, title

_IMAGE = re.compile(r".+(:(?P<tag>[\w.-]+)|@sha256:[0-9a-f]{64})$")
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_NOBODY_HAS = ("hostNetwork", "hostPID", "hostIPC")


def broken_rules(manifests: list[Manifest]) -> Iterator[str]:
    for pod in pods(manifests):
        yield from (f"{pod}: {wrong}" for rule in _OF_PODS for wrong in rule(pod))
        for container in pod.containers:
            yield from (f"{pod}, {container['name']}: {wrong}" for rule in _OF_CONTAINERS for wrong in rule(pod, container))
    for manifest in manifests:
        if not _NAME.fullmatch(manifest["metadata"]["name"]):
            yield f"{title(manifest)}: no name for Kubernetes"
    for policy in of_kind(manifests, "NetworkPolicy"):
        yield from (f"{title(policy)}: {wrong}" for wrong in _networks(policy["spec"]))


def _is_nobody_special(pod: Pod) -> Iterator[str]:
    context = pod.spec.get("securityContext", {})
    if not context.get("runAsNonRoot") or not context.get("runAsUser"):
        yield "may run as root"
    if context.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield "runs without seccomp profile"
    yield from (f"has {each}" for each in _NOBODY_HAS if pod.spec.get(each))


def _knows_no_token(pod: Pod) -> Iterator[str]:
    if pod.spec.get("automountServiceAccountToken") is not False:
        yield "has a token for the Kubernetes API"


def _keeps_to_itself(pod: Pod) -> Iterator[str]:
    yield from (f"mounts a folder of the node: {each['name']}" for each in pod.spec.get("volumes", ()) if "hostPath" in each)
    if pod.spec.get("enableServiceLinks") is not False:
        yield "gets every Service's address as environment"


def _spreads(pod: Pod) -> Iterator[str]:
    """Kubernetes takes the Deployment of such a pod, and then makes none."""
    for each in pod.spec.get("topologySpreadConstraints", ()):
        for key in set(each.get("matchLabelKeys", ())) & each["labelSelector"]["matchLabels"].keys():
            yield f"spreads by {key} twice"


def _is_of_a_known_version(_pod: Pod, container: Manifest) -> Iterator[str]:
    image = container["image"]
    named = _IMAGE.fullmatch(image)
    if not named or named["tag"] == "latest":
        yield f"image {image} names no version"


def _has_bounds(_pod: Pod, container: Manifest) -> Iterator[str]:
    resources = container.get("resources", {})
    for part in ("requests", "limits"):
        yield from (f"no {kind} in {part}" for kind in ("cpu", "memory") if kind not in resources.get(part, {}))


def _can_do_little(_pod: Pod, container: Manifest) -> Iterator[str]:
    context = container.get("securityContext", {})
    if not context.get("readOnlyRootFilesystem"):
        yield "may write to its root"
    if context.get("allowPrivilegeEscalation") is not False:
        yield "may gain privileges"
    if context.get("privileged"):
        yield "is privileged"
    if context.get("capabilities") != {"drop": ["ALL"]}:
        yield "keeps capabilities"


def _is_asked_how_it_is(pod: Pod, container: Manifest) -> Iterator[str]:
    """If it listens; whoever does not can only end."""
    if pod.lasting and container.get("ports"):
        yield from (f"no {probe}" for probe in ("startupProbe", "readinessProbe", "livenessProbe") if probe not in container)


def _networks(spec: Manifest) -> Iterator[str]:
    for rule in [*spec.get("ingress", ()), *spec.get("egress", ())]:
        if not rule.get("ports") or not (rule.get("from") or rule.get("to")):
            yield "opens all ports, or to everybody"
        for peer in [*rule.get("from", ()), *rule.get("to", ())]:
            if "ipBlock" in peer and not _is_network(peer["ipBlock"]["cidr"]):
                yield f"{peer['ipBlock']['cidr']} is no network"


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


_OF_PODS: tuple[Callable[[Pod], Iterator[str]], ...] = (_is_nobody_special, _knows_no_token, _keeps_to_itself, _spreads)
_OF_CONTAINERS: tuple[Callable[[Pod, Manifest], Iterator[str]], ...] = (
    _is_of_a_known_version,
    _has_bounds,
    _can_do_little,
    _is_asked_how_it_is,
)
