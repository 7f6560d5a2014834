"""kill -9 of real processes, each started again at once, as a supervisor would."""

import asyncio
import random

from tests.running import ServiceProcess, ServiceProcesses
from tests.shared.messaging.toy import Toy

MODULE = "tests.shared.messaging.toy"


class Victims:
    """One worker and two relays, of which one stands by."""

    def __init__(self, processes: ServiceProcesses, shop: Toy, *, seed: int = 1) -> None:
        self._chance = random.Random(seed)
        worker = processes.start(MODULE, "worker", settings=shop.settings, KAFKA_GROUP_INSTANCE_ID="worker-1")
        relays = [processes.start(MODULE, "relay", settings=shop.settings, HEALTH_PORT="0") for _ in range(2)]
        self._all: list[ServiceProcess] = [worker, *relays]
        self.kills = 0

    async def kill_one(self) -> None:
        victim = self._chance.choice(self._all)
        await victim.kill()
        victim.start()
        self.kills += 1

    async def kill_at_random(self, times: int, *, between: tuple[float, float]) -> None:
        for _ in range(times):
            done, _ = await asyncio.wait([asyncio.create_task(asyncio.sleep(self._chance.uniform(*between)))])
            assert done
            await self.kill_one()
