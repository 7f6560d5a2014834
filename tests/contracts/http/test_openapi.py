"""Schemathesis over every service's /openapi.json, against its real api process: it keeps what it documents, whatever is sent."""

import asyncio
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from starlette.routing import Match

from deploy.local.issuer import Issuer
from shared.db import Database
from shared.http.app import create_app
from shared.http.guard import GuardedRoute
from shared.service import Service
from shared.settings import Settings
from tests.contracts.http.stored import STORED, Ids
from tests.identity import as_role, running_issuer
from tests.running import Migrated, ServiceProcesses
from tests.shared.installed import services
from tests.support import wait_until

# the same every time; `make fuzz` sends more, and others with every seed
EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "3")
SEED = os.environ.get("FUZZ_SEED")
RULES = Path(__file__).with_name("schemathesis.toml")
SERVICES = {service.name: service for service in services()}
_DONE = re.compile(r'^\w*http_requests_total\{method="(?P<method>\w+)",route="(?P<route>[^"]*)",status="2\d\d"\}', re.MULTILINE)
LONG = 40 * 60


@pytest.fixture(params=sorted(SERVICES))
def service(request: pytest.FixtureRequest) -> Service:
    return SERVICES[request.param]


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    with running_issuer(tmp_path_factory.mktemp("issuer")) as issuer:
        yield issuer


@pytest.mark.timeout(LONG)
async def test_a_service_answers_as_its_openapi_document_says(
    service: Service, migrated: Migrated, clean_database: Database, issuer: Issuer, processes: ServiceProcesses, tmp_path: Path
) -> None:
    ids = await STORED[service.name](clean_database)
    settings = (await migrated.settings(service)).model_copy(update={"oidc_issuer": issuer.url})
    api = processes.start(f"services.{service.name}", "api", settings=settings)
    url = f"http://127.0.0.1:{settings.port}"
    await wait_until(lambda: _answers(url))
    rules = tmp_path / "schemathesis.toml"
    rules.write_text(_rules(ids))

    code, told = await _schemathesis(rules, url, as_role(issuer, "admin", stores=("*",))["Authorization"], tmp_path)
    never = await _never_done(url)
    print(told, "never done:", *sorted(never), sep="\n")

    assert code == 0, f"{told}\n{_errors(api.output)}"
    assert api.is_running
    assert _errors(api.output) == ""


def test_no_path_hides_behind_another(service: Service) -> None:
    settings = Settings(oidc_issuer="http://nowhere", database_url=SecretStr("postgresql://nobody@nowhere/none"))
    routes = [route for route in create_app(service, settings, service.database(settings)).routes if isinstance(route, GuardedRoute)]

    for route in routes:
        for method in route.methods or ():
            scope = {"type": "http", "path": route.path.replace("{store_id}", "demo"), "method": method}
            first = next(each for each in routes if each.matches(dict(scope))[0] is Match.FULL)
            assert first is route, f"{method} {route.path} is answered by {first.path}"


async def _answers(url: str) -> bool:
    async with httpx.AsyncClient() as client:
        try:
            return (await client.get(f"{url}/healthz/ready")).is_success
        except httpx.TransportError:
            return False


async def _never_done(url: str) -> set[str]:
    """Documented operations that were not done once: of these only refusals were seen."""
    async with httpx.AsyncClient(base_url=url) as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
        counted = (await client.get("/metrics")).text
    done = {(found["method"], found["route"]) for found in _DONE.finditer(counted)}
    return {f"{method.upper()} {path}" for path in paths for method in paths[path] if (method.upper(), path) not in done}


def _rules(ids: Ids) -> str:
    """The project's rules, and that ids mostly are those of what is stored, versions the current ones and keys new ones."""
    values = ids | {"path.name": ["order-placed"], "If-Match": ["*", '"1"'], "Idempotency-Key": [f"key-{number}" for number in range(5000)]}
    lines = [f'"{name}" = {{ dictionary = "{name}", probability = 0.8 }}' for name in values]
    words = [f'[dictionaries."{name}"]\nvalues = {json.dumps(known)}' for name, known in values.items()]
    return "\n".join([RULES.read_text(), *lines, *words])


async def _schemathesis(rules: Path, url: str, authorization: str, directory: Path) -> tuple[int, str]:
    arguments = ["--config-file", str(rules), "run", f"{url}/openapi.json", "--max-examples", EXAMPLES]
    arguments += ["--seed", SEED] if SEED else ["--generation-deterministic", "--phases", "examples,coverage,fuzzing"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", *arguments, "--header", f"Authorization: {authorization}", "--no-color"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=directory,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
    )
    told, _ = await process.communicate()
    return process.returncode or 0, told.decode(errors="replace")


def _errors(log: str) -> str:
    return "\n".join(line for line in log.splitlines() if '"level":"error"' in line.replace(" ", ""))
