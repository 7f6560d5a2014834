"""Whether network policies leave nobody out, open nothing that nobody needs, and let in whom they let out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from deploy.checks.manifests import Manifest, of_kind, pods, selects, title

# what an operator's pods listen on
_POSTGRES = {"postgres": 5432, "status": 8000}


@dataclass(frozen=True, slots=True)
class Member:
    """Who takes part: its labels, and where it listens."""

    name: str
    labels: Mapping[str, str]
    ports: Mapping[str, int]

    def port(self, asked: str | int) -> int | None:
        number = self.ports.get(asked) if isinstance(asked, str) else asked
        return number if number in self.ports.values() else None


@dataclass(frozen=True, slots=True)
class Opening:
    """One way between two members, as one side's policy has it."""

    source: str
    target: str
    port: int


def openings(manifests: list[Manifest]) -> Iterator[str]:
    """Nothing of an overlay without policies."""
    policies = of_kind(manifests, "NetworkPolicy")
    if not policies:
        return
    if not any(_denies_everything(each["spec"]) for each in policies):
        yield "no policy denies what the others do not allow"
    members = _members(manifests)
    for policy in policies:
        yield from (f"{title(policy)}: {wrong}" for wrong in _unused(policy["spec"], members))
    leaving = {way for policy in policies for way in _ways(policy["spec"], members, "egress", "to")}
    entering = {way for policy in policies for way in _ways(policy["spec"], members, "ingress", "from")}
    yield from (f"{way.source} may go to {way.target}:{way.port}, which does not let it in" for way in leaving - entering)
    yield from (f"{way.target}:{way.port} lets in {way.source}, which may not go there" for way in entering - leaving)


def _members(manifests: list[Manifest]) -> list[Member]:
    own = [Member(str(pod), pod.labels, pod.ports()) for pod in pods(manifests)]
    clusters = [each["metadata"]["name"] for each in of_kind(manifests, "Cluster")]
    return [*own, *(Member(f"Cluster {name}", {"cnpg.io/cluster": name}, _POSTGRES) for name in clusters)]


def _denies_everything(spec: Manifest) -> bool:
    return spec == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def _unused(spec: Manifest, members: list[Member]) -> Iterator[str]:
    chosen = [each for each in members if selects(spec["podSelector"], each.labels)]
    if not chosen:
        yield "is for nobody"
    for direction, side in (("ingress", "from"), ("egress", "to")):
        for rule in spec.get(direction, ()):
            inside = [peer for peer in rule[side] if _is_inside(peer)]
            yield from (f"{direction} for nobody: {peer}" for peer in inside if not _chosen(peer, members))
            listening = chosen if direction == "ingress" else [each for peer in inside for each in _chosen(peer, members)]
            for port in rule["ports"]:
                if listening and not all(each.port(port["port"]) for each in listening):
                    yield f"{direction} to a port where not all listen: {port['port']}"
    declared = {direction.capitalize() for direction in ("ingress", "egress") if direction in spec}
    if declared and declared != set(spec["policyTypes"]):
        yield f"is for {spec['policyTypes']} and has {sorted(declared)}"


def _ways(spec: Manifest, members: list[Member], direction: str, side: str) -> Iterator[Opening]:
    """Those inside the namespace."""
    own = [each for each in members if selects(spec["podSelector"], each.labels)]
    for rule in spec.get(direction, ()):
        others = [each for peer in rule[side] if _is_inside(peer) for each in _chosen(peer, members)]
        sources, targets = (own, others) if direction == "egress" else (others, own)
        for target in targets:
            for number in (target.port(port["port"]) for port in rule["ports"]):
                if number is not None:
                    yield from (Opening(source.name, target.name, number) for source in sources)


def _is_inside(peer: Manifest) -> bool:
    return "podSelector" in peer and "namespaceSelector" not in peer


def _chosen(peer: Manifest, members: list[Member]) -> list[Member]:
    return [each for each in members if selects(peer["podSelector"], each.labels)]
