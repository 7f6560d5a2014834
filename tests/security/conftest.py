import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.children import free_port
from tests.databases import Databases
from tests.security.broker import GuardedKafka
from tests.security.tenancy import Tenancy


@pytest.fixture(scope="session")
def guarded_kafka() -> Iterator[GuardedKafka]:
    """A process on this machine whatever the run's own stack is; one for all tests that ask for it."""
    directory = Path(tempfile.mkdtemp(prefix="kefu-test-"))
    kafka = GuardedKafka(directory / "kafka", free_port())
    asyncio.run(kafka.start())
    yield kafka
    asyncio.run(kafka.kill())
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def tenancy(guarded_kafka: GuardedKafka, databases: Databases) -> Tenancy:
    return Tenancy(guarded_kafka, databases)
