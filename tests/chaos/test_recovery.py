"""The runbooks of docs/operations/recovery.md, step by step: a database restored to a time, one schema restored, Kafka lost."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.local.children import free_port
from deploy.local.issuer import Issuer
from deploy.local.listening import Json
from tests.chaos.backups import ArchivingPostgres, dump, load
from tests.chaos.standing import Standing, expected
from tests.chaos.trade import CANCELLED, HELD, Trade, fate, order_id
from tests.databases import Databases
from tests.journeys.four_services import NAMES, FourServices, prepared
from tests.running import ServiceProcesses, ServiceSettings
from tests.stack import KafkaServer, Servers
from tests.support import wait_until

pytestmark = pytest.mark.timeout(600)
ORDERS = range(240)
REASON: Json = {"reason": "I looked at it"}


@asynccontextmanager
async def trading(services: FourServices) -> AsyncIterator[Trade]:
    """All is up, and the shop is open."""
    services.start()
    await services.answer()
    trade = Trade(services.kafka, services.prefix)
    await trade.opens()
    await Standing(services).knows_products()
    async with trade.finance():
        yield trade
    await trade.stops()


async def in_the_middle(trade: Trade) -> datetime:
    """When half of the orders are placed."""
    placed = len(trade.said) + len(ORDERS)
    await wait_until(lambda: len(trade.said) >= placed, within=60)
    return datetime.now(UTC)


async def people_act(standing: Standing) -> None:
    """What nobody but Kefu knows: an auditor confirms a held order, an agent asks for money back."""
    held, confirmed = (order_id(next(number for number in ORDERS if fate(number) == wanted)) for wanted in (HELD, "confirmed"))
    await standing.post("orders", f"/orders/{held}/confirm", REASON)
    case = await standing.post(
        "aftersales", "/cases", {"order_id": confirmed, "line_id": None, "type": "quality", "description": "It broke"}
    )
    refund: Json = {"amount": {"amount": "1.00", "currency": "USD"}, "kind": "partial", "reason": "It broke"}
    await standing.post("aftersales", f"/cases/{case['case_id']}/refunds", refund)


async def test_the_whole_database_restored_to_a_time_comes_to_where_it_was(
    tmp_path: Path, issuer: Issuer, service_settings: ServiceSettings, processes: ServiceProcesses
) -> None:
    postgres = ArchivingPostgres(tmp_path / "postgres", free_port())
    await postgres.start()
    services = await prepared(tmp_path, issuer, service_settings, processes, admin=postgres.url)
    standing, began = Standing(services), datetime.now(UTC)
    try:
        async with trading(services) as trade:
            await postgres.back_up()
            going_on = asyncio.create_task(trade.goes_on(ORDERS))
            moment = await in_the_middle(trade)
            await going_on
            before = await standing.comes_to_rest()
            asked = set(trade.asked)
            await people_act(standing)
            await standing.comes_to_rest()

            await services.stop()
            await postgres.restore(moment)
            assert await standing.now() != before
            await standing.operator_of_all("rewind", "--to", began.isoformat(), "--reason", "restored")
            services.start()
            await services.answer()
            await standing.comes_to_rest()
            await standing.operator("aftersales", "dead-letters", "replay", "--type", "refund-settled")
            lost = await standing.operator_of_all("reconcile", "--since", began.isoformat())

            assert await standing.comes_to_rest() == before
            assert before["orders"] == expected(ORDERS)
            assert await standing.listeners_who_know_less() == []
            assert await standing.heard_outside() == {number: status for number, status, _ in expected(ORDERS)}
            # what people did is lost, and told; cases that came of events are there again, each under another id; no refund is
            assert {str(each["lost"]) for each in lost if "said" in each} == {"case-opened", "refund-closed"}
            assert [str(each["lost"]) for each in lost if "said" in each].count("refund-closed") == 1
            assert len(set(trade.asked) - asked) == 1
    finally:
        await postgres.kill()


async def test_one_services_schema_restored_from_a_dump_comes_to_where_it_was(
    tmp_path: Path, issuer: Issuer, databases: Databases, service_settings: ServiceSettings, processes: ServiceProcesses
) -> None:
    admin = await databases.create("kefu")
    services = await prepared(tmp_path, issuer, service_settings, processes, admin=admin)
    standing, began = Standing(services), datetime.now(UTC)
    async with trading(services) as trade:
        going_on = asyncio.create_task(trade.goes_on(ORDERS))
        await in_the_middle(trade)
        await dump(admin, "orders", tmp_path / "orders.dump")
        await going_on
        before = await standing.comes_to_rest()
        held = order_id(next(number for number in ORDERS if fate(number) == HELD))
        await standing.post("orders", f"/orders/{held}/confirm", REASON)
        await standing.comes_to_rest()

        await services.stop(["orders"])
        await standing.rows("drop schema orders cascade")
        await load(admin, tmp_path / "orders.dump")
        await standing.operator("orders", "rewind", "--to", began.isoformat(), "--reason", "restored")
        services.start(["orders"])
        await services.answer()
        await standing.comes_to_rest()
        lost = await standing.operator("orders", "reconcile", "--since", began.isoformat())

        assert await standing.comes_to_rest() == before
        assert [each["lost"] for each in lost] == [0]
        assert await standing.listeners_who_know_less() == []
        assert await standing.heard_outside() == {number: status for number, status, _ in expected(ORDERS)}
        assert set(trade.asked.values()) == {1}


async def test_kafka_lost_whole_and_built_anew_loses_nothing(
    tmp_path: Path,
    issuer: Issuer,
    databases: Databases,
    service_settings: ServiceSettings,
    processes: ServiceProcesses,
    servers: Servers,
    private_kafka: KafkaServer,
) -> None:
    admin = await databases.create("kefu")
    services = await prepared(tmp_path, issuer, service_settings, processes, admin=admin, kafka=private_kafka.address)
    standing, began = Standing(services), datetime.now(UTC)
    async with trading(services) as trade:
        # two services do not hear what the others say, and then it is gone
        going_on = asyncio.create_task(trade.goes_on(ORDERS))
        await in_the_middle(trade)
        await asyncio.gather(*(services.workers[name].stop() for name in ("inquiry", "aftersales")))
        await wait_until(lambda: len(trade.said) > 3 * len(ORDERS), within=60)
        await private_kafka.kill()
        await going_on

        held = order_id(next(number for number in ORDERS if fate(number) == HELD))
        await standing.post("orders", f"/orders/{held}/confirm", REASON)
        await asyncio.gather(*(services.workers[name].stop() for name in ("orders", "survey")))
    kafka = servers.kafka()
    await kafka.start()
    services.settings = {
        name: known.model_copy(update={"kafka_bootstrap_servers": kafka.address}) for name, known in services.settings.items()
    }
    await standing.operator_of_all("migrate")
    for name in NAMES:
        services.work(name)
    await services.answer()
    await standing.operator_of_all("republish", "--since", began.isoformat())
    await trade.moves(kafka.address)
    async with trade.finance():
        await trade.says_again()
        ended = await standing.comes_to_rest()
    await trade.stops()

    assert ended["orders"] == [(each, "confirmed" if each == held else status, outcome) for each, status, outcome in expected(ORDERS)]
    cancelled = [number for number in ORDERS if fate(number) == CANCELLED]
    assert [refund[0] for refund in ended["refunds"]] == [order_id(number) for number in cancelled]
    assert Counter(refund[1] for refund in ended["refunds"])["settled"] == len(trade.asked)
    assert not [refund for refund in ended["refunds"] if refund[1] not in ("settled", "awaiting-approval")]
    assert await standing.listeners_who_know_less() == []
    assert await standing.heard_outside() == {each: status for each, status, _ in ended["orders"]}
    assert (
        await standing.rows("select kind, reason from aftersales.dead_letters union all select kind, reason from orders.dead_letters") == []
    )
