"""deploy/compose.yaml: every process of every service, with what it needs and nothing it does not."""

from typing import Any

import pytest
import yaml

from deploy.containers.issuer import SERVICES
from deploy.local.children import ROOT
from shared.settings import Settings

KINDS = ("migrate", "api", "worker", "relay")
OURS = [f"{service}-{kind}" for service in SERVICES for kind in KINDS]
OUTSIDERS = ("issuer", "shop", "agents", "finance")
COMPOSED: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())["services"]


def test_every_process_is_there_and_nothing_else_is() -> None:
    assert COMPOSED.keys() == {"postgres", "kafka", *OURS, *OUTSIDERS}
    assert {name for name, each in COMPOSED.items() if each.get("profiles") == ["shop"]} == {*OUTSIDERS} - {"issuer"}


@pytest.mark.parametrize("name", OURS)
def test_a_process_runs_its_command_with_settings_of_its_own_service(name: str) -> None:
    service, kind = name.split("-")
    process = COMPOSED[name]
    given = process["environment"]

    assert process["command"] == [f"services.{service}", kind]
    assert {variable.lower() for variable in given} <= Settings.model_fields.keys()
    assert given["DATABASE_URL"].startswith(f"postgresql://{service}:")
    assert (given["PORT"], given["PUBLIC_URL"]) == (SERVICES[service], f"http://127.0.0.1:{SERVICES[service]}")
    assert ("ADMIN_DATABASE_URL" in given) == (kind == "migrate")


@pytest.mark.parametrize("name", [*OURS, *OUTSIDERS])
def test_a_process_of_ours_can_change_nothing_but_what_it_is_given(name: str) -> None:
    process = COMPOSED[name]

    assert (process["read_only"], process["cap_drop"], process["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])


@pytest.mark.parametrize("name", [name for name in OURS if not name.endswith("migrate")])
def test_a_process_waits_for_its_migration_and_is_looked_at(name: str) -> None:
    service, kind = name.split("-")
    process = COMPOSED[name]
    port = SERVICES[service] if kind == "api" else 8080

    assert process["depends_on"] == {f"{service}-migrate": {"condition": "service_completed_successfully"}}
    assert process["healthcheck"]["test"] == ["CMD", "python", "-m", "shared.looking", f"http://127.0.0.1:{port}/healthz/ready"]
    assert process["stop_grace_period"] == "25s"


def test_only_this_machine_reaches_it() -> None:
    published = [port for each in COMPOSED.values() for port in each.get("ports", [])]

    assert len(published) == len(SERVICES) + 1
    assert all(port.startswith("127.0.0.1:") for port in published)
