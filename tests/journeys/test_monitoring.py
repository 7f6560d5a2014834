"""Alert rules and dashboards against a real Prometheus that watches the four services while a customer goes her way through them."""

import contextlib
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import yaml
from prometheus_client.parser import text_string_to_metric_families

from deploy.checks import monitoring
from deploy.checks.promql import uses
from deploy.checks.promtool import tool
from deploy.local.children import free_port, spawn, stop
from deploy.measured import exposed, measured
from tests.journeys.customer import STORE_ID, Story
from tests.journeys.four_services import FourServices
from tests.support import wait_until

pytestmark = pytest.mark.timeout(300)

UUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
# what does not happen to a customer who is well served: her order is never held
NOT_IN_HER_STORY = {'kefu_relay_published_total{service="orders",type="order-held"}'}


@dataclass
class Prometheus:
    client: httpx.AsyncClient

    async def ask(self, path: str, **asked: str) -> Any:
        answer = (await self.client.get(f"/api/v1/{path}", params=asked)).json()
        assert answer["status"] == "success", (answer, asked)
        return answer["data"]

    async def query(self, expression: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.ask("query", query=expression))["result"]
        return found

    async def is_up(self) -> bool:
        try:
            return (await self.client.get("/-/ready")).is_success
        except httpx.TransportError:
            return False


@pytest_asyncio.fixture
async def prometheus(four_services: FourServices, tmp_path: Path) -> AsyncIterator[Prometheus]:
    """Asks every process each second, with the labels that deploy/monitoring/README.md wants."""
    targets = [
        {"targets": [f"127.0.0.1:{port}"], "labels": {"service": name, "process": process}}
        for name, known in four_services.settings.items()
        for process, port in (("api", known.port), ("worker", known.health_port))
    ]
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(monitoring.RULES)],
        "scrape_configs": [{"job_name": "kefu", "static_configs": targets}],
    }
    (tmp_path / "prometheus.yaml").write_text(yaml.safe_dump(config))
    port = free_port()
    arguments = [f"--config.file={tmp_path / 'prometheus.yaml'}", f"--storage.tsdb.path={tmp_path / 'series'}"]
    process = spawn([tool("prometheus"), *arguments, f"--web.listen-address=127.0.0.1:{port}"], log=tmp_path / "prometheus.log")
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        made = Prometheus(client)
        await wait_until(made.is_up, within=30)
        yield made
    await stop(process)


async def test_every_rule_and_every_panel_finds_what_it_asks_for_and_no_figure_names_anybody(
    story: Story, four_services: FourServices, prometheus: Prometheus
) -> None:
    await story.plays()

    assert await comes_to_find_all(prometheus) == set()
    for place, expression in monitoring.expressions():
        assert isinstance(await prometheus.query(expression), list), place
    groups = (await prometheus.ask("rules"))["groups"]
    assert [(rule["name"], rule["lastError"]) for group in groups for rule in group["rules"] if rule["health"] != "ok"] == []
    assert await prometheus.query('up{job="kefu"} == 0') == []
    pages = await pages_of(four_services)
    assert sorted(surprises(pages)) == []
    telling = (UUID, re.escape(story.customer.number[-8:]), f"^{STORE_ID}$", re.escape(four_services.prefix))
    assert [value for value in label_values(pages) if re.search("|".join(telling), value)] == []


async def comes_to_find_all(prometheus: Prometheus) -> set[str]:
    """What it still does not find after a while, which is none if all is well."""
    missing: set[str] = set()

    async def none_missing() -> bool:
        missing.clear()
        missing.update(await not_found(prometheus))
        return not missing

    with contextlib.suppress(AssertionError):
        await wait_until(none_missing, within=40, pause=1)
    return missing


async def not_found(prometheus: Prometheus) -> set[str]:
    """Selectors of rules and dashboards that no series answers."""
    selectors = {written(*each) for _, expression in monitoring.expressions() for each in uses(expression).equal if each[0] != "ALERTS"}
    return {each for each in selectors - NOT_IN_HER_STORY if not await prometheus.query(each)}


def written(metric: str, equal: dict[str, str]) -> str:
    return metric + "{" + ",".join(f'{label}="{value}"' for label, value in sorted(equal.items())) + "}"


async def pages_of(services: FourServices) -> str:
    async with httpx.AsyncClient() as client:
        return "".join([(await client.get(probe.replace("/healthz", "/metrics"))).text for probe in services.probes])


def surprises(pages: str) -> Iterator[str]:
    """What docs/metrics.md does not say of what the processes show."""
    there = exposed()
    closed = {name: each.values for group in measured().values() for each in group for name in each.samples}
    for name, labels in ours(pages):
        if labels.keys() != there.get(name):
            yield f"{name} has {sorted(labels)}"
        yield from (f"{name}: {label}={labels[label]}" for label, values in closed.get(name, {}).items() if labels[label] not in values)


def ours(pages: str) -> Iterator[tuple[str, dict[str, str]]]:
    for family in text_string_to_metric_families(pages):
        for sample in family.samples:
            if sample.name.startswith("kefu_") and not sample.name.endswith("_created"):
                yield sample.name, sample.labels


def label_values(pages: str) -> set[str]:
    return {value for _, labels in ours(pages) for value in labels.values()}
