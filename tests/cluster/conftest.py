from collections.abc import AsyncIterator
from secrets import token_hex

import pytest
import pytest_asyncio

from tests.cluster.cluster import Cluster, load, load_standing, run
from tests.cluster.measured import report
from tests.cluster.outside import Ear, Trade, outside
from tests.support import wait_until


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    """The local overlay, all of it ready, with the programs of outsiders sent home: the tests stand for them."""
    await run("make", "image")
    await run("docker", "tag", "kefu:local", "kefu:next")
    await load_standing()
    await load("kefu:local", "kefu:next", "kefu-outsiders:local")
    here = Cluster.of(tmp_path_factory.mktemp("manifests"))
    here.complaints.append(await here.apply("local"))
    await here.rolled_out()
    await here.scale("shop", 0)
    yield here
    await report()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def tokens(cluster: Cluster) -> dict[str, str]:
    told: dict[str, str] = (await cluster.state())["tokens"]
    return told


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def sides(cluster: Cluster) -> AsyncIterator[tuple[Trade, Ear]]:
    """A shop of this run's own, and what is said to it."""
    async with outside() as (producer, ear):
        trade = Trade(producer, f"t-{token_hex(4)}")
        await trade.opens()
        await wait_until(lambda: _sold(trade, ear), within=60, pause=1)
        yield trade, ear


async def _sold(trade: Trade, ear: Ear) -> bool:
    """Products go another way than orders: until they are known, orders are held."""
    await trade.sells()
    if not (confirmed := ear.of("order-confirmed", trade.store_id)):
        return False
    trade.placed[:] = [event.text("order_id") for event in confirmed]
    return True
