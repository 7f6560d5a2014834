"""What happens to a service when its processes are killed, or its partitions move. Servers that vanish: tests/chaos."""

import asyncio

from tests.running import ServiceProcesses
from tests.shared.messaging import toy
from tests.shared.messaging.flowing import Flow
from tests.shared.messaging.killing import Victims
from tests.shared.messaging.toy import Toy


async def test_kill_9_of_worker_and_relay_loses_and_doubles_nothing(shop: Toy, processes: ServiceProcesses) -> None:
    flow = Flow(shop, count=3_000, per_second=300)
    victims = Victims(processes, shop)

    await asyncio.gather(flow.run(), victims.kill_at_random(5, between=(0.8, 2.0)))
    await flow.settles(within=60)

    assert victims.kills == 5
    await flow.check()


async def test_a_rebalance_in_the_middle_of_chunks_costs_a_repetition_only(shop: Toy) -> None:
    flow = Flow(shop, count=3_000, per_second=1_000)
    other = toy.service(shop.handling)

    async with shop.relaying(), shop.consuming():
        running = asyncio.create_task(flow.run())
        for _ in range(3):
            async with shop.consuming(other):
                await flow_reaches(shop, await shop.count("effects") + 300)
        await running
        await flow.settles(within=60)

    await flow.check()


async def flow_reaches(shop: Toy, count: int) -> None:
    await shop.effects_become(min(count, 2_900), within=30)
