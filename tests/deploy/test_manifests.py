import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from deploy.checks.__main__ import wrong_with
from deploy.checks.combinations import ALL, K8S, MONITORING, combinations, components
from deploy.checks.kustomize import render
from deploy.checks.manifests import Manifest, Pod, of_kind
from deploy.checks.references import made_by_operator, references
from deploy.checks.schemas import FOLDER
from deploy.local.children import ROOT
from shared.migrations.topics import _MOST_BYTES, PARTITIONS
from shared.service import Service
from tests.deploy.rendered import SERVICES, WHOLE, processes, rendered

PROCESSES = ("api", "worker", "relay", "migrate")


@pytest.mark.parametrize("name", WHOLE)
def test_what_goes_to_a_cluster_fits_its_schemas_our_rules_and_itself(name: str) -> None:
    assert list(wrong_with([*rendered(name)], made_by_operator())) == []


@pytest.mark.parametrize("name", WHOLE)
def test_every_service_has_all_its_processes(name: str) -> None:
    made = {(pod.labels["app.kubernetes.io/name"], pod.labels["app.kubernetes.io/component"]) for pod in processes(name)}

    assert made == {(each.name, process) for each in SERVICES for process in PROCESSES}


@pytest.mark.parametrize("name", WHOLE)
def test_every_process_that_serves_is_spared_by_drains_and_replaced_before_it_ends(name: str) -> None:
    budgets = {each["metadata"]["name"] for each in of_kind(rendered(name), "PodDisruptionBudget")}
    serving = [pod for pod in processes(name) if pod.lasting]

    for pod in serving:
        assert pod.owner["metadata"]["name"] in budgets
        assert pod.owner["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
        assert pod.spec["terminationGracePeriodSeconds"] >= 20 + _waits_before_it_is_told(pod)


def _waits_before_it_is_told(pod: Pod) -> int:
    hooks = [each["lifecycle"]["preStop"]["sleep"]["seconds"] for each in pod.containers if "lifecycle" in each]
    return max(hooks, default=0)


def test_how_many_there_are_is_said_once_each() -> None:
    scaled = {(each["kind"], each["spec"]["scaleTargetRef"]["name"]) for each in of_kind(rendered(ALL), *SCALERS)}
    fixed = {each["metadata"]["name"]: each["spec"].get("replicas") for each in of_kind(rendered(ALL), "Deployment")}

    assert scaled == {pair for each in SERVICES for pair in zip(SCALERS, (f"{each.name}-api", f"{each.name}-worker"), strict=True)}
    assert {name: count for name, count in fixed.items() if count} == {f"{each.name}-relay": 2 for each in SERVICES}


SCALERS = ("HorizontalPodAutoscaler", "ScaledObject")


def test_production_contains_no_secret() -> None:
    assert of_kind(rendered("production"), "Secret") == []
    assert of_kind(rendered(ALL), "Secret") == []


def test_an_operator_is_asked_for_nothing_that_is_not_used() -> None:
    used = {(each.kind, each.name) for pod in processes(ALL) for each in references(pod)}
    certificates = {("Secret", tls["secretName"]) for each in of_kind(rendered(ALL), "Ingress") for tls in each["spec"]["tls"]}

    assert {(each["kind"], each["metadata"]["name"]) for each in made_by_operator()} <= used | certificates


def test_passwords_are_the_services_own() -> None:
    for pod in processes("production"):
        own = pod.labels["app.kubernetes.io/name"]
        for secret in (each for each in references(pod) if each.kind == "Secret"):
            assert secret.name.startswith(own) or (pod.owner["kind"] == "Job" and secret.name == "database-admin")


@pytest.mark.parametrize("each", SERVICES, ids=lambda each: each.name)
def test_a_services_kafka_user_may_do_what_its_code_does_and_nothing_else(each: Service) -> None:
    user = next(one for one in of_kind(rendered(ALL), "KafkaUser") if one["metadata"]["name"] == f"{each.name}-kafka")

    rights = {(rule["resource"]["type"], rule["resource"]["name"], one) for rule in _rules(user) for one in rule["operations"]}

    heard = {("topic", topic, "Read") for topic in each.topics_heard}
    said = {("topic", topic, "Write") for topic in each.topics_said}
    assert rights == heard | said | {("group", each.name, "Read")}


def _rules(user: Manifest) -> list[Manifest]:
    rules: list[Manifest] = user["spec"]["authorization"]["acls"]
    assert all("patternType" not in each["resource"] for each in rules)
    return rules


def test_strimzi_makes_the_topics_as_a_migration_would() -> None:
    made = {each["metadata"]["name"]: each["spec"] for each in of_kind(rendered(ALL), "KafkaTopic")}

    assert set(made) == {topic for each in SERVICES for topic in (*each.topics_heard, *each.topics_said)}
    for spec in made.values():
        assert spec["partitions"] == PARTITIONS
        assert str(spec["config"]["max.message.bytes"]) == _MOST_BYTES["max.message.bytes"]


def test_cloudnativepg_makes_a_login_for_each_service() -> None:
    (cluster,) = of_kind(rendered(ALL), "Cluster")

    logins = {role["name"]: role["passwordSecret"]["name"] for role in cluster["spec"]["managed"]["roles"]}

    assert logins == {each.name: f"{each.name}-database" for each in SERVICES}


def test_another_version_has_other_migrations(tmp_path: Path) -> None:
    shutil.copytree(MONITORING, tmp_path / "monitoring")
    shutil.copytree(K8S, tmp_path / "k8s")
    values = tmp_path / "k8s" / "overlays" / "production" / "each" / "values.env"
    values.write_text(re.sub(r"(?m)^VERSION=.*", "VERSION=1.4.0", values.read_text()))

    jobs = of_kind(render(tmp_path / "k8s" / "overlays" / "production"), "Job")

    assert {job["metadata"]["name"] for job in jobs} == {f"{each.name}-migrate-1.4.0" for each in SERVICES}
    assert {job["spec"]["template"]["spec"]["containers"][0]["image"] for job in jobs} == {"registry.example.com/kefu:1.4.0"}


def test_an_alert_leads_to_the_runbooks_of_the_overlay() -> None:
    (rule,) = of_kind(rendered("production"), "PrometheusRule")
    alerts = [each for group in rule["spec"]["groups"] for each in group["rules"] if "alert" in each]

    for alert in alerts:
        assert alert["annotations"]["runbook_url"] == f"https://wiki.example.com/kefu/docs/runbooks.md#{alert['alert'].lower()}"


def test_no_manifest_stands_twice() -> None:
    every = Counter(json.dumps(document, sort_keys=True) for file in K8S.rglob("*.yaml") for document in _documents(file))

    assert {text: times for text, times in every.items() if times > 1} == {}


def _documents(file: Path) -> Iterator[object]:
    return (each for each in yaml.safe_load_all(file.read_text()) if each)


FIFTH = {
    "services/billing/kustomization.yaml": """\
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
components: [../../base/named]
configMapGenerator: [{name: service, literals: [SERVICE=billing]}]
namePrefix: billing-
labels: [{pairs: {app.kubernetes.io/name: billing}, includeSelectors: true}]
patches:
  - target: {kind: KafkaUser}
    patch: |
      - {op: add, path: /spec/authorization/acls/-, value: {resource: {type: topic, name: orders}, operations: [Read]}}
      - {op: add, path: /spec/authorization/acls/-, value: {resource: {type: topic, name: cases}, operations: [Read]}}
      - {op: add, path: /spec/authorization/acls/-, value: {resource: {type: topic, name: rewards}, operations: [Write]}}
      - {op: add, path: /spec/authorization/acls/-, value: {resource: {type: topic, name: invoices}, operations: [Write]}}
""",
    "overlays/production/billing/kustomization.yaml": """\
resources: [../each]
components: [../../../services/billing]
""",
    "overlays/local/billing/kustomization.yaml": """\
resources: [../each]
components: [../../../services/billing]
patches:
  - target: {kind: Service}
    patch: |
      - {op: add, path: /spec/ports/-, value: {name: outside, port: 8005, targetPort: http, nodePort: 30805}}
""",
    "overlays/production/secrets.example.yaml": """\
---
{apiVersion: v1, kind: Secret, metadata: {name: billing-database, namespace: kefu}, stringData: {username: billing, password: ""}}
---
{apiVersion: v1, kind: Secret, metadata: {name: billing-kafka, namespace: kefu}, stringData: {password: ""}}
""",
    "components/per-namespace/kafka-topics/topics.yaml": """\
---
{apiVersion: kafka.strimzi.io/v1, kind: KafkaTopic, metadata: {name: invoices}}
""",
}
LISTED = {
    "overlays/production/kustomization.yaml": ("aftersales, survey]", "aftersales, survey, billing]"),
    "overlays/local/kustomization.yaml": ("aftersales, survey,", "aftersales, survey, billing,"),
    "components/per-namespace/cloudnativepg/cluster.yaml": (
        "roles:\n",
        "roles:\n      - {name: billing, login: true, inherit: false, passwordSecret: {name: billing-database}}\n",
    ),
}


def test_a_fifth_service_needs_at_most_thirty_lines(tmp_path: Path) -> None:
    k8s = tmp_path / "k8s"
    shutil.copytree(MONITORING, tmp_path / "monitoring")
    shutil.copytree(K8S, k8s)
    for name, lines in FIFTH.items():
        (k8s / name).parent.mkdir(exist_ok=True)
        with (k8s / name).open("a") as file:
            file.write(lines)
    for name, (before, after) in LISTED.items():
        assert before in (k8s / name).read_text()
        (k8s / name).write_text((k8s / name).read_text().replace(before, after))

    with combinations(k8s) as folders:
        manifests = {name: render(folders[name]) for name in WHOLE}

    assert sum(lines.count("\n") for lines in FIFTH.values()) + len(LISTED) <= 30
    for each in manifests.values():
        assert list(wrong_with(each, made_by_operator(k8s))) == []
        assert "billing-worker" in {one["metadata"]["name"] for one in of_kind(each, "Deployment")}


@pytest.mark.parametrize("each", SERVICES, ids=lambda each: each.name)
def test_what_differs_of_a_service_fits_in_thirty_lines(each: Service) -> None:
    files = [file for file in (K8S / "services" / each.name).rglob("*") if file.is_file()]

    assert sum(len(file.read_text().splitlines()) for file in files) <= 30


def test_the_document_names_the_versions_that_are_checked() -> None:
    document = (ROOT / "docs" / "kubernetes.md").read_text()

    sources = [json.loads(file.read_text())["$comment"] for file in FOLDER.glob("*.json")]

    assert [source for source in sources if source.rsplit(" v", 1)[-1].rsplit(" ", 1)[-1] not in document] == []


def test_the_document_names_every_component() -> None:
    document = (ROOT / "docs" / "kubernetes.md").read_text()

    assert [name for name in components() if f"| `{name.split('/', 1)[1]}` |" not in document] == []
