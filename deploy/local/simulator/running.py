"""What every program that stands for an outsider does alike."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager

import httpx
from aiokafka import AIOKafkaProducer

from deploy.local.saying import Speaker
from deploy.local.simulator.kefu import Refused


async def until_told_to_stop(work: Coroutine[object, object, None]) -> None:
    """Its failure is raised; a signal ends it well."""
    running = asyncio.create_task(work)
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, running.cancel)
    await asyncio.wait([running])
    if not running.cancelled():
        running.result()


@asynccontextmanager
async def speaking(source: str) -> AsyncIterator[Speaker]:
    producer = AIOKafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP_SERVERS"], enable_idempotence=True, linger_ms=5)
    await producer.start()
    try:
        topics = (await producer.client.fetch_all_metadata()).topics()
        yield Speaker(producer, source, topic_prefix(), frozenset(topics))
    finally:
        await producer.stop()


def topic_prefix() -> str:
    return os.environ.get("KAFKA_TOPIC_PREFIX", "")


async def unless_refused(work: Awaitable[object]) -> bool:
    """A person whose click is refused, or meets a service that restarts, goes on to the next thing; the log says what it was."""
    try:
        await work
    except (Refused, httpx.HTTPError) as problem:
        print(f"{type(problem).__name__}: {problem}", flush=True)
        return False
    return True
