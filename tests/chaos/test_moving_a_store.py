"""The runbook of docs/operations/moving-a-store.md: all four services of a store go to a database and topics of their own."""

from pathlib import Path

import pytest

from deploy.local.issuer import Issuer
from tests.bench.sample import STORE, placed
from tests.chaos.standing import Standing, expected
from tests.chaos.trade import CONFIRMED, Trade, fate, order_id
from tests.databases import Databases
from tests.journeys.four_services import NAMES, FourServices, prepared
from tests.running import ServiceProcesses, ServiceSettings

pytestmark = pytest.mark.timeout(400)
BEFORE, AFTERWARDS = range(60), range(60, 90)


async def started(services: FourServices) -> Standing:
    services.start()
    await services.answer()
    return Standing(services)


async def test_a_store_goes_on_in_another_database_with_other_topics(
    tmp_path: Path, issuer: Issuer, databases: Databases, service_settings: ServiceSettings, processes: ServiceProcesses
) -> None:
    old, new = [
        await started(
            await prepared(
                tmp_path, issuer, service_settings, processes, admin=await databases.create(name), kafka_topic_prefix=f"{prefix}{name}-"
            )
        )
        for name, prefix in (("old", service_settings.prefix), ("new", service_settings.prefix))
    ]
    trade = Trade(old.services.kafka, old.services.prefix)
    await trade.opens()
    await old.knows_products()
    async with trade.finance():
        await trade.goes_on(BEFORE)
        before = await old.comes_to_rest()
    await trade.stops()

    for name in NAMES:
        await old.pipe(name, "export-store", STORE, "--remove", out=tmp_path / name)
        await new.pipe(name, "import-store", into=tmp_path / name)
    assert await new.now() == before
    assert not any((await old.now()).values())

    trade = Trade(new.services.kafka, new.services.prefix)
    late = min((number for number in BEFORE if fate(number) == CONFIRMED), key=lambda number: float(placed(number)["total"]["amount"]))
    async with trade.finance():
        await trade.goes_on(AFTERWARDS)
        await trade.cancels(late)
        ended = await new.comes_to_rest()
    await trade.stops()

    cancelled = (order_id(late), "cancelled", "cancelled")
    assert ended["orders"] == sorted({*expected([*BEFORE, *AFTERWARDS])} - {(order_id(late), CONFIRMED, None)} | {cancelled})
    assert (order_id(late), "settled") in [refund[:2] for refund in ended["refunds"]]
    assert await new.listeners_who_know_less() == []
    assert not any((await old.now()).values())
