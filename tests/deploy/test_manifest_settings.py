"""What the processes read in a cluster: every setting they need is there, and nothing is there that nobody reads."""

import re
from collections.abc import Mapping

import certifi
import pytest
import yaml

from deploy.checks.combinations import K8S
from deploy.checks.manifests import Manifest, Pod, of_kind
from shared.processes import _NEEDED
from shared.settings import Settings, read
from tests.deploy.rendered import WHOLE, processes, rendered, service

AUTHORITIES = "/etc/authorities/ca.crt"


@pytest.mark.parametrize("name", WHOLE)
def test_every_process_finds_the_settings_it_needs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for pod in processes(name):
        environment = _environment(pod, rendered(name))
        _only({variable: _as_mounted(value, pod) for variable, value in environment.items()}, monkeypatch)

        module, process = (_expanded(argument, environment) for argument in pod.containers[0]["args"])
        its = service(pod.labels["app.kubernetes.io/name"])
        settings = read(its.settings, *_NEEDED[process], *(its.needs if process in ("api", "worker") else ()))

        assert module == f"services.{its.name}"
        assert settings.login.username == its.name
        assert its.name in settings.public_url
        assert settings.health_port == pod.ports().get("http", settings.health_port)
        assert settings.port == pod.ports().get("http") or process != "api"


def _as_mounted(value: str, pod: Pod) -> str:
    """A file of the pod is here another of its kind."""
    mounted = [each["mountPath"] for each in pod.containers[0].get("volumeMounts", [])]
    assert AUTHORITIES not in value or "/etc/authorities" in mounted
    return value.replace(AUTHORITIES, certifi.where())


def _environment(pod: Pod, manifests: tuple[Manifest, ...]) -> dict[str, str]:
    """As the kubelet makes it: a variable knows those before it, and none of envFrom."""
    maps = {each["metadata"]["name"]: each["data"] for each in of_kind(manifests, "ConfigMap")}
    container = pod.containers[0]
    whole = {name: value for source in container["envFrom"] for name, value in maps[source["configMapRef"]["name"]].items()}
    listed: dict[str, str] = {}
    for variable in container["env"]:
        source = variable.get("valueFrom", {})
        if "secretKeyRef" in source:
            listed[variable["name"]] = "a-secret-that-has-its-thirty-two-characters"
        elif "configMapKeyRef" in source:
            listed[variable["name"]] = maps[source["configMapKeyRef"]["name"]][source["configMapKeyRef"]["key"]]
        else:
            listed[variable["name"]] = _expanded(variable["value"], listed)
    return whole | listed


def _expanded(text: str, known: Mapping[str, str]) -> str:
    return re.sub(r"\$\((\w+)\)", lambda found: known.get(found[1], found[0]), text)


def _only(environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("overlay", ["production", "local"])
def test_every_value_is_a_setting_or_goes_somewhere(overlay: str) -> None:
    lines = (K8S / "overlays" / overlay / "each" / "values.env").read_text().splitlines()
    values = {line.split("=", 1)[0] for line in lines if line and not line.startswith("#")}
    settings = {name.upper() for name in Settings.model_fields}
    placed = {
        source["fieldPath"].removeprefix("data.")
        for file in K8S.rglob("kustomization.yaml")
        for source in (each["source"] for each in yaml.safe_load(file.read_text()).get("replacements", ()))
    }

    assert values <= settings | placed | {"DATABASE"}
