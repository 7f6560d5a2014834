"""`make story` as people run it, while the services' workers are killed."""

import os
import random
import subprocess
import sys

import pytest

from deploy.local.children import spawn
from tests.journeys.four_services import FourServices
from tests.support import wait_until

pytestmark = pytest.mark.timeout(240)


async def test_the_story_is_told_to_its_end_though_every_worker_is_killed_once(four_services: FourServices) -> None:
    four_services.write_addresses()
    telling = tell(four_services)

    for name in random.sample(sorted(four_services.workers), 4):
        await four_services.workers[name].kill()
        four_services.work(name)
        await four_services.answer()
    await wait_until(lambda: telling.poll() is not None, within=120, pause=0.2)

    told = (four_services.directory / "story.log").read_text()
    assert telling.returncode == 0, told
    assert told.index("refund-requested") < told.index("refund-settled") < told.index("refund-closed") < told.index("survey-completed")
    assert (
        told.index("survey-completed") < told.index("shipment-delayed") < told.index("shipment-lost") < told.index("customer-tier-changed")
    )


def tell(services: FourServices) -> subprocess.Popen[bytes]:
    environment = os.environ | {"KEFU_STATE": str(services.directory), "KAFKA_TOPIC_PREFIX": services.prefix}
    return spawn([sys.executable, "-m", "deploy.local.story"], log=services.directory / "story.log", env=environment)
