import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import psutil
import pytest
import pytest_asyncio

from deploy.local.children import ROOT, finished, free_port, spawn, stop
from deploy.local.launcher import orphans
from deploy.local.launcher.settings import SERVICES
from tests.databases import Databases
from tests.running import delete_topics, fresh_prefix
from tests.stack import Stack
from tests.support import wait_until


class Launched:
    """A launcher whose state is in a directory of its own, on servers that are there already."""

    def __init__(self, state: Path, admin_url: str, kafka: str) -> None:
        self.state = state
        self.log = state.parent / "output"
        self.base = free_port() - 1
        self.prefix = fresh_prefix()
        given = {"ADMIN_DATABASE_URL": admin_url, "KAFKA_BOOTSTRAP_SERVERS": kafka, "KAFKA_TOPIC_PREFIX": self.prefix}
        self._environment = os.environ | given | {"KEFU_STATE": str(state), "PORT_BASE": str(self.base)}
        self.process = self.start(self.log)

    def start(self, log: Path) -> subprocess.Popen[bytes]:
        return spawn([sys.executable, "-m", "deploy.local.launcher"], log=log, env=self._environment)

    @property
    def output(self) -> str:
        return self.log.read_text()

    async def says(self, text: str, *, within: float = 15.0) -> None:
        try:
            await wait_until(lambda: text in self.output, within=within)
        except AssertionError:
            raise AssertionError(f"{text!r} is not in\n{self.output}") from None

    async def addresses(self) -> dict[str, object]:
        file = self.state / "stack.json"
        await wait_until(lambda: file.exists() or self.process.poll() is not None, within=90)
        assert file.exists(), self.output
        content: dict[str, object] = json.loads(file.read_text())
        return content

    def child(self, *ending: str) -> int | None:
        children = psutil.Process(self.process.pid).children()
        return next((each.pid for each in children if each.cmdline()[-len(ending) :] == [*ending]), None)

    def left_behind(self) -> list[psutil.Process]:
        return orphans.members(self.state)


@pytest_asyncio.fixture
async def launched(stack: Stack, databases: Databases, tmp_path: Path) -> AsyncIterator[Launched]:
    started = Launched(tmp_path / "state", await databases.create("launched"), stack.kafka)
    yield started
    await stop(started.process)
    await delete_topics(stack.kafka, started.prefix)


async def test_the_stack_goes_up_confirms_orders_heals_and_leaves_nothing_behind(launched: Launched) -> None:
    addresses = await launched.addresses()
    await _answers_as_promised(addresses, launched.base)
    await _tells_prometheus_of_every_process(json.loads((launched.state / "targets.json").read_text()))
    await launched.says("first confirmed order after", within=60)

    relay = await wait_until(lambda: launched.child("services.orders", "relay"))
    os.kill(relay, signal.SIGKILL)
    await launched.says("orders relay ended (signal 9), started again after 0.2 s")
    await wait_until(lambda: launched.child("services.orders", "relay") not in (None, relay))

    launched.process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(finished(launched.process), 40) == 0
    assert not launched.left_behind()
    assert not (launched.state / "stack.json").exists()
    assert not (launched.state / "targets.json").exists()


async def test_a_second_launcher_says_that_one_is_running(launched: Launched, tmp_path: Path) -> None:
    await wait_until(lambda: (launched.state / "lock").exists() and (launched.state / "lock").read_text())

    second = launched.start(tmp_path / "second")

    assert await asyncio.wait_for(finished(second), 20) == 1
    assert (tmp_path / "second").read_text() == f"kefu: a stack is running here already (process {launched.process.pid}); one at a time\n"


async def test_a_killed_launcher_takes_its_processes_with_it(launched: Launched) -> None:
    await launched.addresses()

    launched.process.kill()

    if sys.platform == "linux":
        await wait_until(lambda: not launched.left_behind(), within=25)
    else:
        orphans.end(launched.state)


@pytest.mark.parametrize("variable", ["PORT_BASE", "KAFKA_BOOTSTRAP_SERVERS", "ADMIN_DATABASE_URL"])
def test_what_cannot_be_used_is_said_in_one_line(tmp_path: Path, variable: str) -> None:
    nowhere = {"ADMIN_DATABASE_URL": "postgresql://a:b@127.0.0.1:1/none", "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}
    environment = os.environ | nowhere | {"KEFU_STATE": str(tmp_path), variable: "nonsense"}

    ended = subprocess.run(
        [sys.executable, "-m", "deploy.local.launcher"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    assert ended.returncode == 1
    assert re.fullmatch(r"kefu: .+\n", ended.stderr)


async def _tells_prometheus_of_every_process(told: list[dict[str, Any]]) -> None:
    assert {(each["labels"]["service"], each["labels"]["process"]) for each in told} == {
        (service, process) for service in SERVICES for process in ("api", "worker", "relay")
    }
    async with httpx.AsyncClient() as http:
        pages = [await http.get(f"http://{target}/metrics") for each in told for target in each["targets"]]
    assert all("kefu_relay_active" in page.text for page in pages)


async def _answers_as_promised(addresses: dict[str, object], base: int) -> None:
    services, tokens = addresses["services"], addresses["tokens"]
    assert services == {name: f"http://127.0.0.1:{base + above}" for name, above in SERVICES.items()}
    assert isinstance(tokens, dict)
    assert addresses["store_id"] == "demo"
    claims = {role: jwt.decode(token, options={"verify_signature": False}) for role, token in tokens.items()}
    assert {role: claims[role]["stores"] for role in ("agent", "auditor", "admin")} == {
        "agent": ["demo"],
        "auditor": ["demo"],
        "admin": ["*"],
    }
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{base + SERVICES['orders']}") as http:
        answer = await http.get("/v1/stores/demo/orders", headers={"Authorization": f"Bearer {tokens['agent']}"})
    assert answer.status_code == 200
