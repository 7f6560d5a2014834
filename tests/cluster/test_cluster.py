"""Kefu on a real cluster, as those outside see it while pods come, go and are replaced. Each test begins with everything ready."""

import asyncio
from pathlib import Path

import httpx
import pytest

from tests.cluster.cluster import KINDS, SERVICES, Cluster, items, kubectl
from tests.cluster.failing import load_failing
from tests.cluster.outside import Callers, Ear, Trade, meanwhile, speaker
from tests.support import wait_until

pytestmark = pytest.mark.asyncio(loop_scope="session")

RATE = 100.0
Sides = tuple[Trade, Ear]


async def test_every_process_is_ready_in_a_namespace_that_takes_no_privileged_pod(cluster: Cluster) -> None:
    namespace = await kubectl("get", "namespace", "kefu", "--output", "yaml")
    ready = {
        (service, kind): [pod["status"]["containerStatuses"][0]["ready"] for pod in await items("pods", name=service, component=kind)]
        for service in SERVICES
        for kind in KINDS
    }

    assert "pod-security.kubernetes.io/enforce: restricted" in namespace
    assert "PodSecurity" not in "".join(cluster.complaints)
    assert {process for process, pods in ready.items() if not pods or not all(pods)} == set()


async def test_an_order_is_confirmed_and_a_refund_settled_from_outside(sides: Sides, tokens: dict[str, str]) -> None:
    trade, ear = sides
    order = await trade.sells()
    await ear.hears("order-confirmed", order.order_id)

    await trade.cancels(order)
    asked = await ear.hears("refund-requested", order.order_id)
    refund_id = asked.text("refund_id")
    answer = {"refund_id": refund_id, "settled_at": "2026-03-02T08:00:00Z", "reference": "F-1", "amount": asked.content["amount"]}
    await speaker(trade.producer, "/finance").say("finance-refunds", "refund-settled", refund_id, refund_id, answer)

    closed = await ear.hears("refund-closed", order.order_id)
    url = f"http://127.0.0.1:{SERVICES['aftersales']}/v1/stores/{trade.store_id}/refunds/{refund_id}"
    async with httpx.AsyncClient(trust_env=False) as http:
        shown = (await http.get(url, headers={"Authorization": f"Bearer {tokens['admin']}"})).json()
    assert (closed.text("outcome"), shown["status"], shown["reference"]) == ("settled", "settled", "F-1")


async def test_all_four_are_replaced_under_load_and_nobody_notices(cluster: Cluster, sides: Sides, tokens: dict[str, str]) -> None:
    trade, ear = sides
    callers = Callers(trade.store_id, tokens["admin"])

    async with meanwhile(asyncio.create_task(trade.goes_on(RATE)), asyncio.create_task(callers.go_on())):
        await cluster.apply("next")
        await cluster.rolled_out()

    await trade.all_confirmed(ear, within=300)
    images = {pod["spec"]["containers"][0]["image"] for service in SERVICES for pod in await items("pods", name=service, component="api")}
    assert "kefu:next" in images
    assert callers.answers[200] > 100
    assert callers.failures == []


@pytest.mark.parametrize("kind", ["worker", "relay"])
async def test_a_killed_pod_loses_nothing(sides: Sides, kind: str) -> None:
    trade, ear = sides

    async with meanwhile(asyncio.create_task(trade.goes_on(RATE / 5))):
        killed = f"app.kubernetes.io/name=orders,app.kubernetes.io/component={kind}"
        await kubectl("delete", "pod", "--selector", killed, "--grace-period=0", "--force")
        await kubectl("rollout", "status", f"deployment/orders-{kind}", "--timeout=300s")

    await trade.all_confirmed(ear, within=120)


async def test_what_came_while_no_worker_was_there_is_caught_up(cluster: Cluster, sides: Sides) -> None:
    trade, ear = sides
    await cluster.scale("orders-worker", 0)
    orders = [await trade.sells() for _ in range(50)]
    before = ear.of("order-confirmed", trade.store_id)

    await cluster.scale("orders-worker", 1)

    await trade.all_confirmed(ear, within=120)
    assert {order.order_id for order in orders}.isdisjoint(event.text("order_id") for event in before)


async def test_a_migration_that_fails_leaves_the_old_version_serving(
    cluster: Cluster, sides: Sides, tokens: dict[str, str], tmp_path: Path
) -> None:
    trade, ear = sides
    await load_failing(tmp_path)
    callers = Callers(trade.store_id, tokens["admin"])

    async with meanwhile(asyncio.create_task(trade.goes_on(RATE / 20)), asyncio.create_task(callers.go_on())):
        await cluster.apply("failing")
        await wait_until(_migration_failed, within=180, pause=1)
        order = await trade.sells()
        await ear.hears("order-confirmed", order.order_id)
        serving = await _ready_images("orders")
        await cluster.apply("next")
        await cluster.rolled_out()

    await trade.all_confirmed(ear, within=120)
    assert serving == {"kefu:next"}
    assert callers.failures == []


async def _migration_failed() -> bool:
    pods = await items("pods", name="orders", component="migrate")
    return any(pod["status"]["phase"] == "Failed" and pod["spec"]["containers"][0]["image"] == "kefu:failing" for pod in pods)


async def _ready_images(service: str) -> set[str]:
    pods = [pod for kind in KINDS for pod in await items("pods", name=service, component=kind)]
    return {
        pod["spec"]["containers"][0]["image"]
        for pod in pods
        if any(each["type"] == "Ready" and each["status"] == "True" for each in pod["status"].get("conditions", []))
    }
