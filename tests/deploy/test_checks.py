"""That each check sees what it is there for: one fact of a sound overlay is changed."""

from copy import deepcopy
from typing import Any

import pytest

from deploy.checks.__main__ import wrong_with
from deploy.checks.manifests import Manifest, title
from deploy.checks.references import made_by_operator
from tests.deploy.rendered import rendered

GONE = object()
API = "Deployment orders-api"
POD = "spec.template.spec"
KEFU = f"{POD}.containers.0"

CHANGES = [
    # shapes
    (API, "spec.replica", 2, "Additional properties are not allowed ('replica' was unexpected)"),
    (API, f"{KEFU}.resources.limits.memory", [], "[] is not valid"),
    ("KafkaUser orders-kafka", "spec.authorization.acls.0.operations", ["Reed"], "'Reed' is not one of"),
    ("KafkaUser orders-kafka", "spec.authorization.acls.0.resource.topic", "orders", "is not valid under any of the given schemas"),
    ("KafkaTopic orders", "spec.partitions", "6", "'6' is not of type 'integer'"),
    ("ScaledObject orders-worker", "spec.maxReplicas", 3, "'maxReplicas' was unexpected"),
    ("Cluster kefu-postgres", "spec.managed.roles.0.passwd", "x", "'passwd' was unexpected"),
    ("HTTPRoute orders-api", "spec.rules.0.backend", [], "'backend' was unexpected"),
    ("PodMonitor kefu", "spec.podMetricsEndpoints.0.every", "15s", "'every' was unexpected"),
    (API, "apiVersion", "apps/v2", "there is no schema of apps/v2"),
    # rules
    (API, f"{KEFU}.image", "kefu", "image kefu names no version"),
    (API, f"{KEFU}.image", "kefu:latest", "image kefu:latest names no version"),
    (API, f"{KEFU}.resources.limits.memory", GONE, "no memory in limits"),
    (API, f"{KEFU}.resources.requests.cpu", GONE, "no cpu in requests"),
    (API, f"{POD}.securityContext.runAsNonRoot", GONE, "may run as root"),
    (API, f"{POD}.securityContext.runAsUser", 0, "may run as root"),
    (API, f"{POD}.securityContext.seccompProfile", GONE, "runs without seccomp profile"),
    (API, f"{POD}.hostNetwork", True, "has hostNetwork"),
    (API, f"{POD}.automountServiceAccountToken", GONE, "has a token for the Kubernetes API"),
    (API, f"{POD}.volumes.0", {"name": "etc", "hostPath": {"path": "/etc"}}, "mounts a folder of the node: etc"),
    (API, f"{POD}.enableServiceLinks", GONE, "gets every Service's address as environment"),
    (API, f"{POD}.topologySpreadConstraints.0.matchLabelKeys", ["app.kubernetes.io/name"], "spreads by app.kubernetes.io/name twice"),
    (API, f"{KEFU}.securityContext.readOnlyRootFilesystem", False, "may write to its root"),
    (API, f"{KEFU}.securityContext.allowPrivilegeEscalation", GONE, "may gain privileges"),
    (API, f"{KEFU}.securityContext.privileged", True, "is privileged"),
    (API, f"{KEFU}.securityContext.capabilities", {"drop": ["ALL"], "add": ["NET_RAW"]}, "keeps capabilities"),
    (API, f"{KEFU}.startupProbe", GONE, "no startupProbe"),
    (API, f"{KEFU}.livenessProbe", GONE, "no livenessProbe"),
    (API, "metadata.name", "Orders_Api", "no name for Kubernetes"),
    ("NetworkPolicy to-kafka", "spec.egress.0.ports", GONE, "opens all ports, or to everybody"),
    ("NetworkPolicy to-kafka", "spec.egress.0.to", [], "opens all ports, or to everybody"),
    ("NetworkPolicy to-kafka", "spec.egress.0.to.0.ipBlock.cidr", "10.0.0.1/8", "10.0.0.1/8 is no network"),
    # references
    (API, f"{KEFU}.env.2.valueFrom", {"secretKeyRef": {"name": "other", "key": "a"}}, "there is no Secret other, key a"),
    (API, f"{KEFU}.env.2.valueFrom", {"secretKeyRef": {"name": "orders-kafka", "key": "user"}}, "no Secret orders-kafka, key user"),
    (API, f"{KEFU}.envFrom.0.configMapRef.name", "kefu", "there is no ConfigMap kefu"),
    (API, f"{POD}.volumes.0.configMap.name", "nobody", "there is no ConfigMap nobody"),
    (API, f"{POD}.serviceAccountName", "default", "there is no ServiceAccount default"),
    (API, "spec.selector.matchLabels.x", "y", "does not know its own pods"),
    (API, f"{KEFU}.readinessProbe.httpGet.port", "health", "readinessProbe asks a port that is not there: health"),
    (API, "spec.replicas", 2, "Deployment orders-api says itself how many it is"),
    ("Service orders-api", "spec.selector.x", "y", "there is no such pod"),
    ("Service orders-api", "spec.ports.0.targetPort", "web", "has no port web"),
    ("PodDisruptionBudget orders-api", "spec.selector.matchLabels.x", "y", "there is no such pod"),
    ("HorizontalPodAutoscaler orders-api", "spec.scaleTargetRef.name", "api", "there is no Deployment api"),
    ("ScaledObject orders-worker", "spec.triggers.0.metadata.consumerGroupFromEnv", "GROUP", "no variable GROUP"),
    ("ScaledObject orders-worker", "spec.triggers.0.authenticationRef.name", "kafka", "no login kafka"),
    ("TriggerAuthentication orders-kafka", "spec.env.0.name", "USER", "no variable USER"),
    ("Ingress orders-api", "spec.rules.0.http.paths.0.backend.service.name", "api", "there is no Service api with a port http"),
    ("HTTPRoute orders-api", "spec.rules.0.backendRefs.0.port", 8080, "there is no Service orders-api with a port 8080"),
    # openings
    ("NetworkPolicy default-deny", "spec.policyTypes", ["Ingress"], "no policy denies what the others do not allow"),
    ("NetworkPolicy to-kafka", "spec.podSelector.matchLabels.x", "y", "is for nobody"),
    ("NetworkPolicy to-kafka", "spec.policyTypes", ["Ingress"], "is for ['Ingress'] and has ['Egress']"),
    ("NetworkPolicy from-entry", "spec.ingress.0.ports.0.port", "web", "ingress to a port where not all listen: web"),
    ("NetworkPolicy to-postgres", "spec.egress.0.to.0.podSelector.matchLabels", {"a": "b"}, "egress for nobody"),
    ("NetworkPolicy to-postgres", "spec.egress", [], "Cluster kefu-postgres:5432 lets in Deployment orders-api, which may not go there"),
    ("NetworkPolicy postgres", "spec.ingress.0.ports.0.port", 8000, "may go to Cluster kefu-postgres:5432, which does not let it in"),
]


@pytest.mark.parametrize(("whose", "path", "value", "complaint"), CHANGES, ids=[f"{each[0]} {each[1]} {each[3]}" for each in CHANGES])
def test_a_single_fault_is_told(whose: str, path: str, value: object, complaint: str) -> None:
    manifests = deepcopy([*rendered("all components")])

    _change(manifests, whose, path, value)

    assert any(complaint in each for each in wrong_with(manifests, made_by_operator()))


def _change(manifests: list[Manifest], whose: str, path: str, value: object) -> None:
    *way, last = path.split(".")
    place: Any = next(each for each in manifests if title(each) == whose)
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    if value is GONE:
        del place[last]
    else:
        place[int(last) if last.isdigit() else last] = value
