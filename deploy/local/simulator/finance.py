"""Finance of another house: pays what Kefu asks for, refuses some, and now and then has to try twice."""

import argparse
import asyncio
import json
import os
import random
import uuid
from collections.abc import Awaitable, Callable, Iterator
from typing import NamedTuple, cast

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.listening import Json
from deploy.local.saying import Speaker, now
from deploy.local.simulator.running import speaking, topic_prefix, until_told_to_stop

GROUP = "finance"
REJECTED, FAILED, TRIED_AGAIN = 0.08, 0.04, 0.15
_WITH_MEMBERS = frozenset({"Stable", "PreparingRebalance", "CompletingRebalance"})
_ANSWERS = uuid.UUID("5f0c2f0e-6a52-4c1c-9a55-5b0b60f7a3f1")

Pause = Callable[[float], Awaitable[object]]


class Answer(NamedTuple):
    """What finance says, so many seconds after what it said before."""

    after: float
    name: str
    content: Json


def answers(refund: Json, moody_stores: frozenset[str]) -> Iterator[Answer]:
    """The same for the same refund, however often it is asked for; only stores that want to see them have refusals and failures."""
    chance = random.Random(str(refund["refund_id"]))  # noqa: S311
    fate = chance.random() if refund["store_id"] in moody_stores else 1.0
    first = chance.uniform(1, 5)
    if fate < REJECTED:
        yield Answer(first, "refund-rejected", {"reason": "The payment was charged back"})
    elif fate < REJECTED + FAILED:
        yield Answer(first, "refund-failed", {"reason": "The account is closed", "retryable": False})
    else:
        if fate < REJECTED + FAILED + TRIED_AGAIN:
            yield Answer(first, "refund-failed", {"reason": "The provider did not answer", "retryable": True})
        reference = f"FIN-{chance.randrange(10**8):08d}"
        yield Answer(first, "refund-settled", {"reference": reference, "amount": refund["amount"]})


_MOMENTS = {"refund-settled": "settled_at", "refund-rejected": "rejected_at", "refund-failed": "failed_at"}


async def settle(finance: Speaker, refund: Json, moody_stores: frozenset[str], pause: Pause = asyncio.sleep) -> None:
    """An answer said again after a restart has its old id, and so is a repetition."""
    refund_id = str(refund["refund_id"])
    for number, answer in enumerate(answers(refund, moody_stores)):
        await pause(answer.after)
        content: Json = {"refund_id": refund_id, _MOMENTS[answer.name]: now().isoformat(), **answer.content}
        event_id = str(uuid.uuid5(_ANSWERS, f"{refund_id}/{number}"))
        await finance.say("finance-refunds", answer.name, refund_id, refund_id, content, event_id=event_id)


async def run(moody_stores: frozenset[str]) -> None:
    """Until it is cancelled. What it was asked counts as read once all of it is answered; until then a restart only repeats answers."""
    consumer = AIOKafkaConsumer(
        topic_prefix() + "refunds",
        bootstrap_servers=os.environ["KAFKA_BOOTSTRAP_SERVERS"],
        group_id=topic_prefix() + GROUP,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    async with speaking("/finance") as finance:
        await consumer.start()
        try:
            await _keep_paying(consumer, finance, moody_stores)
        finally:
            await consumer.stop()


async def _keep_paying(consumer: "AIOKafkaConsumer[bytes, bytes]", finance: Speaker, moody_stores: frozenset[str]) -> None:
    open_requests: set[asyncio.Task[None]] = set()
    read_more = False
    async with asyncio.TaskGroup() as paying:
        while True:
            batches = await consumer.getmany(timeout_ms=500)
            for record in (record for batch in batches.values() for record in batch if _is_request(record.headers)):
                task = paying.create_task(settle(finance, cast("Json", json.loads(record.value)), moody_stores))
                open_requests.add(task)
                task.add_done_callback(open_requests.discard)
            read_more = read_more or bool(batches)
            if read_more and not open_requests:
                await finance.flush()
                await consumer.commit()
                read_more = False


async def is_there(kafka: str) -> bool:
    """Whether somebody reads refunds as finance: two of them would answer twice."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        (answer,) = await admin.describe_consumer_groups([topic_prefix() + GROUP])
    finally:
        await admin.close()
    _, _, state, *_ = answer.groups[0]
    return state in _WITH_MEMBERS


def _is_request(headers: tuple[tuple[str, bytes], ...]) -> bool:
    return dict(headers).get("ce_type") == b"refund-requested"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.local.simulator.finance", description=__doc__)
    parser.add_argument("--moody", action="append", default=[], metavar="STORE", help="a store with refusals and failures")
    asyncio.run(until_told_to_stop(run(frozenset(parser.parse_args().moody))))


if __name__ == "__main__":
    main()
