"""One customer's way through all four services, from her question to the survey that opens the next case, as real processes."""

import json
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from deploy.local.children import spawn
from deploy.local.issuer import Issuer
from shared.settings import Settings
from tests.databases import Databases
from tests.identity import running_issuer
from tests.journeys.test_schemas_apart import SERVICES
from tests.running import ServiceProcess, ServiceProcesses, ServiceSettings
from tests.support import wait_until

pytestmark = pytest.mark.timeout(240)


@dataclass
class FourServices:
    """Each an api, and a worker with the relay in it."""

    directory: Path
    settings: dict[str, Settings]
    processes: ServiceProcesses
    workers: dict[str, ServiceProcess]

    def work(self, name: str) -> None:
        self.workers[name] = self.processes.start(f"services.{name}", "worker", "--all", settings=self.settings[name])

    async def answer(self) -> None:
        async def ready() -> bool:
            addresses = [f"http://127.0.0.1:{each.port}/healthz/ready" for each in self.settings.values()]
            addresses += [f"http://127.0.0.1:{each.health_port}/healthz/ready" for each in self.settings.values()]
            try:
                return all([(await client.get(address)).is_success for address in addresses])
            except httpx.TransportError:
                return False

        async with httpx.AsyncClient() as client:
            await wait_until(ready, within=90, pause=0.2)


@pytest.fixture
def issuer(tmp_path: Path) -> Iterator[Issuer]:
    with running_issuer(tmp_path / "issuer") as issuer:
        yield issuer


@pytest_asyncio.fixture
async def four_services(
    tmp_path: Path, issuer: Issuer, databases: Databases, service_settings: ServiceSettings, processes: ServiceProcesses
) -> AsyncIterator[FourServices]:
    admin = await databases.create("kefu")
    settings = {}
    for each in SERVICES:
        # a worker that is started again has its place in the group at once
        place = f"{each.name}-1"
        settings[each.name] = await service_settings(each, admin_url=admin, oidc_issuer=issuer.url, kafka_group_instance_id=place)
    running = FourServices(tmp_path, settings, processes, {})
    for name, known in settings.items():
        processes.start(f"services.{name}", "api", settings=known)
        running.work(name)
    await running.answer()
    told = {
        "kafka": settings["orders"].kafka_bootstrap_servers,
        "services": {name: f"http://127.0.0.1:{known.port}" for name, known in settings.items()},
        "tokens": {
            role: issuer.mint(f"{role}-1", role, [role], ["*"], timedelta(hours=1)) for role in ("agent", "supervisor", "finance", "admin")
        },
    }
    (tmp_path / "stack.json").write_text(json.dumps(told))
    yield running


@pytest.mark.parametrize("kills", [False, True], ids=["undisturbed", "every worker killed once"])
async def test_a_question_leads_to_an_order_a_refund_and_a_survey_that_opens_the_next_case(
    four_services: FourServices, *, kills: bool
) -> None:
    story = tell(four_services)

    for name in random.sample(sorted(four_services.workers), 4) if kills else ():
        await four_services.workers[name].kill()
        four_services.work(name)
        await four_services.answer()
    await wait_until(lambda: story.poll() is not None, within=120, pause=0.2)

    told = (four_services.directory / "story.log").read_text()
    assert story.returncode == 0, told
    assert told.index("refund-requested") < told.index("refund-settled") < told.index("refund-closed") < told.index("survey-completed")


def tell(services: FourServices) -> subprocess.Popen[bytes]:
    prefix = services.settings["orders"].kafka_topic_prefix
    environment = os.environ | {"KEFU_STATE": str(services.directory), "KAFKA_TOPIC_PREFIX": prefix}
    return spawn([sys.executable, "-m", "deploy.local.story"], log=services.directory / "story.log", env=environment)
